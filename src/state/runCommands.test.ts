// The run buttons against a scripted worker: what each asks for, and what is shown until the answer and after a fault.
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
const { cancelTextWork, editDraft } = await import('./draftActions.ts');
const { pause, reset, restoreLastGood, startTrainingWhenReady, step, train, trainMore } =
  await import('./runActions.ts');
const { dataKeyOf } = await import('./draftDifference.ts');

const blank = useRunStore.getState();
const state = useRunStore.getState;
const LOST: Fault = { code: 'device-lost', message: 'The GPU is gone.', remedy: 'Wait.' };
const tooWide = (draft: RunConfig): RunConfig => ({ ...draft, model: { ...draft.model, nEmbd: 65 } });

function show({ run, data }: OpenedRun): OpenedRun {
  useRunStore.setState({
    run,
    data,
    dataKey: dataKeyOf(run.config),
    draft: run.config,
    draftDiffers: false,
  });
  return { run, data, history: { metrics: new Float32Array(), evaluations: [], diary: [] } };
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
const turn = () => vi.advanceTimersByTimeAsync(0);

describe('Pause', () => {
  it('is shown as pressed until the worker has paused, and forgets an earlier fault', async () => {
    const { run } = show(opened(DEFAULT_CONFIG, 'running', 7));
    useRunStore.setState({ runFault: LOST });
    void pause();
    expect(state()).toMatchObject({ command: 'pause', runFault: undefined });
    expect(worker.names()).toEqual(['pause']);
    await worker.answer({ ...run, phase: 'paused', step: 8 });
    expect(state()).toMatchObject({ command: undefined, run: { phase: 'paused', step: 8 } });
  });

  it('asks nothing of an engine that starts again, and keeps the run from going on', async () => {
    show(opened(DEFAULT_CONFIG, 'running', 7));
    useRunStore.setState({ deviceStatus: 'restarting', trainWhenReady: true });
    await pause();
    expect(worker.requests).toHaveLength(0);
    expect(state()).toMatchObject({ trainWhenReady: false, run: { phase: 'paused', step: 7 } });
    useRunStore.setState({ run: undefined });
    await pause();
    expect(state().run).toBeUndefined();
  });

  it('that a dying worker cannot answer leaves it to the restart to say what happened', async () => {
    show(opened(DEFAULT_CONFIG, 'running', 7));
    void pause();
    useRunStore.setState({ deviceStatus: 'restarting' });
    await worker.refuse(LOST);
    expect(state()).toMatchObject({ command: undefined, runFault: undefined });
  });
});

describe('Step', () => {
  it('takes one step, and shows why it could not', async () => {
    const { run } = show(opened(DEFAULT_CONFIG, 'paused', 7));
    void step();
    await turn();
    expect([state().command, worker.names()]).toEqual(['step', ['step']]);
    await worker.answer({ ...run, step: 8 });
    expect(state()).toMatchObject({ command: undefined, run: { step: 8 } });
    void step();
    await turn();
    await worker.refuse(LOST);
    expect(state()).toMatchObject({ command: undefined, runFault: LOST, run: { step: 8 } });
  });

  it('takes an edit of a run at step 0 along', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft((draft) => ({ ...draft, seed: 5 }));
    void step();
    await turn();
    expect(worker.last).toMatchObject({ name: 'createRun', params: { config: { seed: 5 } } });
    await worker.answer(opened({ ...DEFAULT_CONFIG, seed: 5 }));
    expect(worker.names()).toEqual(['createRun', 'step']);
  });

  it('of a run at step 0 is refused while its new settings do not go together, of a later one it is not', async () => {
    show(opened(DEFAULT_CONFIG));
    editDraft(tooWide);
    await step();
    expect(worker.names()).toEqual([]);
    expect(state().runFault?.code).toBe('config');
    show(opened(DEFAULT_CONFIG, 'paused', 3));
    useRunStore.setState({ draft: tooWide(DEFAULT_CONFIG) });
    void step();
    await turn();
    expect(worker.names()).toEqual(['step']);
  });
});

describe('Train', () => {
  it('pressed twice is asked for once', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 3));
    void train();
    await turn();
    void train();
    await turn();
    expect(worker.names()).toEqual(['train']);
  });

  it('while another text is on its way waits for it where the run is replaced, and not where it stays', async () => {
    const dataWork = { fraction: 0, message: '' };
    show(opened(DEFAULT_CONFIG));
    useRunStore.setState({ dataWork });
    await train();
    expect([worker.names(), state().trainWhenReady]).toEqual([[], true]);
    show(opened(DEFAULT_CONFIG, 'paused', 3));
    useRunStore.setState({ dataWork, trainWhenReady: false });
    void train();
    await turn();
    expect([worker.names(), state().trainWhenReady]).toEqual([['train'], false]);
  });

  it('is not remembered where the engine has failed', async () => {
    show(opened(DEFAULT_CONFIG));
    useRunStore.setState({ deviceStatus: 'failed', trainWhenReady: true });
    await train();
    expect(state().trainWhenReady).toBe(false);
  });

  it('without a run makes one first and says so', async () => {
    const stop = startTrainingWhenReady();
    void train();
    await turn();
    expect(state()).toMatchObject({ trainWhenReady: true, creating: true });
    expect(worker.names()).toEqual(['createRun']);
    await worker.answer(opened(DEFAULT_CONFIG));
    expect(worker.names()).toEqual(['createRun', 'train']);
    stop();
    useRunStore.setState({ trainWhenReady: true });
    await turn();
    expect(worker.names()).toHaveLength(2);
  });

  it('of a run that has taken steps goes on with it, whatever the draft says', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 3));
    useRunStore.setState({ draft: { ...DEFAULT_CONFIG, seed: 99 }, draftDiffers: true });
    void train();
    await turn();
    expect(worker.names()).toEqual(['train']);
  });

  it('more asks for nothing without a run', async () => {
    await trainMore();
    expect(worker.requests).toHaveLength(0);
  });
});

describe('Reset', () => {
  it('leaves the run alone while the settings do not go together', async () => {
    show(opened(DEFAULT_CONFIG, 'running', 3));
    useRunStore.setState({ draft: tooWide(DEFAULT_CONFIG) });
    await reset();
    expect(worker.requests).toHaveLength(0);
    expect(state()).toMatchObject({ runFault: { code: 'config' }, run: { step: 3 } });
  });

  it('of a paused run needs no pause', async () => {
    show(opened(DEFAULT_CONFIG, 'paused', 3));
    void reset();
    await turn();
    expect([state().command, worker.names()]).toEqual(['reset', ['createRun']]);
  });
});

describe('Back to the last good step', () => {
  it('shows the run as it was then, and leaves what is edited', async () => {
    show(opened(DEFAULT_CONFIG, 'stopped', 14));
    useRunStore.setState({ draft: { ...DEFAULT_CONFIG, seed: 3 }, draftDiffers: true });
    void restoreLastGood();
    expect([state().command, worker.names()]).toEqual(['restore', ['restoreLastGood']]);
    await worker.answer(opened(DEFAULT_CONFIG, 'paused', 10));
    expect(state()).toMatchObject({ command: undefined, run: { step: 10 }, draft: { seed: 3 }, draftDiffers: true });
  });
});
