// Measuring a step against a scripted worker: asked for once at a time, and known to be out of date when it is.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { DeviceReport, EngineReport } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { changeSince, useEngineReportStore } = await import('./engineReportStore.ts');
const { measureStep } = await import('./engineReportActions.ts');

const DEVICE: DeviceReport = {
  backend: 'webgpu',
  detail: 'an adapter',
  reason: 'Chosen by you.',
  candidates: [],
  gigaflopsPerSecond: 900,
  engine: 'plan',
  precision: 'f32',
  halfPrecision: true,
  secondsPerOperation: 1e-6,
  maxTensorBytes: 2 ** 31,
  memoryBudgetBytes: 4e9,
};
const REPORT: EngineReport = {
  problem: null,
  adapter: 'an adapter',
  features: [],
  precision: 'f32',
  dispatches: [],
  stepFlops: 1e9,
  stepMilliseconds: 2,
  encodeMilliseconds: 0.1,
  tokensPerStep: 512,
  gemmGigaflops: 900,
  memory: [],
  plannedBytes: 1,
  uncolouredBytes: 2,
  tuned: [],
};
const FAULT = { code: 'internal', message: 'It cannot be measured.', remedy: 'Try again.' } as const;
const { run } = opened(DEFAULT_CONFIG, 'paused', 40);
const state = useEngineReportStore.getState;
const blank = state();

beforeEach(() => {
  worker.forget();
  useEngineReportStore.setState(blank, true);
  useRunStore.setState({ run, device: DEVICE, deviceStatus: 'ready' });
});

describe('measureStep', () => {
  it('asks nothing before there is a run', async () => {
    useRunStore.setState({ run: undefined });
    await measureStep();
    expect(worker.requests).toEqual([]);
    expect(state()).toEqual(blank);
  });

  it('asks once, however often it is called meanwhile, and keeps what was measured of what', async () => {
    void measureStep();
    void measureStep();
    expect(worker.names()).toEqual(['engineReport']);
    expect(state().measuring).toBe(true);
    await worker.answer(REPORT);
    expect(state()).toEqual({ measured: { report: REPORT, run, device: DEVICE }, measuring: false, fault: undefined });
  });

  it('keeps the former figures when it fails, and forgets the fault when it is tried again', async () => {
    void measureStep();
    await worker.answer(REPORT);
    void measureStep();
    await worker.refuse(FAULT);
    expect(state()).toMatchObject({ measured: { report: REPORT }, measuring: false, fault: FAULT });
    void measureStep();
    expect(state().fault).toBeUndefined();
    await worker.answer(REPORT);
  });

  it('leaves it to the restart to say that the engine stopped', async () => {
    void measureStep();
    useRunStore.setState({ deviceStatus: 'restarting' });
    await worker.crash();
    expect(state()).toMatchObject({ measuring: false, fault: undefined });
  });
});

describe('changeSince', () => {
  const measured = { report: REPORT, run, device: DEVICE };
  it('tells another run and another device from more steps of the same', () => {
    expect(changeSince(measured, { ...run, step: 400, phase: 'running' }, DEVICE)).toBeUndefined();
    expect(changeSince(measured, opened(DEFAULT_CONFIG).run, DEVICE)).toBe('run');
    expect(changeSince(measured, run, { ...DEVICE, precision: 'f16' })).toBe('device');
    expect(changeSince(measured, undefined, DEVICE)).toBe('run');
  });
});
