// Notices go when what they were about is over, and stay until then.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { RunPhase, RunReport } from '../protocol/messages.ts';
import { endNotices } from './noticeEnds.ts';
import { notify } from './notices.ts';
import { useRunStore, type NoticeTopic } from './runStore.ts';

const TOPICS: readonly NoticeTopic[] = ['address', 'backend', 'device', 'drop', 'reopening', 'restart', 'saving', 'storage', 'work']; // prettier-ignore
const { getState, setState } = useRunStore;
const topics = (): string[] => getState().notices.map(({ topic }) => topic);
const run = (runId: string, phase: RunPhase): RunReport => ({
  runId,
  name: runId,
  phase,
  step: 5,
  config: DEFAULT_CONFIG,
  parameterCount: 1,
});
/** Which of the topics, each shown alone, are gone after something happened. */
function endedBy(happening: () => void): string[] {
  const before = getState();
  return TOPICS.filter((topic) => {
    setState({ ...before, notices: [] });
    notify('warning', 'Something.', '', topic);
    happening();
    return topics().length === 0;
  });
}

describe('a notice', () => {
  let stop: () => void;
  beforeEach(() => {
    setState({ run: run('a', 'paused'), notices: [], command: undefined, saved: undefined });
    stop = endNotices();
  });
  afterEach(() => stop());

  it('takes the place of one about the same', () => {
    notify('warning', 'One.', '', 'saving');
    notify('warning', 'Two.', '', 'restart');
    notify('warning', 'Three.', '', 'saving');
    expect(getState().notices.map(({ message }) => message)).toEqual(['Two.', 'Three.']);
  });

  it('of a run that could not be saved goes when it was', () => {
    expect(endedBy(() => setState({ saved: { step: 6, atMs: 1 } }))).toEqual(['saving']);
  });

  it('of the start goes when training begins', () => {
    expect(endedBy(() => setState({ run: run('a', 'running') }))).toEqual(['address', 'reopening']);
  });

  it('of what happened to a run goes when the person goes on, but not when the run does', () => {
    expect(endedBy(() => setState({ command: 'train' }))).toEqual([]);
    expect(endedBy(() => setState({ command: 'pause' }))).toEqual(['device', 'restart', 'work']);
  });

  it('of a run goes with it', () => {
    expect(endedBy(() => setState({ run: run('b', 'paused') }))).toEqual(
      ['address', 'device', 'reopening', 'restart', 'saving', 'work'], // prettier-ignore
    );
  });

  it('stays while nothing of the kind happens', () => {
    expect(endedBy(() => setState({ run: { ...run('a', 'paused'), step: 6 }, savedRuns: [] }))).toEqual([]);
  });
});
