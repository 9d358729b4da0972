// Lanes of an experiment: the same batches for all, the loss since it was last asked, an end at a loss that is no number;
// and the comparable loss, which asks every kind of model for the same tokens.
import { describe, expect, it } from 'vitest';
import { prepareData, SMALL_CONFIG, smallConfig } from '../../scripts/smallRun.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import { validationBatches } from '../data/batches.ts';
import { askedTargets, finalQuestion, type Batch } from '../model/languageModel.ts';
import { createTrainer } from './createTrainer.ts';
import { comparableLoss, Lane } from './sideBySide.ts';
import type { Trainer } from './trainer.ts';

const alone = <T>(work: () => Promise<T>): Promise<T> => work();

/** A trainer that computes nothing: its losses count up from 1, and its batches are kept. */
class RecordingTrainer implements Trainer {
  readonly batches: Batch[] = [];
  readonly stepsAtOnce: number;
  readonly #brokenAt: number;
  step = 0;
  disposed = false;
  constructor(stepsAtOnce: number, brokenAt = Number.POSITIVE_INFINITY) {
    this.stepsAtOnce = stepsAtOnce;
    this.#brokenAt = brokenAt;
  }
  get model(): never {
    throw new Error('It has none.');
  }
  async advance(steps: readonly (readonly Batch[])[]) {
    const metrics = [];
    for (const batches of steps) {
      this.batches.push(...batches);
      const step = this.step + 1;
      const loss = step === this.#brokenAt ? Number.NaN : step;
      metrics.push({ step, loss, learningRate: 0, gradientNorm: 1 });
      if (Number.isNaN(loss)) break;
      this.step = step;
    }
    return metrics;
  }
  snapshot(): Promise<never> {
    throw new Error('Nobody asks for it.');
  }
  dispose(): void {
    this.disposed = true;
  }
}

describe('Lane', () => {
  it('reads the same batches as any other, whatever the model and however many steps are begun at once', async () => {
    const { dataset } = await prepareData(SMALL_CONFIG);
    const trainers = [new RecordingTrainer(1), new RecordingTrainer(32)];
    const configs = [
      SMALL_CONFIG,
      { ...SMALL_CONFIG, model: { ...SMALL_CONFIG.model, causal: false, prediction: 'mean' as const } },
    ];
    const lanes = trainers.map((trainer, i) => new Lane(configs[i]!, trainer, dataset.train));
    for (const stop of [5, 23]) {
      for (const lane of lanes) {
        while (lane.step < stop) await lane.advance(stop);
        expect(lane.step).toBe(stop);
      }
    }
    expect(trainers[0]!.batches).toHaveLength(23);
    expect(trainers[1]!.batches).toEqual(trainers[0]!.batches);
  });

  it('gives the mean loss since it was last asked', async () => {
    const { dataset } = await prepareData(SMALL_CONFIG);
    const lane = new Lane(SMALL_CONFIG, new RecordingTrainer(4), dataset.train);
    expect(lane.takeTrainingLoss()).toBeNull();
    while (lane.step < 3) await lane.advance(3);
    expect(lane.takeTrainingLoss()).toBe(2);
    while (lane.step < 5) await lane.advance(5);
    expect(lane.takeTrainingLoss()).toBe(4.5);
  });

  it('ends at a loss that is no number, with the losses before it', async () => {
    const { dataset } = await prepareData(SMALL_CONFIG);
    const trainer = new RecordingTrainer(8, 3);
    const lane = new Lane(SMALL_CONFIG, trainer, dataset.train);
    while (!lane.diverged) await lane.advance(10);
    expect(lane.step).toBe(2);
    const { length } = trainer.batches;
    await lane.advance(10);
    expect(trainer.batches).toHaveLength(length);
    expect(lane.takeTrainingLoss()).toBe(1.5);
    lane.dispose();
    expect(trainer.disposed).toBe(true);
  });
});

describe('comparableLoss', () => {
  it('asks every kind of model for the token after each window, and weighs batches by their windows', async () => {
    await useBackend('cpu');
    const data = await prepareData(SMALL_CONFIG);
    const windows = [...validationBatches(data.dataset, 16, 4, 8), ...validationBatches(data.dataset, 16, 1, 1)];
    const wanted = windows.map((batch) => [...askedTargets(batch, 'last')]);
    expect(wanted.map(({ length }) => length)).toEqual([4, 4, 1]);
    for (const prediction of ['every', 'last', 'mean'] as const) {
      const config = smallConfig({}, { model: { ...SMALL_CONFIG.model, prediction } });
      const trainer = await createTrainer(undefined, { config, vocabSize: data.dataset.vocabSize });
      const { model } = trainer;
      const asked: number[][] = [];
      const losses: number[] = [];
      const inner = model.losses.bind(model);
      model.losses = async (batches, question) => {
        expect(question).toBe(finalQuestion(config.model));
        asked.push(...batches.map((batch) => [...askedTargets(batch, question ?? 'every')]));
        const found = await inner(batches, question);
        losses.push(...found);
        return found;
      };
      const loss = await comparableLoss(model, windows, alone);
      expect(asked).toEqual(wanted);
      expect(loss).toBeCloseTo((4 * losses[0]! + 4 * losses[1]! + losses[2]!) / 9, 12);
      trainer.dispose();
    }
  });
});
