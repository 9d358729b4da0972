// Running the experiment on the mask, at the person's wish only: it takes turns with the open run and leaves it as it is.
import { engine } from '../client/engine.ts';
import type { ExperimentUpdate, Fault } from '../protocol/messages.ts';
import { dataKeyOf } from './draftDifference.ts';
import { useExperimentStore, withUpdate, type Experiment } from './experimentStore.ts';
import { experimentVariants, type ExperimentSettings, type KnownText } from './experimentVariants.ts';
import { faultOf } from './notices.ts';
import { useRunStore, type RunStore } from './runStore.ts';

const { getState: get, setState: set } = useExperimentStore;

const OVERTAKEN: Fault = {
  code: 'cancelled',
  message: 'The experiment stopped because the device changed.',
  remedy: 'What was measured so far is kept. Start it again for the rest.',
};

/** Before this share is done, the time left would be a guess. */
const LEAST_SHARE = 0.02;

let running: AbortController | undefined;

export function editExperiment(part: Partial<ExperimentSettings>): void {
  set(({ settings }) => ({ settings: { ...settings, ...part } }));
}

/** The figures of the draft's text, where they are not those of another. */
export const knownText = ({
  data,
  dataKey,
  draft,
}: Pick<RunStore, 'data' | 'dataKey' | 'draft'>): KnownText | undefined =>
  dataKey === dataKeyOf(draft) ? data : undefined;

/** Ends the experiment under way; what it found stays. */
export function stopExperiment(): void {
  running?.abort();
}

/**
 * Trains the four models at the draft's text and sizes; does nothing while an experiment is under way. The former results
 * are replaced when the new models are ready, so that a failure keeps them. Faults go to the store, nothing is thrown.
 */
export async function startExperiment(): Promise<void> {
  if (get().work !== undefined) return;
  const { settings } = get();
  const variants = experimentVariants(useRunStore.getState().draft, settings, knownText(useRunStore.getState()));
  const controller = new AbortController();
  running = controller;
  set({ work: { fraction: 0, message: 'Starting the experiment' }, secondsLeft: undefined, fault: undefined });
  let begunAtMs: number | undefined;
  const end = (status: Experiment['status'], seconds?: number): void => {
    const { experiment } = get();
    if (begunAtMs !== undefined && experiment) set({ experiment: { ...experiment, status, seconds } });
  };
  const take = (update: ExperimentUpdate): void => {
    if (update.kind === 'plan') {
      begunAtMs = performance.now();
      const { plan } = update;
      set({ experiment: { settings, variants, plan, results: {}, status: 'running', seconds: undefined } });
      return;
    }
    const { experiment } = get();
    if (experiment) set({ experiment: { ...experiment, results: withUpdate(experiment.results, update) } });
  };
  try {
    const { seconds } = await engine.request(
      'runExperiment',
      { variants },
      {
        signal: controller.signal,
        onExperiment: take,
        onProgress: (fraction, message) => {
          const isTelling = begunAtMs !== undefined && fraction >= LEAST_SHARE;
          const elapsedMs = performance.now() - (begunAtMs ?? 0);
          const secondsLeft = isTelling ? (elapsedMs / 1000) * (1 / fraction - 1) : undefined;
          set({ work: { fraction, message }, secondsLeft });
        },
      },
    );
    end('done', seconds);
  } catch (error) {
    const fault = faultOf(error);
    end(fault.code === 'cancelled' && controller.signal.aborted ? 'stopped' : 'failed');
    // The restart says what happened; a second sentence would only repeat it.
    if (useRunStore.getState().deviceStatus === 'restarting') return;
    if (fault.code !== 'cancelled') set({ fault });
    else if (!controller.signal.aborted) set({ fault: OVERTAKEN });
  } finally {
    running = undefined;
    set({ work: undefined, secondsLeft: undefined });
  }
}
