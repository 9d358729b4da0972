// The actions against a scripted worker: what is asked of it when, and what the store then says.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../config/runConfig.ts';
import type { Fault, OpenedRun } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { editDraft, adjustLive, cancelTextWork, importOwnText } = await import('./draftActions.ts');
const { train, reset, startTrainingWhenReady, trainMore } = await import('./runActions.ts');
const { dataKeyOf } = await import('./draftDifference.ts');
const { metricSeries } = await import('./metricSeries.ts');
const { receiveEvent } = await import('./workerEvents.ts');

const blank = useRunStore.getState();
const state = useRunStore.getState;
/** Puts a run on screen as if it had been opened. */
function show(run: OpenedRun): void {
  const { config } = run.run;
  useRunStore.setState({
    run: run.run,
    data: run.data,
    dataKey: dataKeyOf(config),
    draft: config,
    draftDiffers: false,
  });
}

const wider = (draft: RunConfig): RunConfig => ({ ...draft, model: { ...draft.model, nEmbd: 128 } });

beforeEach(() => {
  vi.useFakeTimers();
  worker.forget();
  useRunStore.setState({ ...blank, deviceStatus: 'ready' }, true);
  metricSeries.clear();
});
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(1000);
  cancelTextWork();
  vi.useRealTimers();
});

describe('editing the draft', () => {
  it('makes one new run for several quick edits of a run at step 0', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft(wider);
    editDraft((draft) => ({ ...draft, seed: 9 }));
    expect(state().draft.seed).toBe(9);
    expect(worker.requests).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.names()).toEqual(['createRun']);
    expect(worker.last.params).toEqual({ config: { ...wider(DEFAULT_CONFIG), seed: 9 } });
    const run = opened({ ...wider(DEFAULT_CONFIG), seed: 9 });
    await worker.answer(run);
    expect(state().run).toBe(run.run);
    expect(state().creating).toBe(false);
    expect(state().draftDiffers).toBe(false);
  });

  it('keeps a run that has taken steps, and prepares only a changed text', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 20));
    editDraft(wider);
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.requests).toHaveLength(0);
    expect(state().draftDiffers).toBe(true);
    editDraft((draft) => ({ ...draft, tokenizer: { kind: 'byte', vocabSize: 1024 } }));
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.names()).toEqual(['prepareData']);
    await worker.answer({ ...opened(DEFAULT_CONFIG).data, vocabSize: 257 });
    expect(state().data?.vocabSize).toBe(257);
    expect(state().run?.step).toBe(20);
  });

  it('cancels the making of a run that a later edit has overtaken', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft(wider);
    await vi.advanceTimersByTimeAsync(400);
    const first = worker.last.id;
    editDraft((draft) => ({ ...draft, seed: 4 }));
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.cancelled).toEqual([first]);
    await worker.refuse({ code: 'cancelled', message: 'Cancelled.', remedy: '' }, first);
    expect(state().creating).toBe(true);
    expect(state().draft.seed).toBe(4);
    await worker.answer(opened({ ...wider(DEFAULT_CONFIG), seed: 4 }));
    expect(state().run?.config.seed).toBe(4);
    expect(state().creating).toBe(false);
  });

  it('makes no run of sizes that do not go together', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft((draft) => ({ ...draft, model: { ...draft.model, nEmbd: 65 } }));
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.requests).toHaveLength(0);
    await train();
    expect(worker.requests).toHaveLength(0);
    expect(state().runFault?.code).toBe('config');
    expect(state().run?.config.model.nEmbd).toBe(64);
  });

  it('sends live settings to the run at once', async () => {
    const { run } = opened(DEFAULT_CONFIG, 'running', 20);
    show({ ...opened(DEFAULT_CONFIG), run });
    void adjustLive({ learningRate: 0.01 });
    expect(worker.last).toMatchObject({ name: 'adjust', params: { settings: { learningRate: 0.01 } } });
    expect(state().draft.training.learningRate).toBe(0.01);
    expect(state().draftDiffers).toBe(false);
  });
});

