// Reading and tokenizing a text: progress, what a fault of each kind leads to, and live settings that a run takes and
// gives back. Against a scripted worker.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { Fault, FaultCode, OpenedRun } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { adjustLive, applyDraft, cancelTextWork, createRunFromDraft, editDraft, undoLiveChange } =
  await import('./draftActions.ts');
const { dataKeyOf } = await import('./draftDifference.ts');

const blank = useRunStore.getState();
const state = useRunStore.getState;
const fault = (code: FaultCode): Fault => ({ code, message: `It is ${code}.`, remedy: 'Do something.' });
const OTHER_TEXT = { ...DEFAULT_CONFIG, text: { kind: 'arithmetic', seed: 1, kilobytes: 64 } as const };

function show({ run, data }: OpenedRun): void {
  useRunStore.setState({
    run,
    data,
    runData: data,
    dataKey: dataKeyOf(run.config),
    draft: run.config,
    draftDiffers: false,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  worker.forget();
  useRunStore.setState({ ...blank, deviceStatus: 'ready' }, true);
});
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(1000);
  cancelTextWork();
  vi.useRealTimers();
});

describe('work on a text', () => {
  it('shows how far it is; work that was overtaken shows nothing any more', async () => {
    void createRunFromDraft();
    const first = worker.last.id;
    worker.progress(0.25, 'Tokenizing');
    expect(state().dataWork).toEqual({ fraction: 0.25, message: 'Tokenizing' });
    void createRunFromDraft();
    expect(worker.cancelled).toEqual([first]);
    worker.progress(0.5, 'Late', first);
    expect(state().dataWork?.message).not.toBe('Late');
    await worker.answer(opened(DEFAULT_CONFIG));
    expect(state()).toMatchObject({ dataWork: undefined, creating: false });
  });

  it('that fails says so beside the text or beside the run, and trains on nothing', async () => {
    const beside: Partial<Record<FaultCode, 'dataFault' | 'runFault'>> = {
      text: 'dataFault',
      vocabulary: 'dataFault',
      storage: 'runFault',
      internal: 'runFault',
      'device-lost': 'runFault',
    };
    for (const code of ['text', 'vocabulary', 'storage', 'internal', 'device-lost'] as const) {
      useRunStore.setState({ trainWhenReady: true });
      const made = createRunFromDraft();
      await worker.refuse(fault(code));
      expect(await made).toBe(false);
      const place = beside[code] ?? 'runFault';
      expect(state()[place], code).toEqual(fault(code));
      expect(state()[place === 'runFault' ? 'dataFault' : 'runFault'], code).toBeUndefined();
      expect(state()).toMatchObject({ trainWhenReady: false, creating: false, dataWork: undefined });
    }
  });

  it('that fails while the engine starts again leaves it to the restart to say so', async () => {
    const made = createRunFromDraft();
    useRunStore.setState({ deviceStatus: 'restarting' });
    await worker.refuse(fault('internal'));
    expect(await made).toBe(false);
    expect([state().runFault, state().dataFault]).toEqual([undefined, undefined]);
  });

  it('that is cancelled before there is any run says how to go on', async () => {
    const made = createRunFromDraft();
    cancelTextWork();
    await worker.refuse(fault('cancelled'));
    await made;
    expect(state().dataFault?.code).toBe('cancelled');
    expect(state().dataFault?.remedy).not.toBe(fault('cancelled').remedy);
  });

  it('that is cancelled beside a run that has taken steps brings its figures back', async () => {
    const run = opened(DEFAULT_CONFIG, 'paused', 9);
    show(run);
    useRunStore.setState({ draft: OTHER_TEXT });
    void applyDraft();
    expect(worker.names()).toEqual(['prepareData']);
    cancelTextWork();
    await worker.refuse(fault('cancelled'));
    expect(state()).toMatchObject({ draft: DEFAULT_CONFIG, data: run.data, dataKey: dataKeyOf(DEFAULT_CONFIG) });
  });

  it('of sizes that do not suit it reads the text, so that the fields can say why', async () => {
    show(opened(DEFAULT_CONFIG));
    useRunStore.setState({ draft: OTHER_TEXT });
    void applyDraft();
    expect(worker.names()).toEqual(['createRun']);
    await worker.refuse(fault('config'));
    expect(worker.names()).toEqual(['createRun', 'prepareData']);
    await worker.answer({ ...opened(OTHER_TEXT).data, trainTokens: 3 });
    expect(state()).toMatchObject({ runFault: undefined, data: { trainTokens: 3 } });
    // Where the fields have nothing to say, the fault itself is shown.
    void createRunFromDraft();
    await worker.refuse(fault('config'));
    expect(state().runFault).toEqual(fault('config'));
  });

  it('waits for the engine', async () => {
    useRunStore.setState({ deviceStatus: 'starting' });
    await applyDraft();
    expect(worker.requests).toHaveLength(0);
  });

  it('that an edit takes back is stopped', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft(() => OTHER_TEXT);
    await vi.advanceTimersByTimeAsync(400);
    const making = worker.last.id;
    editDraft(() => DEFAULT_CONFIG);
    expect(state().draftDiffers).toBe(false);
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.cancelled).toEqual([making]);
    expect(worker.names()).toEqual(['createRun']);
  });
});

describe('a live setting', () => {
  it('changed while the run was being made reaches it afterwards', async () => {
    void createRunFromDraft();
    await adjustLive({ learningRate: 0.5 });
    expect(worker.names()).toEqual(['createRun']);
    await worker.answer(opened(DEFAULT_CONFIG));
    expect(worker.last).toMatchObject({ name: 'adjust', params: { settings: { learningRate: 0.5 } } });
  });

  it('of a run under way is noted and can be undone; before the first step there is nothing to undo', async () => {
    show(opened(DEFAULT_CONFIG));
    void adjustLive({ learningRate: 0.25 });
    expect(state().liveChanges).toEqual({});
    const { run } = opened(DEFAULT_CONFIG, 'running', 20);
    show({ ...opened(DEFAULT_CONFIG), run });
    void adjustLive({ learningRate: 0.5, samplePrompt: 'So' });
    expect(state().liveChanges).toMatchObject({
      learningRate: { from: DEFAULT_CONFIG.training.learningRate, to: 0.5, step: 20 },
    });
    expect(Object.keys(state().liveChanges)).toEqual(['learningRate']);
    const undone = undoLiveChange('learningRate');
    expect(worker.last.params).toEqual({ settings: { learningRate: DEFAULT_CONFIG.training.learningRate } });
    await worker.answer(run);
    await undone;
    expect(state().liveChanges).toEqual({});
    expect(state().draft.training.learningRate).toBe(DEFAULT_CONFIG.training.learningRate);
    await undoLiveChange('learningRate');
    expect(worker.names().filter((name) => name === 'adjust')).toHaveLength(3);
  });

  it('that the worker refuses is said beside the run', async () => {
    show(opened(DEFAULT_CONFIG, 'running', 20));
    void adjustLive({ learningRate: 0.5 });
    await worker.refuse(fault('config'));
    expect(state().runFault).toEqual(fault('config'));
  });
});
