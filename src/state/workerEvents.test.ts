// What the worker tells on its own account reaches the page: for the open run only, and each kind where it belongs.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});
const { useRunStore } = await import('./runStore.ts');
const { metricSeries } = await import('./metricSeries.ts');
const { presentStep } = await import('./openedRun.ts');
const { receiveEvent } = await import('./workerEvents.ts');

const blank = useRunStore.getState();
const state = useRunStore.getState;
const mine = opened(DEFAULT_CONFIG, 'running', 4);
const runId = mine.run.runId;

beforeEach(() => {
  useRunStore.setState({ ...blank, run: mine.run, draft: DEFAULT_CONFIG }, true);
  metricSeries.clear();
});

describe('events', () => {
  it('of the open run are shown, those of another are not', () => {
    for (const id of ['another', runId]) {
      const isMine = id === runId;
      receiveEvent({ type: 'run', run: { ...mine.run, runId: id, step: 5 } });
      receiveEvent({ type: 'evaluation', runId: id, point: { step: 5, validationLoss: 2, bitsPerByte: 1 } });
      receiveEvent({ type: 'diary', runId: id, entry: { step: 5, prompt: 'p', samples: [] } });
      receiveEvent({ type: 'saved', runId: id, step: 5, savedAtMs: 77 });
      expect(state().run?.step).toBe(isMine ? 5 : 4);
      expect(state().evaluations.map(({ step }) => step)).toEqual(isMine ? [5] : []);
      expect(state().diary.map(({ step }) => step)).toEqual(isMine ? [5] : []);
      expect(state().saved).toEqual(isMine ? { step: 5, atMs: 77 } : undefined);
    }
  });

  it('that open a run show its history, and leave what is edited', () => {
    useRunStore.setState({ draft: { ...DEFAULT_CONFIG, seed: 8 }, saved: { step: 9, atMs: 1 } });
    metricSeries.append(Float32Array.of(90, 5, 0.001, 1, 100));
    const back = opened(DEFAULT_CONFIG, 'paused', 2);
    receiveEvent({
      type: 'opened',
      opened: { ...back, history: { ...back.history, metrics: Float32Array.of(2, 3, 0.001, 1, 100) } },
    });
    expect(state()).toMatchObject({ run: back.run, draft: { seed: 8 }, draftDiffers: true, saved: undefined });
    expect(metricSeries.last('loss')).toBe(3);
    expect(presentStep()).toBe(2);
  });

  it('that say that nothing will last, or what is wrong, become notices; a cancel is not worth one', () => {
    receiveEvent({ type: 'fault', fault: { code: 'cancelled', message: 'Cancelled.', remedy: '' } });
    expect(state().notices).toEqual([]);
    receiveEvent({ type: 'notLasting', reason: 'refused' });
    expect(state().notices).toMatchObject([{ topic: 'storage' }]);
    receiveEvent({ type: 'fault', fault: { code: 'device-lost', message: 'a', remedy: '' } });
    receiveEvent({ type: 'fault', fault: { code: 'storage', message: 'b', remedy: '' } });
    receiveEvent({ type: 'fault', fault: { code: 'internal', message: 'c', remedy: '' } });
    expect(state().notices.map(({ topic }) => topic)).toEqual(expect.arrayContaining(['device', 'saving', 'work']));
  });

  it('of a last step that the worker had to move take the draft along, unless it asks for more', () => {
    const withSteps = (steps: number) => ({
      ...DEFAULT_CONFIG,
      training: { ...DEFAULT_CONFIG.training, steps },
    });
    useRunStore.setState({ draft: withSteps(3) });
    receiveEvent({ type: 'run', run: { ...mine.run, step: 4, config: withSteps(4) } });
    expect(state().draft.training.steps).toBe(4);
    useRunStore.setState({ draft: withSteps(3) });
    receiveEvent({ type: 'run', run: { ...mine.run, step: 4, config: withSteps(9) } });
    expect(state().draft.training.steps).toBe(3);
    useRunStore.setState({ draft: withSteps(50) });
    receiveEvent({ type: 'run', run: { ...mine.run, step: 9, config: withSteps(9) } });
    expect(state().draft.training.steps).toBe(50);
  });

  it('count for the present step, whichever came last', () => {
    metricSeries.append(Float32Array.of(6, 5, 0.001, 1, 100));
    expect(presentStep()).toBe(6);
    useRunStore.setState({ run: { ...mine.run, step: 8 } });
    expect(presentStep()).toBe(8);
  });
});
