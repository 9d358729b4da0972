// Running the experiment against a scripted worker: asked for once at a time, gathered as it comes, stopped by the person,
// and kept when the next one fails before it begins.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { AttentionLayer, ExperimentPlan, ExperimentUpdate } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { dataKeyOf } = await import('./draftDifference.ts');
const { resultOf, useExperimentStore } = await import('./experimentStore.ts');
const { experimentVariants } = await import('./experimentVariants.ts');
const { editExperiment, startExperiment, stopExperiment } = await import('./experimentActions.ts');

const PLAN: ExperimentPlan = {
  textName: 'A text',
  vocabSize: 300,
  steps: 24,
  tokensPerStep: 512,
  windows: 32,
  windowLength: 64,
  uniformLoss: 5.7,
  unigramLoss: 5,
  prompt: 'Hello',
  promptTokens: [{ id: 1, text: 'Hello' }],
  parameterCounts: [],
};
const ATTENTION: AttentionLayer = {
  layer: 0,
  nHead: 1,
  size: 1,
  offset: 0,
  causal: true,
  band: 0,
  weights: Float32Array.of(1),
  step: 2,
};
const CANCELLED = { code: 'cancelled', message: 'Cancelled.', remedy: '' } as const;
const { data } = opened(DEFAULT_CONFIG);
const state = useExperimentStore.getState;
const blank = state();
const tell = (update: ExperimentUpdate): void => worker.tell({ type: 'experiment', requestId: worker.last.id, update });
const point = (step: number) => ({ step, trainingLoss: 4, comparableLoss: 5 });

beforeEach(() => {
  worker.forget();
  useExperimentStore.setState(blank, true);
  useRunStore.setState({ draft: DEFAULT_CONFIG, data, dataKey: dataKeyOf(DEFAULT_CONFIG), deviceStatus: 'ready' });
});

describe('startExperiment', () => {
  it('asks once for the four models of the settings, by the vocabulary of the text where it is known', async () => {
    editExperiment({ steps: 24 });
    void startExperiment();
    void startExperiment();
    expect(worker.names()).toEqual(['runExperiment']);
    const { settings } = state();
    expect(worker.last.params).toEqual({ variants: experimentVariants(DEFAULT_CONFIG, settings, data) });
    await worker.refuse(CANCELLED);

    useRunStore.setState({ dataKey: 'of another text' });
    void startExperiment();
    expect(worker.last.params).toEqual({ variants: experimentVariants(DEFAULT_CONFIG, settings, undefined) });
    await worker.refuse(CANCELLED);
  });

  it('gathers by model what comes, and tells the time left', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5000);
    void startExperiment();
    worker.tell({ type: 'progress', requestId: worker.last.id, fraction: 0.5, message: 'Reading' });
    expect(state()).toMatchObject({ work: { fraction: 0.5, message: 'Reading' }, secondsLeft: undefined });
    expect(state().experiment).toBeUndefined();
    tell({ kind: 'plan', plan: PLAN });
    expect(state().experiment).toMatchObject({ status: 'running', plan: PLAN, results: {} });
    tell({ kind: 'point', variant: 'gpt3', point: point(2) });
    tell({ kind: 'point', variant: 'blog-last', point: point(2) });
    tell({ kind: 'point', variant: 'gpt3', point: point(4) });
    tell({ kind: 'sample', variant: 'gpt3', sample: { step: 4, text: 'you', ended: true } });
    tell({ kind: 'attention', variant: 'gpt3', layers: [ATTENTION] });
    tell({ kind: 'diverged', variant: 'blog-mean', step: 3 });
    clock.mockReturnValue(15_000);
    worker.tell({ type: 'progress', requestId: worker.last.id, fraction: 0.2, message: 'Step 4 of 24' });
    expect(state().secondsLeft).toBeCloseTo(40);
    clock.mockRestore();
    const { experiment } = state();
    expect(experiment && resultOf(experiment, 'gpt3')).toEqual({
      points: [point(2), point(4)],
      samples: [{ step: 4, text: 'you', ended: true }],
      attention: [ATTENTION],
      divergedAt: undefined,
    });
    expect(experiment && resultOf(experiment, 'blog-last').points).toEqual([point(2)]);
    expect(experiment && resultOf(experiment, 'blog-mean').divergedAt).toBe(3);
    expect(experiment && resultOf(experiment, 'gpt3-unmasked').points).toEqual([]);
    await worker.answer({ seconds: 7 });
    expect(state()).toMatchObject({ work: undefined, secondsLeft: undefined, fault: undefined });
    expect(state().experiment).toMatchObject({ status: 'done', seconds: 7, results: experiment?.results });
  });

  it('stops at the person’s wish without a word, and keeps what was found', async () => {
    void startExperiment();
    tell({ kind: 'plan', plan: PLAN });
    tell({ kind: 'point', variant: 'gpt3', point: point(2) });
    stopExperiment();
    expect(worker.cancelled).toEqual([worker.last.id]);
    await worker.refuse(CANCELLED);
    expect(state()).toMatchObject({ work: undefined, fault: undefined, experiment: { status: 'stopped' } });
    expect(state().experiment?.results['gpt3']?.points).toEqual([point(2)]);
  });

  it('says so when the device was changed meanwhile', async () => {
    void startExperiment();
    tell({ kind: 'plan', plan: PLAN });
    await worker.refuse(CANCELLED);
    expect(state()).toMatchObject({ fault: { code: 'cancelled' }, experiment: { status: 'failed' } });
    expect(state().fault?.message).toContain('device');
  });

  it('keeps the former results where the next experiment fails before it begins', async () => {
    void startExperiment();
    tell({ kind: 'plan', plan: PLAN });
    await worker.answer({ seconds: 7 });
    const before = state().experiment;
    const fault = { code: 'config', message: 'It does not fit.', remedy: 'Take less.' } as const;
    void startExperiment();
    expect(state().fault).toBeUndefined();
    await worker.refuse(fault);
    expect(state().fault).toEqual(fault);
    expect(state().experiment).toBe(before);
  });

  it('leaves it to the restart to say that the engine stopped', async () => {
    void startExperiment();
    tell({ kind: 'plan', plan: PLAN });
    useRunStore.setState({ deviceStatus: 'restarting' });
    await worker.crash();
    expect(state()).toMatchObject({ work: undefined, fault: undefined, experiment: { status: 'failed' } });
  });
});
