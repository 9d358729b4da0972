// A run measured while or after it trains: what is in the report, how it is cancelled, and requests that cannot be met.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { prepareData, SMALL_CONFIG, smallConfig } from '../../scripts/smallRun.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { validationBatches } from '../data/batches.ts';
import * as tf from '../engine/tf.ts';
import type { EvaluationReport, EvaluationSettings } from '../protocol/messages.ts';
import { createTrainer } from '../training/createTrainer.ts';
import { validationLoss } from '../training/evaluation.ts';
import { ActiveRun } from './activeRun.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { evaluateRun } from './evaluateRun.ts';
import { FaultError, toFault } from './fault.ts';
import type { PreparedData } from './preparedData.ts';
import { DeviceTurns } from './turns.ts';

const SETTINGS: EvaluationSettings = { heldOut: true, tasks: true, tokens: 500, items: 3, mostShots: 2, seed: 1 };
const SUMS = smallConfig(
  { steps: 100_000 },
  {
    text: { kind: 'arithmetic', seed: 1, kilobytes: 8 },
    model: { ...SMALL_CONFIG.model, contextLength: 64 },
  },
);

const turns = new DeviceTurns();
const made: ActiveRun[] = [];
async function make(config: RunConfig, changes: Partial<PreparedData> = {}): Promise<ActiveRun> {
  const data = { ...(await prepareData(config)), ...changes };
  const trainer = await createTrainer(undefined, { config, vocabSize: data.dataset.vocabSize });
  const run = new ActiveRun({ runId: 'r', name: 'n', config }, data, trainer, {
    turns,
    emit: () => {},
    autosave: async () => {},
    onRest: async () => {},
    onFailure: async () => {},
  });
  made.push(run);
  return run;
}
interface Watched {
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number, message: string) => void;
}
function evaluate(run: ActiveRun, changes: Partial<EvaluationSettings> = {}, watched: Watched = {}) {
  const settings = { ...SETTINGS, ...changes };
  const around = { turns, signal: new AbortController().signal, onProgress: () => {}, maxTensorBytes: 2 ** 30 };
  return evaluateRun(run, settings, { ...around, ...watched });
}
const faultOf = async (request: Promise<EvaluationReport>) =>
  toFault(await request.then(() => undefined).catch((error: unknown) => error));

beforeAll(() => useBackend('wasm'));
afterEach(async () => {
  for (const run of made.splice(0)) await run.dispose();
});