describe('a text that cannot be used', () => {
  const fault: Fault = { code: 'text', message: 'This text is empty.', remedy: 'Paste more.' };
  it('is said in the data panel and leaves run and draft as they were', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 20));
    const before = state();
    const imported = importOwnText({ kind: 'paste', text: '' });
    expect(state().dataWork).toBeDefined();
    await worker.refuse(fault);
    expect(await imported).toBe('not-taken');
    expect(state().dataFault).toEqual(fault);
    expect(state().dataWork).toBeUndefined();
    expect([state().run, state().draft]).toEqual([before.run, before.draft]);
  });

  it('does not keep the first run from being made', async () => {
    void importOwnText({ kind: 'paste', text: '' });
    await worker.refuse(fault);
    expect(worker.names()).toEqual(['importText', 'createRun']);
    await worker.answer(opened(DEFAULT_CONFIG));
    expect(state().run).toBeDefined();
    expect(state().dataFault).toEqual(fault);
  });

  it('gives way to the text of the run when its reading is cancelled', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft((draft) => ({ ...draft, text: { kind: 'arithmetic', seed: 1, kilobytes: 64 } }));
    await vi.advanceTimersByTimeAsync(400);
    cancelTextWork();
    await worker.refuse({ code: 'cancelled', message: 'Cancelled.', remedy: '' });
    expect(state().draft.text).toEqual(DEFAULT_CONFIG.text);
    expect(state().dataFault).toBeUndefined();
  });
});

describe('Cancel', () => {
  const file = { kind: 'paste', text: 'words' } as const;
  const choice = { kind: 'own', id: 'a', name: 'Pasted text' } as const;
  const stored = { choice, statistics: { name: 'Pasted text', documents: 1, characters: 5, bytes: 5 }, source: file };

  it('counts even if the text has been read before the worker hears of it', async () => {
    show(opened(DEFAULT_CONFIG));
    const imported = importOwnText(file);
    cancelTextWork();
    await worker.answer(stored);
    expect(await imported).toBe('cancelled');
    await vi.advanceTimersByTimeAsync(400);
    expect(worker.names()).toEqual(['importText']);
    expect(state()).toMatchObject({ draft: DEFAULT_CONFIG, dataWork: undefined, dataFault: undefined });
  });

  it('stays in reach when the reading is followed by the tokenizing, and stops that too', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 20));
    const imported = importOwnText(file);
    await worker.answer(stored);
    expect(await imported).toBe('taken');
    expect(worker.names()).toEqual(['importText', 'prepareData']);
    expect(state().dataWork).toBeDefined();
    cancelTextWork();
    await worker.answer({ ...opened(DEFAULT_CONFIG).data, vocabSize: 280 });
    expect(state()).toMatchObject({ draft: DEFAULT_CONFIG, draftDiffers: false, dataWork: undefined });
    expect(state().data?.vocabSize).toBe(300);
  });

  it('goes back to the former text though the new run was made before the worker heard of it', async () => {
    show(opened(DEFAULT_CONFIG));
    void importOwnText(file);
    await worker.answer(stored);
    expect(worker.last.name).toBe('createRun');
    cancelTextWork();
    await worker.answer(opened({ ...DEFAULT_CONFIG, text: choice }));
    expect(state().draft).toEqual(DEFAULT_CONFIG);
    expect(worker.last).toMatchObject({ name: 'createRun', params: { config: DEFAULT_CONFIG } });
    await worker.answer(opened(DEFAULT_CONFIG));
    expect(state()).toMatchObject({ draftDiffers: false, creating: false, dataWork: undefined });
  });

  it('of a reading leaves a text alone that was chosen and prepared before', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 20));
    const text = { kind: 'arithmetic', seed: 1, kilobytes: 64 } as const;
    editDraft((draft) => ({ ...draft, text }));
    await vi.advanceTimersByTimeAsync(400);
    await worker.answer(opened(DEFAULT_CONFIG).data);
    const imported = importOwnText(file);
    cancelTextWork();
    await worker.refuse({ code: 'cancelled', message: 'Cancelled.', remedy: '' });
    expect(await imported).toBe('cancelled');
    expect(state().draft.text).toEqual(text);
  });

  it('is not what happened to a reading that another one overtook', async () => {
    show(opened(DEFAULT_CONFIG));
    const first = importOwnText(file);
    const second = importOwnText(file);
    await worker.answer(stored, worker.requests[0]?.id);
    expect(await first).toBe('not-taken');
    expect(state().draft.text).toEqual(DEFAULT_CONFIG.text);
    await worker.answer(stored);
    expect(await second).toBe('taken');
    expect(state().draft.text).toEqual(choice);
  });
});

