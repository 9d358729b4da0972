// Brings what the worker tells into the store and the metric series.
import type { BroadcastEvent } from '../client/engineClient.ts';
import type { Fault } from '../protocol/messages.ts';
import { keepRunOnceWorthIt } from './keepingRuns.ts';
import { metricSeries } from './metricSeries.ts';
import { notify } from './notices.ts';
import { showReport, showRun } from './openedRun.ts';
import { useRunStore, type NoticeTopic } from './runStore.ts';
import { notLastingWords } from './storageWords.ts';
import { appendAtStep } from './stepHistory.ts';

const { getState: get, setState: set } = useRunStore;

export function receiveEvent(event: BroadcastEvent): void {
  const openRunId = get().run?.runId;
  switch (event.type) {
    case 'run':
      if (event.run.runId === openRunId) showReport(event.run);
      return;
    case 'metrics':
      if (event.runId === openRunId) metricSeries.append(event.rows);
      return;
    case 'evaluation':
      if (event.runId === openRunId) set({ evaluations: appendAtStep(get().evaluations, event.point) });
      return;
    case 'diary':
      if (event.runId === openRunId) set({ diary: appendAtStep(get().diary, event.entry) });
      return;
    case 'opened':
      showRun(event.opened, 'keep');
      return;
    case 'device':
      set({ device: event.report });
      return;
    case 'saved':
      void keepRunOnceWorthIt(event);
      if (event.runId === openRunId) set({ saved: { step: event.step, atMs: event.savedAtMs } });
      return;
    case 'notLasting': {
      const { message, remedy } = notLastingWords(event.reason);
      notify('info', message, remedy, 'storage');
      return;
    }
    case 'fault':
      if (event.fault.code !== 'cancelled') {
        notify('warning', event.fault.message, event.fault.remedy, topicOf(event.fault));
      }
      return;
    default:
      event satisfies never;
  }
}

function topicOf({ code }: Fault): NoticeTopic {
  if (code === 'device-lost') return 'device';
  return code === 'storage' ? 'saving' : 'work';
}