describe('evaluateRun', () => {
  it('measures the held-out part and every task of the arithmetic text, with progress that never goes back', async () => {
    const run = await make(SUMS);
    await run.stepOnce();
    const told: [number, string][] = [];
    const tensors = tf.memory().numTensors;
    const report = await evaluate(run, {}, { onProgress: (...progress) => void told.push(progress) });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(report).toMatchObject({ step: 1, lastStep: 1, settings: SETTINGS });
    expect(report).not.toHaveProperty('noTasks');
    expect(report).not.toHaveProperty('judged');
    // 7 windows of 64 are the whole ones in 500.
    expect(report.heldOut).toMatchObject({ predictions: 448, windowLength: 64 });
    expect(report.heldOut?.loss).toBeLessThan(run.data.report.uniformLoss + 0.5);
    expect(report.tasks.map(({ name }) => name)).toEqual([
      'plus-1',
      'plus-2',
      'minus-1',
      'minus-2',
      'times-1',
      'times-2',
    ]);
    const held = run.data.dataset.heldOut;
    const training = run.data.documents.documents.filter((_, index) => !held.has(index)).join('\n');
    for (const { byShots } of report.tasks) {
      expect(byShots.map(({ shots, asked }) => ({ shots, asked }))).toContainEqual({ shots: 1, asked: 3 });
      for (const { shown } of byShots) {
        for (const { prompt } of shown) expect(training).not.toContain(prompt.split('\n').at(-1));
      }
    }
    const fractions = told.map(([fraction]) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
    expect(await evaluate(run)).toEqual(report);
  });

  it('asks all tasks equally many questions side by side, though they have unequally many', async () => {
    const { documents } = await prepareData(SUMS);
    const digits = Array.from({ length: 10 }, (_, digit) => digit);
    const sums = digits.flatMap((a) => digits.map((b) => `Q: What is ${a} plus ${b}? A: ${a + b}`));
    // Most sums of single digits stand in the training text.
    const known = { ...documents, documents: [...documents.documents, sums.slice(0, 90).join('\n')] };
    const run = await make(SUMS, { documents: known });
    const made = vi.spyOn(run.trainer.model, 'newDecoder');
    const { tasks } = await evaluate(run, { heldOut: false, items: 30, mostShots: 0 });
    const asked = tasks.flatMap(({ byShots }) => byShots.map((shots) => shots.asked));
    expect(new Set(asked).size).toBeGreaterThan(1);
    expect(made.mock.calls).toEqual(asked.map(() => [Math.max(...asked)]));
  });

  it('agrees with the validation loss of the run where both read the same', async () => {
    const run = await make(smallConfig({}, { text: { kind: 'tales', seed: 3, kilobytes: 24 } }));
    const report = await evaluate(run, { tokens: 1_000_000, tasks: false });
    const batches = validationBatches(run.data.dataset, 16, 32, 1_000_000);
    const loss = await validationLoss(run.trainer.model, batches, yieldToEvents);
    expect(report.heldOut?.predictions).toBe(batches.reduce((sum, { targets }) => sum + targets.length, 0));
    expect(report.heldOut?.loss).toBeCloseTo(loss, 5);
    expect(report.tasks).toEqual([]);
  });

  it('has the judge read what is written about tales, and says why they have no tasks', async () => {
    const run = await make(SMALL_CONFIG);
    const report = await evaluate(run);
    expect(report.tasks).toEqual([]);
    expect(report.noTasks).toMatch(/tales/i);
    expect(Object.keys(report.judged ?? {})).toEqual(['sentences', 'accepted', 'coherent', 'new']);
  });

  it('measures only what is asked for', async () => {
    const run = await make(SUMS);
    expect(await evaluate(run, { tasks: false })).toMatchObject({ tasks: [], heldOut: { windowLength: 64 } });
    const tasks = await evaluate(run, { heldOut: false, items: 1, mostShots: 0 });
    expect(tasks.heldOut).toBeNull();
    expect(tasks.tasks).toHaveLength(6);
  });

  it('goes on while the run trains, and tells both steps', async () => {
    const run = await make(SUMS);
    run.start();
    while (run.step < 2) await yieldToEvents();
    const report = await evaluate(run);
    expect(report.lastStep).toBeGreaterThan(report.step);
    const after = run.step;
    while (run.step < after + 2) await yieldToEvents();
  });

  it('ends when cancelled, before the next piece of device work', async () => {
    const run = await make(SUMS);
    for (const part of ['Predicting', 'Addition', 'Multiplication']) {
      const controller = new AbortController();
      const onProgress = (_: number, message: string) => {
        if (message.startsWith(part)) controller.abort();
      };
      const fault = await faultOf(evaluate(run, { items: 40 }, { signal: controller.signal, onProgress }));
      expect(fault.code, part).toBe('cancelled');
    }
  });

  it('refuses settings out of range with the nearest that can be', async () => {
    const run = await make(SUMS);
    const refusals = [
      [{ tokens: 0 }, 'Held-out tokens', 'The nearest is 1.'],
      [{ tokens: 5_000_000 }, 'Held-out tokens', 'The nearest is 1,000,000.'],
      [{ items: 2.4 }, 'Questions of each task', 'The nearest is 2.'],
      [{ mostShots: Number.NaN }, 'Examples in a prompt', 'The nearest is 0.'],
    ] as const;
    for (const [changes, label, remedy] of refusals) {
      const fault = await faultOf(evaluate(run, changes));
      expect(fault).toMatchObject({ code: 'config', remedy });
      expect(fault.message).toContain(label);
    }
  });

  it('says so where predictions are not numbers', async () => {
    const run = await make(SUMS);
    const { model } = run.trainer;
    const logits = model.logits.bind(model);
    model.logits = async (ids, length) => (await logits(ids, length)).fill(Number.NaN);
    await expect(evaluate(run)).rejects.toThrow(FaultError);
    expect(await faultOf(evaluate(run))).toMatchObject({ code: 'diverged' });
  });
});
