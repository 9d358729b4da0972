// Evaluating against a scripted worker: asked for once at a time, stopped on request, the former report kept.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { EvaluationReport } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { EVALUATION_EXTENTS, useEvaluationStore } = await import('./evaluationStore.ts');
const { chooseExtent, evaluate, stopEvaluation } = await import('./evaluationActions.ts');

const SETTINGS = { ...EVALUATION_EXTENTS.normal, heldOut: true, tasks: true, seed: 1 };
const REPORT: EvaluationReport = { step: 40, lastStep: 42, settings: SETTINGS, heldOut: null, tasks: [] };
const { run, data } = opened(DEFAULT_CONFIG, 'paused', 40);
const state = useEvaluationStore.getState;
const blank = state();

beforeEach(() => {
  worker.forget();
  useEvaluationStore.setState(blank, true);
  useRunStore.setState({ run, runData: data, deviceStatus: 'ready' });
});

describe('evaluate', () => {
  it('asks nothing before there is a run', async () => {
    useRunStore.setState({ run: undefined });
    await evaluate();
    expect(worker.requests).toEqual([]);
    expect(state()).toEqual(blank);
  });

  it('asks once, however often it is called meanwhile, and keeps the report with its run', async () => {
    void evaluate();
    void evaluate();
    expect(worker.requests).toMatchObject([{ name: 'evaluate', params: { settings: SETTINGS } }]);
    expect(state().work).toEqual({ fraction: 0, message: 'Beginning', secondsLeft: undefined });
    await worker.answer(REPORT);
    expect(state()).toEqual({ ...blank, evaluated: { report: REPORT, run, data } });
  });

  it('shows progress and the time left once that can be told', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5000);
    void evaluate();
    clock.mockReturnValue(15_000);
    worker.progress(0.01, 'Reading');
    expect(state().work).toEqual({ fraction: 0.01, message: 'Reading', secondsLeft: undefined });
    worker.progress(0.5, 'Asking');
    expect(state().work).toMatchObject({ fraction: 0.5, message: 'Asking' });
    expect(state().work?.secondsLeft).toBeCloseTo(10);
    worker.progress(0.8, 'Asking');
    expect(state().work?.secondsLeft).toBeCloseTo(2.5);
    clock.mockRestore();
    await worker.answer(REPORT);
  });

  it('reads and asks as much as was chosen', async () => {
    chooseExtent('quick');
    void evaluate();
    expect(worker.last).toMatchObject({ params: { settings: EVALUATION_EXTENTS.quick } });
    await worker.answer(REPORT);
  });

  it('stops on request without a fault, keeps the former report, and can be asked again', async () => {
    void evaluate();
    await worker.answer(REPORT);
    void evaluate();
    stopEvaluation();
    expect(worker.cancelled).toEqual([worker.last.id]);
    await worker.refuse({ code: 'cancelled', message: 'Cancelled.', remedy: '' });
    expect(state()).toMatchObject({ evaluated: { report: REPORT }, work: undefined, fault: undefined });
    void evaluate();
    expect(worker.names()).toHaveLength(3);
    await worker.answer(REPORT);
  });

  it('says so when the run or the device changed meanwhile, and forgets it when it is asked again', async () => {
    void evaluate();
    await worker.refuse({ code: 'cancelled', message: 'Cancelled.', remedy: '' });
    expect(state()).toMatchObject({ fault: { code: 'cancelled', remedy: 'Evaluate again.' }, work: undefined });
    void evaluate();
    expect(state().fault).toBeUndefined();
    await worker.answer(REPORT);
  });

  it('tells a fault, and forgets it when it is tried again', async () => {
    const fault = { code: 'diverged', message: 'Not numbers.', remedy: 'Go back.' } as const;
    void evaluate();
    await worker.refuse(fault);
    expect(state()).toMatchObject({ fault, work: undefined });
    void evaluate();
    expect(state().fault).toBeUndefined();
    await worker.answer(REPORT);
  });

  it('leaves it to the restart to say that the engine stopped', async () => {
    void evaluate();
    useRunStore.setState({ deviceStatus: 'restarting' });
    await worker.crash();
    expect(state()).toMatchObject({ work: undefined, fault: undefined });
  });
});
