// Checking the engine against a scripted worker: asked for once at a time, told while it goes on, stopped by the person,
// and ended by what changes the run.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { EvidenceReport } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { useEvidenceStore } = await import('./evidenceStore.ts');
const { checkEvidence, stopCheck } = await import('./evidenceActions.ts');

const REPORT: EvidenceReport = {
  backend: 'wasm',
  adapter: 'SIMD, 1 thread',
  engine: 'eager',
  precision: 'f32',
  model: DEFAULT_CONFIG.model,
  objective: { zLoss: 0, labelSmoothing: 0 },
  vocabSize: 24,
  parameterCount: 7168,
  batchSize: 2,
  length: 12,
  changes: [],
  gradientTolerance: 1e-3,
  groups: [],
  parity: [],
  seconds: 2,
  passed: true,
};
const CANCELLED = { code: 'cancelled', message: 'Cancelled.', remedy: '' } as const;
const { run } = opened(DEFAULT_CONFIG, 'running', 40);
const state = useEvidenceStore.getState;
const blank = state();

beforeEach(() => {
  worker.forget();
  useEvidenceStore.setState(blank, true);
  useRunStore.setState({ run, device: undefined, deviceStatus: 'ready' });
});

describe('checkEvidence', () => {
  it('asks nothing before there is a run', async () => {
    useRunStore.setState({ run: undefined });
    await checkEvidence();
    expect(worker.requests).toEqual([]);
    expect(state()).toEqual(blank);
  });

  it('asks once, however often it is called meanwhile, and keeps what was found of what', async () => {
    void checkEvidence();
    void checkEvidence();
    expect(worker.names()).toEqual(['checkEvidence']);
    expect(state().work).toEqual({ fraction: 0, message: 'Starting the check' });
    worker.tell({ type: 'progress', requestId: worker.last.id, fraction: 0.4, message: 'Differencing' });
    expect(state().work).toEqual({ fraction: 0.4, message: 'Differencing' });
    await worker.answer(REPORT);
    expect(state()).toMatchObject({ checked: { report: REPORT, run }, work: undefined, fault: undefined });
    expect(state().checked?.at).toBeInstanceOf(Date);
  });

  it('stops at the person’s wish without a word, and keeps what was found before', async () => {
    void checkEvidence();
    await worker.answer(REPORT);
    void checkEvidence();
    stopCheck();
    expect(worker.cancelled).toEqual([worker.last.id]);
    await worker.refuse(CANCELLED);
    expect(state()).toMatchObject({ checked: { report: REPORT }, work: undefined, fault: undefined });
  });

  it('says so when the run or the device changed meanwhile, and forgets it when it checks again', async () => {
    void checkEvidence();
    await worker.refuse(CANCELLED);
    expect(state().fault).toMatchObject({ code: 'cancelled', remedy: 'Check again.' });
    void checkEvidence();
    expect(state().fault).toBeUndefined();
    await worker.answer(REPORT);
  });

  it('tells a fault, and leaves it to the restart to say that the engine stopped', async () => {
    const fault = { code: 'internal', message: 'It cannot be checked.', remedy: 'Try again.' } as const;
    void checkEvidence();
    await worker.refuse(fault);
    expect(state().fault).toEqual(fault);
    void checkEvidence();
    useRunStore.setState({ deviceStatus: 'restarting' });
    await worker.crash();
    expect(state()).toMatchObject({ work: undefined, fault: undefined });
  });
});
