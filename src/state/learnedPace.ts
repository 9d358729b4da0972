// What training here has really taken, against what was counted beforehand: every stretch of training teaches it, and
// the next estimates of time follow. It is kept in this browser, for each device by itself.
import { estimate } from '../config/estimate.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { tokensAt } from '../config/schedule.ts';
import type { DeviceReport } from '../protocol/messages.ts';
import { rememberedPaces, rememberPaces } from './preferences.ts';
import { useRunStore, type RunStore } from './runStore.ts';

/** Shorter stretches tell more of the clock and of the start than of training. */
const SHORTEST_MS = 500;
const FEWEST_STEPS = 3;
const [LEAST_PACE, MOST_PACE] = [0.02, 50];
const MOST_DEVICES = 12;

/** What makes one device another for a person's time. */
const deviceKey = ({ backend, detail, engine, precision }: DeviceReport): string =>
  [backend, detail, engine, precision].join(' · ');

/** How many times longer than counted training takes on a device: 1 where nothing is known yet. */
export const paceOn = (device: DeviceReport): number => rememberedPaces()[deviceKey(device)] ?? 1;

/** A stretch of training: from one step to another in so many milliseconds, validation and diary included. */
export interface Stretch {
  readonly config: RunConfig;
  readonly vocabSize: number;
  readonly fromStep: number;
  readonly toStep: number;
  readonly ms: number;
}

/** The pace that a stretch shows; undefined where it is too short to tell. */
export function paceOf({ config, vocabSize, fromStep, toStep, ms }: Stretch, device: DeviceReport): number | undefined {
  if (toStep - fromStep < FEWEST_STEPS || !(ms >= SHORTEST_MS)) return undefined;
  const { training, model } = config;
  const tokens = (steps: number): number => tokensAt(steps + 1, training, model.contextLength);
  const { totalSeconds } = estimate(config, vocabSize, device);
  const counted = (1000 * totalSeconds * (tokens(toStep) - tokens(fromStep))) / tokens(training.steps);
  const pace = ms / counted;
  return Number.isFinite(pace) && pace > 0 ? Math.min(MOST_PACE, Math.max(LEAST_PACE, pace)) : undefined;
}

function learn(device: DeviceReport, pace: number): void {
  const { [deviceKey(device)]: _, ...others } = rememberedPaces();
  const kept = Object.entries(others).slice(1 - MOST_DEVICES);
  rememberPaces(Object.fromEntries([...kept, [deviceKey(device), pace]]));
  useRunStore.setState({ pace });
}

/** Follows the run on screen from now on. */
export function learnPace(now: () => number = () => performance.now()): void {
  let begun: { runId: string; step: number; atMs: number; device: DeviceReport } | undefined;
  const follow = ({ run, runData, device }: RunStore, before: RunStore): void => {
    if (device !== before.device) useRunStore.setState({ pace: device ? paceOn(device) : 1 });
    if (run === before.run) return;
    if (begun && run && run.phase !== 'running' && run.runId === begun.runId && device === begun.device && runData) {
      const { config, step } = run;
      const ms = now() - begun.atMs;
      const pace = paceOf({ config, vocabSize: runData.vocabSize, fromStep: begun.step, toStep: step, ms }, device);
      if (pace !== undefined) learn(device, pace);
    }
    if (run?.phase !== 'running' || !device) begun = undefined;
    else if (begun?.runId !== run.runId || before.run?.phase !== 'running')
      begun = { runId: run.runId, step: run.step, atMs: now(), device };
  };
  useRunStore.subscribe(follow);
}
