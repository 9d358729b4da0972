// One of several models that are trained side by side on the same text: its trainer, its place in the text, and its
// losses since it was last asked. Whose turn it is, and when to measure, is the worker's part.
import type { RunConfig } from '../config/runConfig.ts';
import { BatchSampler } from '../data/batches.ts';
import type { TokenStream } from '../data/dataset.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import { finalQuestion, type Batch, type LanguageModel } from '../model/languageModel.ts';
import type { Trainer } from './trainer.ts';

/** Others wait no longer than steps that were begun together take. */
const BURST_MS = 80;

export class Lane {
  readonly config: RunConfig;
  readonly #trainer: Trainer;
  readonly #sampler: BatchSampler;
  #lossSum = 0;
  #lossCount = 0;
  /** Steps begun without waiting in between. */
  #burst = 1;
  #diverged = false;

  /** Lanes of the same stream, context and seed read the same batches. @param trainer at step 0; becomes the lane's own */
  constructor(config: RunConfig, trainer: Trainer, train: TokenStream) {
    this.config = config;
    this.#trainer = trainer;
    this.#sampler = new BatchSampler(train, config.model.contextLength, config.seed);
  }

  get model(): LanguageModel {
    return this.#trainer.model;
  }
  get step(): number {
    return this.#trainer.step;
  }
  /** Whether a loss or gradient was not finite: the model stays as it was before. */
  get diverged(): boolean {
    return this.#diverged;
  }

  /** Takes a few steps, not beyond `stop`; none once diverged. */
  async advance(stop: number): Promise<void> {
    const { training } = this.config;
    const count = this.#diverged ? 0 : Math.min(this.#burst, this.#trainer.stepsAtOnce, stop - this.step);
    if (count <= 0) return;
    const batches = Array.from({ length: count }, () => [this.#sampler.next(training.batchSize)]);
    const startMs = performance.now();
    const metrics = await this.#trainer.advance(batches, training);
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs < BURST_MS / 2) this.#burst = 2 * count;
    else if (elapsedMs > BURST_MS) this.#burst = Math.max(1, Math.floor(count / 2));
    for (const { loss, gradientNorm } of metrics) {
      this.#diverged ||= !Number.isFinite(loss) || !Number.isFinite(gradientNorm);
      if (this.#diverged) return;
      this.#lossSum += loss;
      this.#lossCount++;
    }
  }

  /** Mean training loss of the steps since this was last called, in nats; null without one. */
  takeTrainingLoss(): number | null {
    const mean = this.#lossCount === 0 ? null : this.#lossSum / this.#lossCount;
    this.#lossSum = 0;
    this.#lossCount = 0;
    return mean;
  }

  dispose(): void {
    this.#trainer.dispose();
  }
}

/**
 * Mean loss in nats of the token after each window, nothing dropped: one question for each, whatever the model was
 * trained to answer, so that models of every kind are asked for the same tokens.
 */
export async function comparableLoss(
  model: LanguageModel,
  windows: readonly Batch[],
  exclusive: Exclusive,
): Promise<number> {
  const question = finalQuestion(model.config);
  let sum = 0;
  let count = 0;
  for (const batch of windows) {
    const [loss = Number.NaN] = await exclusive(() => model.losses([batch], question));
    const asked = batch.targets.length / batch.contextLength;
    sum += loss * asked;
    count += asked;
  }
  return sum / count;
}
