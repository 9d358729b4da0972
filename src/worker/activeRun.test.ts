// A run's life on a small model: what it tells while it trains, how it pauses, stops and goes on exactly.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { metricRows, ofType, prepareData, SMALL_CONFIG, smallConfig } from '../../scripts/smallRun.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import { decodeRun, encodeRun, type SavedRun } from '../checkpoint/runFile.ts';
import type { RunConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { WorkerEvent } from '../protocol/messages.ts';
import { createTrainer } from '../training/createTrainer.ts';
import { learningRateAt } from '../config/schedule.ts';
import { ActiveRun } from './activeRun.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { FaultError } from './fault.ts';
import { DeviceTurns } from './turns.ts';

interface Running {
  readonly run: ActiveRun;
  readonly events: WorkerEvent[];
  readonly failures: unknown[];
  readonly turns: DeviceTurns;
  /** Phase and step whenever the run was to be saved because work had ended. */
  readonly rests: string[];
}

const made: ActiveRun[] = [];
async function make(config: RunConfig = SMALL_CONFIG, saved?: SavedRun, turns = new DeviceTurns()): Promise<Running> {
  const events: WorkerEvent[] = [];
  const failures: unknown[] = [];
  const rests: string[] = [];
  const data = await prepareData(config);
  const { vocabSize } = data.dataset;
  const run = new ActiveRun(
    saved ?? { runId: 'run-1', name: 'A run', config },
    data,
    await createTrainer(undefined, { config, vocabSize, ...(saved && { snapshot: saved }) }),
    {
      turns,
      emit: (event) => void events.push(event),
      autosave: async () => {},
      onRest: async ({ phase, step }) => void rests.push(`${phase} ${step}`),
      onFailure: async (error) => void failures.push(error),
    },
    saved,
  );
  made.push(run);
  return { run, events, failures, turns, rests };
}
/** Waits until the run no longer trains. */
async function rest({ run }: Running): Promise<void> {
  while (run.phase === 'running') await yieldToEvents();
}
async function trainToEnd(running: Running): Promise<void> {
  running.run.start();
  await rest(running);
}
const phasesOf = (events: readonly WorkerEvent[]): string[] =>
  ofType(events, 'run')
    .map(({ run }) => run.phase)
    .filter((phase, i, all) => phase !== all[i - 1]);
/** Rows without the speed, which no two runs share. */
const withoutSpeed = (rows: readonly number[][]): number[][] => rows.map((row) => row.slice(0, 4));

/** One validation point and one page of the diary at the last step. */
function expectMeasuredAtTheEnd({ run, events }: Running, step: number): void {
  const { evaluations, diary } = run.opened().history;
  for (const measured of [evaluations, diary]) {
    expect(measured.filter((entry) => entry.step === step)).toHaveLength(1);
    expect(measured.at(-1)?.step).toBe(step);
  }
  expect(ofType(events, 'evaluation').at(-1)?.point.step).toBe(step);
}

beforeAll(() => useBackend('wasm'));
afterEach(async () => {
  for (const run of made.splice(0)) await run.dispose();
});

describe('a new run', () => {
  it('is ready at step 0, and has observed nothing yet', async () => {
    const { run, events } = await make();
    const { model } = run.trainer;
    expect(run.report()).toEqual({
      runId: 'run-1',
      name: 'A run',
      phase: 'ready',
      step: 0,
      config: SMALL_CONFIG,
      parameterCount: model.parameterCount,
    });
    expect(run.opened().history).toEqual({ metrics: new Float32Array(), evaluations: [], diary: [] });
    expect(run.summary(5, 6)).toMatchObject({ step: 0, steps: 6, loss: Number.NaN, savedAtMs: 5, bytes: 6 });
    expect(events).toEqual([]);
  });

  it('trains to its last step, telling each step, evaluations and diary when they are due', async () => {
    const running = await make();
    const { run, events, failures } = running;
    await trainToEnd(running);
    expect(failures).toEqual([]);
    expect(phasesOf(events)).toEqual(['running', 'finished']);
    expect(ofType(events, 'run').at(-1)?.run).toMatchObject({ phase: 'finished', step: 6 });

    const rows = metricRows(events);
    expect(rows.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const [step = 0, loss = 0, learningRate = 0, gradientNorm = 0, tokensPerSecond = 0] of rows) {
      expect(Math.abs(loss - run.data.report.uniformLoss)).toBeLessThan(0.5);
      expect(learningRate).toBeCloseTo(
        learningRateAt(step, SMALL_CONFIG.training, SMALL_CONFIG.model.contextLength),
        8,
      );
      expect(gradientNorm).toBeGreaterThan(0);
      // So short a training may tell nothing of its speed.
      expect(tokensPerSecond > 0 || Number.isNaN(tokensPerSecond)).toBe(true);
      expect(tokensPerSecond).not.toBe(Number.POSITIVE_INFINITY);
    }
    const points = ofType(events, 'evaluation').map(({ point }) => point);
    expect(points.map(({ step }) => step)).toEqual([0, 3, 6]);
    expect(points[2]!.validationLoss).toBeLessThan(points[0]!.validationLoss);
    const { dataset } = run.data;
    const tokensPerByte = dataset.validation.length / dataset.validationBytes;
    for (const { validationLoss, bitsPerByte } of points) {
      expect(bitsPerByte).toBeCloseTo((validationLoss / Math.LN2) * tokensPerByte, 9);
    }
    const entries = ofType(events, 'diary').map(({ entry }) => entry);
    expect(entries.map(({ step }) => step)).toEqual([0, 4, 6]);
    for (const { prompt, samples } of entries) {
      expect(prompt).toBe('Once');
      expect(samples).toHaveLength(4);
      for (const sample of samples) expect([...sample].length).toBeLessThanOrEqual(12);
    }
    expect(new Set(entries.map(({ samples }) => samples.join('|'))).size).toBe(3);

    const { history, run: report } = run.opened();
    expect(report.phase).toBe('finished');
    expect([...history.metrics]).toEqual(rows.flat());
    expect(history.evaluations).toEqual(points);
    expect(history.diary).toEqual(entries);
    expect(run.summary(1, 1).loss).toBe(rows[5]![1]);
  });

  it.each([
    [{}, 8],
    // One answer a window, by kind or because the others would be in view.
    [{ prediction: 'last' }, 128],
    [{ causal: false }, 128],
  ] as const)('measures a model with %j on %i batches of two windows', async (switches, count) => {
    const text = { kind: 'tales', seed: 3, kilobytes: 100 } as const;
    const { run } = await make(smallConfig({ steps: 2 }, { text, model: { ...SMALL_CONFIG.model, ...switches } }));
    const measured = vi.spyOn(run.trainer.model, 'losses');
    await run.stepOnce();
    expect(measured).toHaveBeenCalledTimes(count);
  });

  it('measures its speed over a second or more, on a clock that stands still for a tenth of one', async () => {
    let nowMs = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => Math.floor(nowMs / 100) * 100);
    const { run, events } = await make(
      smallConfig({ steps: 400, sampleEvery: 1000, evalEvery: 1000, sampleLength: 1 }),
    );
    const advance = run.trainer.advance.bind(run.trainer);
    // Every step takes 7 ms and reads 32 tokens.
    vi.spyOn(run.trainer, 'advance').mockImplementation(async (steps, training) => {
      nowMs += 7 * steps.length;
      return advance(steps, training);
    });
    for (let step = 0; step < 330; step++) await run.stepOnce();
    const rates = metricRows(events).map((row) => row[4] ?? 0);
    expect(rates.slice(0, 130).every(Number.isNaN)).toBe(true);
    for (const rate of rates.slice(170)) expect(rate).toBeCloseTo(32_000 / 7, -3);
    vi.restoreAllMocks();
  });

  it('lets the tales’ judge read the diary, and no other text', async () => {
    const tales = await make(smallConfig({ samplePrompt: 'Once there was a little fox. The fox was sad.' }));
    await tales.run.stepOnce();
    const [page] = ofType(tales.events, 'diary');
    expect(page?.entry.judged?.sentences).toBeGreaterThanOrEqual(8);
    for (const share of [page?.entry.judged?.accepted, page?.entry.judged?.coherent, page?.entry.judged?.new]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    const sums = await make(smallConfig({}, { text: { kind: 'arithmetic', seed: 1, kilobytes: 8 } }));
    await sums.run.stepOnce();
    expect(ofType(sums.events, 'diary')[0]?.entry).not.toHaveProperty('judged');
  });

  it('notes in the diary why a prompt cannot be continued, and trains on', async () => {
    const running = await make(smallConfig({ samplePrompt: 'Ein Schloß' }));
    await trainToEnd(running);
    const [page] = ofType(running.events, 'diary');
    expect(page?.entry.samples).toEqual([]);
    expect(page?.entry.problem).toContain('“ß”');
    expect(running.run.phase).toBe('finished');
  });
});

describe('starting and pausing', () => {
  it('pauses when the step under way has ended, and goes on from there', async () => {
    const running = await make();
    const { run, events } = running;
    run.start();
    expect(run.phase).toBe('running');
    await run.pause();
    expect(run.report()).toMatchObject({ phase: 'paused', step: 1 });
    expect(metricRows(events).map(([step]) => step)).toEqual([1]);
    const told = events.length;
    for (let i = 0; i < 20; i++) await yieldToEvents();
    expect({ step: run.step, told: events.length }).toEqual({ step: 1, told });
    await trainToEnd(running);
    expect(metricRows(events).map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(phasesOf(events)).toEqual(['running', 'paused', 'running', 'finished']);
  });

  it('takes a second start for nothing, so that no step is taken twice', async () => {
    const running = await make();
    running.run.start();
    running.run.start();
    await rest(running);
    expect(metricRows(running.events).map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    await trainToEnd(running);
    expect(running.run.step).toBe(6);
  });

  it('takes single steps, and none beyond the last', async () => {
    const { run, events } = await make(smallConfig({ steps: 2 }));
    await run.stepOnce();
    expect(run.report()).toMatchObject({ phase: 'paused', step: 1 });
    expect(metricRows(events)).toHaveLength(1);
    await run.stepOnce();
    expect(run.report()).toMatchObject({ phase: 'finished', step: 2 });
    await run.stepOnce();
    run.start();
    expect(run.report()).toMatchObject({ phase: 'finished', step: 2 });
    expect(metricRows(events).map(([step]) => step)).toEqual([1, 2]);
    expect(ofType(events, 'diary').map(({ entry }) => entry.step)).toEqual([0, 2]);
  });

  it('takes the same steps singly, with pauses and in one go', async () => {
    const whole = await make();
    await trainToEnd(whole);
    const single = await make();
    while (single.run.step < 3) await single.run.stepOnce();
    single.run.start();
    await single.run.pause();
    await trainToEnd(single);
    expect(withoutSpeed(metricRows(single.events))).toEqual(withoutSpeed(metricRows(whole.events)));
  });
});

describe('adjusting', () => {
  it('goes on beyond the old end, and ends at a new one below the present step', async () => {
    const running = await make(smallConfig({ steps: 2 }));
    const { run } = running;
    await trainToEnd(running);
    run.adjust({ steps: 4 });
    expect(run.report()).toMatchObject({ phase: 'paused', step: 2 });
    expect(run.config.training.steps).toBe(4);
    await trainToEnd(running);
    expect(run.report()).toMatchObject({ phase: 'finished', step: 4 });
    run.adjust({ steps: 9 });
    await run.stepOnce();
    run.adjust({ steps: 3 });
    await rest(running);
    expect(run.report()).toMatchObject({ phase: 'finished', step: 5, config: { training: { steps: 5 } } });
    expectMeasuredAtTheEnd(running, 5);
  });

  it('ends a training that is under way when the last step is moved below the present one', async () => {
    const running = await make(smallConfig({ steps: 100_000 }));
    const { run } = running;
    run.start();
    while (run.step < 3) await yieldToEvents();
    run.adjust({ steps: 1 });
    await rest(running);
    expect(run.phase).toBe('finished');
    expect(run.step).toBeLessThan(8);
    expect(run.config.training.steps).toBe(run.step);
    expectMeasuredAtTheEnd(running, run.step);
  });

  it.each([
    ['measured there before', 6],
    ['never measured there', 5],
  ])('ends a paused run at its present step, %s', async (_, step) => {
    const running = await make(smallConfig({ steps: 100, evalEvery: 6, sampleEvery: 6 }));
    const { run } = running;
    while (run.step < step) await run.stepOnce();
    run.adjust({ steps: step });
    await rest(running);
    expect(run.report()).toMatchObject({ phase: 'finished', step, config: { training: { steps: step } } });
    expectMeasuredAtTheEnd(running, step);
    // Moved on again, it goes on as ever.
    run.adjust({ steps: step + 1 });
    expect(run.phase).toBe('paused');
    await trainToEnd(running);
    expectMeasuredAtTheEnd(running, step + 1);
  });

  it('is heard by the next step, also while training', async () => {
    const running = await make(smallConfig({ warmupTokens: 0, steps: 50 }));
    const { run, events } = running;
    run.start();
    while (run.step < 2) await yieldToEvents();
    run.adjust({ learningRate: 0 });
    const heardAt = run.step;
    await rest(running);
    const rates = metricRows(events).map(([, , learningRate = 0]) => learningRate);
    expect(Math.min(...rates.slice(0, heardAt))).toBeGreaterThan(0);
    // The step under way may have read its settings before.
    expect(Math.max(...rates.slice(heardAt + 1))).toBe(0);
  });

  it('refuses what is out of range and keeps what is', async () => {
    const { run } = await make();
    for (const settings of [{ learningRate: Number.NaN }, { steps: 0 }, { samplePrompt: 'a'.repeat(3000) }]) {
      expect(() => run.adjust(settings)).toThrow(FaultError);
      expect(run.config).toEqual(SMALL_CONFIG);
    }
  });
});

describe('the end of work', () => {
  it('is told whatever ends it, with the step on screen', async () => {
    const running = await make(smallConfig({ steps: 3 }));
    const { run, rests } = running;
    await run.stepOnce();
    run.start();
    await run.pause();
    await trainToEnd(running);
    await vi.waitFor(() => expect(rests).toEqual(['paused 1', 'paused 2', 'finished 3']));
    const ruined = await make(smallConfig({ learningRate: 1, warmupTokens: 0, steps: 300, sampleEvery: 1000 }));
    await trainToEnd(ruined);
    await vi.waitFor(() => expect(ruined.rests).toEqual([`stopped ${ruined.run.step}`]));
  });

  it('leaves a save between the steps and a long measurement', async () => {
    const running = await make(smallConfig({ steps: 6, evalEvery: 3, sampleEvery: 100 }));
    const owed: boolean[] = [];
    const { run } = running;
    vi.spyOn(running.turns, 'background').mockImplementation(async (work) => {
      const { step } = run;
      const result = await work();
      owed.push(run.step > step && !run.opened().history.evaluations.some((point) => point.step === run.step));
      return result;
    });
    await trainToEnd(running);
    // Both times that steps led to a measurement, they ended a turn of their own.
    expect(owed.filter(Boolean).length).toBeGreaterThanOrEqual(2);
    expect(run.opened().history.evaluations.map(({ step }) => step)).toEqual([0, 3, 6]);
  });

  it('owes a measurement for which there was no time before a crash', async () => {
    const config = smallConfig({ steps: 6, evalEvery: 3, sampleEvery: 3 });
    const whole = await make(config);
    await trainToEnd(whole);
    const saved = decodeRun(encodeRun(await whole.run.capture()));
    const cut = { ...saved, evaluations: saved.evaluations.slice(0, -1), diary: saved.diary.slice(0, -1) };
    const resumed = await make(config, cut);
    expect(resumed.run.phase).toBe('paused');
    await trainToEnd(resumed);
    expect(resumed.run.phase).toBe('finished');
    expect(resumed.run.opened().history.evaluations).toEqual(whole.run.opened().history.evaluations);
    expect(resumed.run.opened().history.diary).toEqual(whole.run.opened().history.diary);
  });
});

describe('trouble', () => {
  it('stops with a sentence when the loss is no number, changes nothing and takes no further step', async () => {
    const healthy = await make();
    await healthy.run.stepOnce();
    const captured = await healthy.run.capture();
    const poisoned = { ...captured, parameters: captured.parameters.map((value, i) => (i === 3 ? Number.NaN : value)) };
    const running = await make(SMALL_CONFIG, poisoned);
    const { run, events } = running;
    run.lastGoodStep = 1;
    await trainToEnd(running);
    const { phase, step, trouble } = run.report();
    expect({ phase, step }).toEqual({ phase: 'stopped', step: 1 });
    expect(trouble?.code).toBe('diverged');
    expect(trouble?.message).toMatch(/step 1\..*NaN/);
    expect(trouble?.remedy).toContain('Go back to step 1');
    expect(ofType(events, 'run').at(-1)?.run).toMatchObject({ phase: 'stopped', trouble, lastGoodStep: 1 });
    const rows = metricRows(events);
    expect(rows).toHaveLength(1);
    expect(rows[0]![1]).toBeNaN();
    run.start();
    await run.stepOnce();
    expect(run.report()).toMatchObject({ phase: 'stopped', step: 1 });
    expect(metricRows(events)).toHaveLength(1);
  });

  it('stops when learning is undone, names the learning rate, and offers a new run where nothing was saved', async () => {
    const running = await make(smallConfig({ learningRate: 1, warmupTokens: 0, steps: 300, sampleEvery: 1000 }));
    await trainToEnd(running);
    const { phase, step, trouble } = running.run.report();
    expect(phase).toBe('stopped');
    expect(step).toBeLessThan(300);
    expect(trouble?.message).toMatch(/\d+\.\d\d to \d+\.\d\d\. .*learning rate of 1\b/);
    expect(trouble?.remedy).toContain('New run');
  });

  it('pauses and passes the error on when a step fails, and can be started again', async () => {
    class FailingTurns extends DeviceTurns {
      failing = false;
      override background<T>(work: () => Promise<T>): Promise<T> {
        return this.failing ? Promise.reject(new Error('Out of memory.')) : super.background(work);
      }
    }
    const turns = new FailingTurns();
    const running = await make(SMALL_CONFIG, undefined, turns);
    const { run, events, failures } = running;
    await run.stepOnce();
    turns.failing = true;
    await trainToEnd(running);
    expect(failures).toEqual([new Error('Out of memory.')]);
    expect(running.rests.at(-1)).toBe('paused 1');
    expect(run.report()).toMatchObject({ phase: 'paused', step: 1 });
    expect(ofType(events, 'run').at(-1)?.run.phase).toBe('paused');
    turns.failing = false;
    await trainToEnd(running);
    expect(run.report()).toMatchObject({ phase: 'finished', step: 6 });
  });

  it('says nothing more once abandoned', async () => {
    const { run, events, turns } = await make(smallConfig({ evalEvery: 1, sampleEvery: 1 }));
    run.start();
    await turns.exclusive(async () => {});
    const told = events.length;
    expect(run.abandon()).toBe(true);
    for (let i = 0; i < 20; i++) await yieldToEvents();
    run.rename('Too late');
    expect(events).toHaveLength(told);
    expect((await make()).run.abandon()).toBe(false);
  });
});

describe('a batch ramp', () => {
  it('takes as many batches as it says, at the rate of the tokens read, and goes on exactly after a file', async () => {
    const { contextLength } = SMALL_CONFIG.model;
    // Steps of 1, 1, 2, and then 3 batches.
    const ramp = { accumulation: 3, rampTokens: 4 * 2 * contextLength, warmupTokens: 9 * 2 * contextLength };
    const config = smallConfig({ ...ramp, steps: 8, schedule: 'linear' });
    const whole = await make(config);
    const taken = vi.spyOn(whole.run.trainer, 'advance');
    for (let i = 0; i < 3; i++) await whole.run.stepOnce();
    const file = encodeRun(await whole.run.capture());
    await trainToEnd(whole);
    const counts = taken.mock.calls.flatMap(([steps]) => steps.map((batches) => batches.length));
    expect(counts).toEqual([1, 1, 2, 3, 3, 3, 3, 3]);
    const rates = metricRows(whole.events).map(([, , rate]) => (rate ?? 0) / config.training.learningRate);
    // 19 batches in all; the floor, a tenth, is reached with the last.
    const share = (batches: number): number => (batches <= 9 ? batches / 9 : 1 - (0.9 * (batches - 9)) / 10);
    [1, 2, 4, 7, 10, 13, 16, 19].forEach((batches, i) => expect(rates[i]).toBeCloseTo(share(batches), 6));
    const resumed = await make(config, decodeRun(file));
    await trainToEnd(resumed);
    expect(withoutSpeed(metricRows(resumed.events))).toEqual(withoutSpeed(metricRows(whole.events).slice(3)));
  });
});

describe('capturing', () => {
  it.each([
    ['between steps', 4],
    ['before the first step', 0],
  ])('goes on exactly after a file taken %s', async (_, at) => {
    const config = smallConfig(
      { steps: 12, evalEvery: 3, sampleEvery: 5 },
      { model: { ...SMALL_CONFIG.model, dropout: 0.2 } },
    );
    const uninterrupted = await make(config);
    for (let i = 0; i < at; i++) await uninterrupted.run.stepOnce();
    const file = encodeRun(await uninterrupted.run.capture());
    await trainToEnd(uninterrupted);

    const resumed = await make(config, decodeRun(file));
    expect(resumed.run.report()).toMatchObject({ runId: 'run-1', name: 'A run', step: at, config });
    expect(resumed.run.phase).toBe(at === 0 ? 'ready' : 'paused');
    await trainToEnd(resumed);

    const rows = metricRows(uninterrupted.events);
    expect(rows).toHaveLength(12);
    expect(withoutSpeed(metricRows(resumed.events))).toEqual(withoutSpeed(rows.slice(at)));
    const [a, b] = [await uninterrupted.run.capture(), await resumed.run.capture()];
    const comparable = ({ savedAtMs: _savedAtMs, metrics: _metrics, ...rest }: SavedRun) => rest;
    expect(comparable(b)).toEqual(comparable(a));
    expect(resumed.run.opened().history.metrics.length).toBe(12 * 5);
  });

  it('takes a state of its own while training goes on', async () => {
    const running = await make(smallConfig({ steps: 20 }));
    const { run, turns } = running;
    run.start();
    while (run.step < 2) await yieldToEvents();
    const captured = await turns.exclusive(() => run.capture());
    const { step } = captured;
    const parameters = captured.parameters.slice();
    await rest(running);
    expect(run.step).toBe(20);
    expect(captured.step).toBe(step);
    expect(captured.parameters).toEqual(parameters);
    expect(captured.metrics).toHaveLength(step * 5);
    expect((await run.capture()).parameters).not.toEqual(parameters);
  });

  it('keeps what divergence is judged by', async () => {
    const running = await make();
    await trainToEnd(running);
    const { divergence } = await running.run.capture();
    expect(divergence.smoothed).toBeGreaterThan(0);
    expect(divergence.best).toBeLessThanOrEqual(divergence.smoothed!);
  });
});

describe('the rest', () => {
  it('tells its new name', async () => {
    const { run, events } = await make();
    run.rename('Foxes');
    expect(ofType(events, 'run').at(-1)?.run.name).toBe('Foxes');
    expect((await run.capture()).name).toBe('Foxes');
    expect(run.summary(0, 0).name).toBe('Foxes');
  });

  it('holds as many tensors after any number of steps, and none once disposed of', async () => {
    const before = tf.memory().numTensors;
    const { run } = await make(smallConfig({ steps: 30, evalEvery: 2, sampleEvery: 2, sampleLength: 4 }));
    await run.stepOnce();
    const held = tf.memory().numTensors;
    while (run.step < 12) await run.stepOnce();
    expect(tf.memory().numTensors).toBe(held);
    run.start();
    await run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('can be paused at rest', async () => {
    const { run } = await make();
    await run.pause();
    expect(run.phase).toBe('ready');
  });
});
