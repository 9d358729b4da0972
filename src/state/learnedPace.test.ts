// Estimates of time learn from training: what a run took is what the next estimate of it says, on this device only.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { estimate } from '../config/estimate.ts';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { DeviceReport, RunReport } from '../protocol/messages.ts';
import { learnPace, paceOf, paceOn } from './learnedPace.ts';
import { useRunStore } from './runStore.ts';
import { steadied } from './steadySpeed.ts';

const DEVICE: DeviceReport = {
  backend: 'wasm',
  detail: 'SIMD, 1 thread',
  reason: '',
  candidates: [],
  gigaflopsPerSecond: 30,
  engine: 'eager',
  precision: 'f32',
  halfPrecision: false,
  secondsPerOperation: 5e-6,
  maxTensorBytes: 2 ** 31,
  memoryBudgetBytes: 4e9,
};
const CONFIG = { ...DEFAULT_CONFIG, training: { ...DEFAULT_CONFIG.training, steps: 200 } };
const VOCABULARY = 300;

const kept = new Map<string, string>();
let nowMs = 0;

const report = (phase: RunReport['phase'], step: number): Partial<RunReport> => ({
  runId: 'r',
  config: CONFIG,
  phase,
  step,
});
const show = (phase: RunReport['phase'], step: number): void => {
  // Only what is looked at here.
  useRunStore.setState({ run: report(phase, step) as RunReport });
};
const trainTo = (step: number, ms: number, from = 0): void => {
  show('running', from);
  nowMs += ms;
  show(step === 200 ? 'finished' : 'paused', step);
};

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  nowMs = 1000;
  useRunStore.setState(useRunStore.getInitialState());
  learnPace(() => nowMs);
  useRunStore.setState({ device: DEVICE, runData: { vocabSize: VOCABULARY } as never });
});

const secondsOf = (config = CONFIG): number =>
  estimate(config, VOCABULARY, { ...DEVICE, pace: useRunStore.getState().pace }).totalSeconds;

describe('learnPace', () => {
  it('makes the estimate of a run what the run took', () => {
    const counted = secondsOf();
    trainTo(200, 15_300);
    expect(counted).not.toBeCloseTo(15.3, 1);
    expect(secondsOf()).toBeCloseTo(15.3, 6);
    expect(paceOn(DEVICE)).toBeCloseTo(15.3 / counted, 6);
  });

  it('leaves pauses out, and takes the last stretch for the truth', () => {
    trainTo(50, 5000);
    nowMs += 60_000;
    trainTo(100, 2000, 50);
    expect(secondsOf()).toBeCloseTo(8, 6);
  });

  it('learns nothing from a stretch that is too short, from none, or from a clock that is put back', () => {
    trainTo(2, 9000);
    trainTo(50, 100, 2);
    trainTo(50, 9000, 50);
    trainTo(60, -50, 50);
    expect(useRunStore.getState().pace).toBe(1);
    expect(kept.size).toBe(0);
  });

  it('knows each device by itself, and forgets none when another is opened', () => {
    trainTo(200, 15_300);
    const learnt = useRunStore.getState().pace;
    useRunStore.setState({ device: { ...DEVICE, backend: 'webgl' } });
    expect(useRunStore.getState().pace).toBe(1);
    useRunStore.setState({ device: DEVICE });
    expect(useRunStore.getState().pace).toBe(learnt);
  });

  it('is never further from what was counted than can be believed', () => {
    const stretch = { config: CONFIG, vocabSize: VOCABULARY, fromStep: 0, toStep: 200 };
    expect(paceOf({ ...stretch, ms: 1e12 }, DEVICE)).toBe(50);
    expect(paceOf({ ...stretch, ms: Number.NaN }, DEVICE)).toBeUndefined();
    expect(paceOf({ ...stretch, ms: 9000 }, { ...DEVICE, gigaflopsPerSecond: 0 })).toBeUndefined();
  });

  it('takes nothing for true that is kept under its name and is no pace', () => {
    for (const stored of ['{', '[]', '{"x":"y"}', '{"wasm · SIMD, 1 thread · eager · f32":null}']) {
      kept.set('glassbox.paces', stored);
      expect(paceOn(DEVICE)).toBe(1);
    }
  });
});

describe('steadied', () => {
  const measured = (gigaflopsPerSecond: number) => steadied({ ...DEVICE, gigaflopsPerSecond }).gigaflopsPerSecond;

  it('gives ten starts on one machine one speed, though one of them is disturbed', () => {
    const starts = [30, 28, 33, 26, 9, 31, 41, 30, 8, 29].map(measured);
    expect(new Set(starts)).toEqual(new Set([30]));
  });

  it('believes a machine that has changed for good', () => {
    expect([30, 90, 91, 92, 90].map(measured)).toEqual([30, 30, 30, 92, 92]);
  });

  it('remembers nothing of a device that could not be measured', () => {
    expect(measured(0)).toBe(0);
    expect(kept.size).toBe(0);
  });
});
