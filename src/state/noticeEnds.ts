// When a notice is over by itself: what it was about is settled, or the person has gone on. What ends with an action of its
// own (another drop, another backend, an edit after an address) is withdrawn there.
import { withdrawNotice } from './notices.ts';
import { useRunStore } from './runStore.ts';

/** Withdraws notices from now on. @returns what ends that */
export function endNotices(): () => void {
  return useRunStore.subscribe((now, before) => {
    if (now.notices.length === 0) return;
    // The run was saved after all.
    if (now.saved !== undefined && now.saved !== before.saved) withdrawNotice('saving');
    // Another run is on screen, or this one was told to go another way: what happened to it before is history. Training that goes on by
    // itself after a restart is neither.
    const isOther = before.run !== undefined && now.run !== undefined && now.run.runId !== before.run.runId;
    const isTold = now.command !== before.command && now.command !== undefined && now.command !== 'train';
    const isFinished = now.run?.phase === 'finished' && before.run?.phase === 'running';
    if (isOther || isTold || isFinished) withdrawNotice('restart', 'device', 'work');
    if (isOther) withdrawNotice('saving');
    // Whoever trains has settled for what there is.
    const isTraining = now.run?.phase === 'running' && before.run?.phase !== 'running';
    if (isOther || isTraining) withdrawNotice('reopening', 'address');
  });
}
