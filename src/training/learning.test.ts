// That training learns: a short text by heart, and tales better than their token frequencies.
import { describe, expect, it } from 'vitest';
import { newTestTrainer } from '../../scripts/testEngine.ts';
import { DEFAULT_CONFIG, type ModelConfig, type TrainingConfig, GPT3_SWITCHES } from '../config/runConfig.ts';
import { BatchSampler, validationBatches } from '../data/batches.ts';
import { loadBuiltIn } from '../data/builtInTexts.ts';
import { buildDataset } from '../data/dataset.ts';
import type { Batch } from '../model/languageModel.ts';
import { Random } from '../random/random.ts';
import { createTokenizer } from '../tokenizers/createTokenizer.ts';
import { validationLoss } from './evaluation.ts';
import type { Trainer } from './trainer.ts';

const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents: async () => {} };

/** Wherever it runs, a step is the same (see `plannedTrainer.test.ts`); here is where a step takes the least time. */
const newTrainer = (
  model: ModelConfig,
  vocabSize: number,
  batchSize: number,
  settings: Partial<TrainingConfig> = {},
): Promise<Trainer> => newTestTrainer('wasm', model, vocabSize, { ...settings, batchSize, accumulation: 1 }, 1);

/** @returns the loss of the step */
async function advance(trainer: Trainer, batch: Batch, training: TrainingConfig): Promise<number> {
  const [metrics] = await trainer.advance([[batch]], training);
  return metrics?.loss ?? Number.NaN;
}

describe('learning', () => {
  const TINY: ModelConfig = { ...GPT3_SWITCHES, nLayer: 1, nHead: 2, nEmbd: 16, contextLength: 12, dropout: 0 };
  const quick: TrainingConfig = { ...DEFAULT_CONFIG.training, learningRate: 0.02, warmupTokens: 480, steps: 80 };

  it.each([
    { optimizer: 'adamw' as const },
    { optimizer: 'adam' as const, weightDecay: 0 },
    { optimizer: 'sgd' as const, learningRate: 0.3, weightDecay: 0 },
    { optimizer: 'muon' as const },
  ])('learns a short repeating text by heart with $optimizer', async (settings) => {
    const training: TrainingConfig = { ...quick, ...settings };
    const text = [...'lucky mop'].map((character) => character.charCodeAt(0) - 32);
    const vocabSize = Math.max(...text) + 1;
    const stream = Int32Array.from({ length: 200 }, (_, i) => text[i % text.length] ?? 0);
    const trainer = await newTrainer(TINY, vocabSize, 4, settings);
    const sampler = new BatchSampler(stream, TINY.contextLength, 1);
    const losses: number[] = [];
    for (let step = 0; step < quick.steps; step++) {
      losses.push(await advance(trainer, sampler.next(4), training));
    }
    expect(losses[0]).toBeGreaterThan(Math.log(vocabSize) - 0.1);
    expect(Math.max(...losses.slice(-5))).toBeLessThan(0.1);
    trainer.dispose();
  });

  it('learns to recall the first token of a sequence, which only attention can', async () => {
    const blank = 7;
    const length = TINY.contextLength;
    const trainer = await newTrainer(TINY, blank + 1, 8);
    const random = new Random(71);
    const losses: number[] = [];
    for (let step = 0; step < quick.steps; step++) {
      const firsts = Array.from({ length: 8 }, () => random.integer(blank));
      const inputs = Int32Array.from(firsts.flatMap((id) => [id, ...new Array<number>(length - 1).fill(blank)]));
      const targets = Int32Array.from(firsts.flatMap((id) => new Array<number>(length).fill(id)));
      losses.push(await advance(trainer, { inputs, targets, contextLength: length }, quick));
    }
    expect(losses[0]).toBeGreaterThan(Math.log(blank + 1) - 0.1);
    expect(Math.max(...losses.slice(-5))).toBeLessThan(0.1);
    trainer.dispose();
  });

  it('predicts tales better than their token frequencies after 60 steps of a small default', async () => {
    const tales = await loadBuiltIn({ kind: 'tales', seed: 1, kilobytes: 256 }, context);
    const tokenizer = await createTokenizer({ kind: 'trained', vocabSize: 512 }, tales.documents, context);
    const dataset = await buildDataset(tales, tokenizer, { validationFraction: 0.1, seed: 1 }, context);
    const model: ModelConfig = { ...DEFAULT_CONFIG.model, nEmbd: 32, contextLength: 32 };
    const training: TrainingConfig = { ...DEFAULT_CONFIG.training, learningRate: 0.01, steps: 60, warmupTokens: 2560 };
    const trainer = await newTrainer(model, dataset.vocabSize, training.batchSize);
    const sampler = new BatchSampler(dataset.train, model.contextLength, 1);
    const held = validationBatches(dataset, model.contextLength, 8, 32);
    const before = await validationLoss(trainer.model, held, async () => {});
    for (let step = 0; step < training.steps; step++) {
      await advance(trainer, sampler.next(training.batchSize), training);
    }
    const after = await validationLoss(trainer.model, held, async () => {});
    expect(Math.abs(before - dataset.uniformLoss)).toBeLessThan(0.1);
    expect(dataset.unigramLoss).toBeLessThan(dataset.uniformLoss);
    expect(after).toBeLessThan(dataset.unigramLoss);
    trainer.dispose();
  });
});