describe('Train', () => {
  it('pressed before there is a run starts as soon as there is one', async () => {
    const stop = startTrainingWhenReady();
    useRunStore.setState({ deviceStatus: 'starting' });
    await train();
    expect(worker.requests).toHaveLength(0);
    expect(state().trainWhenReady).toBe(true);
    show(opened(DEFAULT_CONFIG));
    useRunStore.setState({ deviceStatus: 'ready' });
    await vi.advanceTimersByTimeAsync(0);
    expect(worker.names()).toEqual(['train']);
    expect(state().trainWhenReady).toBe(false);
    stop();
  });

  it('takes an edit along that still waits', async () => {
    const stop = startTrainingWhenReady();
    show(opened(DEFAULT_CONFIG));
    editDraft(wider);
    void train();
    await vi.advanceTimersByTimeAsync(0);
    expect(worker.names()).toEqual(['createRun']);
    await worker.answer(opened(wider(DEFAULT_CONFIG)));
    expect(worker.names()).toEqual(['createRun', 'train']);
    stop();
  });

  it('waits for the person’s own text and trains on that', async () => {
    const stop = startTrainingWhenReady();
    show(opened(DEFAULT_CONFIG));
    void importOwnText({ kind: 'paste', text: 'words' });
    await train();
    expect(worker.names()).toEqual(['importText']);
    const choice = { kind: 'own', id: 'a', name: 'Pasted text' } as const;
    await worker.answer({
      choice,
      statistics: { name: 'Pasted text', documents: 1, characters: 5, bytes: 5 },
      source: { kind: 'paste', text: 'words' },
    });
    expect(worker.names()).toEqual(['importText', 'createRun']);
    await worker.answer(opened({ ...DEFAULT_CONFIG, text: choice }));
    expect(worker.names().at(-1)).toBe('train');
    stop();
  });

  it('shows why it failed', async () => {
    show(opened(DEFAULT_CONFIG));
    void train();
    await vi.advanceTimersByTimeAsync(0);
    expect(state().command).toBe('train');
    await worker.refuse({ code: 'device-lost', message: 'The GPU is gone.', remedy: 'Wait.' });
    expect(state().command).toBeUndefined();
    expect(state().runFault?.message).toBe('The GPU is gone.');
  });

  it('after the last step raises the steps and goes on', async () => {
    const finished = opened(DEFAULT_CONFIG, 'finished', 1000);
    show(finished);
    void trainMore();
    expect(worker.last).toMatchObject({ name: 'adjust', params: { settings: { steps: 1500 } } });
    await worker.answer({ ...finished.run, phase: 'paused' });
    expect(worker.names()).toEqual(['adjust', 'train']);
  });
});

describe('Reset', () => {
  it('pauses a running run and makes a new one from the draft', async () => {
    const running = opened(DEFAULT_CONFIG, 'running', 20);
    show(running);
    void reset();
    await vi.advanceTimersByTimeAsync(0);
    expect(worker.names()).toEqual(['pause']);
    await worker.answer({ ...running.run, phase: 'paused' });
    expect(worker.names()).toEqual(['pause', 'createRun']);
    await worker.answer(opened(DEFAULT_CONFIG));
    expect(state().run?.step).toBe(0);
    expect(state().command).toBeUndefined();
  });
});

describe('events', () => {
  it('of another run are left aside', () => {
    const mine = opened(DEFAULT_CONFIG, 'running', 1);
    show(mine);
    const rows = Float32Array.of(2, 5, 0.001, 1, 100);
    receiveEvent({ type: 'metrics', runId: 'another', rows });
    expect(metricSeries.last('step')).toBeUndefined();
    receiveEvent({ type: 'metrics', runId: mine.run.runId, rows });
    expect(metricSeries.last('loss')).toBe(5);
  });

  it('turn a fault into a notice, once', () => {
    const fault: Fault = { code: 'storage', message: 'The store is full.', remedy: 'Delete runs.' };
    receiveEvent({ type: 'fault', fault });
    receiveEvent({ type: 'fault', fault });
    expect(state().notices.map(({ message }) => message)).toEqual(['The store is full.']);
  });
});
