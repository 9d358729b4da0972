// That nothing is left behind: training, writing and looking at attention, over and over, hold the memory they held.
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { DEFAULT_CONFIG, type ModelConfig } from '../config/runConfig.ts';
import { BatchSampler } from '../data/batches.ts';
import { heldMemory } from '../engine/backends.ts';
import * as tf from '../engine/tf.ts';
import { writeText } from '../generation/generate.ts';
import { layerAttention } from '../inspection/attention.ts';
import { GptModel } from '../model/gptModel.ts';
import { Random } from '../random/random.ts';
import { Trainer } from './trainer.ts';

const MODEL: ModelConfig = { nLayer: 2, nHead: 2, nEmbd: 4, contextLength: 4, dropout: 0.1 };
const VOCAB_SIZE = 5;
const { training } = DEFAULT_CONFIG;

class Playground {
  readonly trainer: Trainer;
  readonly #sampler: BatchSampler;

  constructor(model: ModelConfig) {
    const random = new Random(61);
    const stream = Int32Array.from({ length: 50 }, () => random.integer(VOCAB_SIZE));
    this.trainer = new Trainer(new GptModel(model, VOCAB_SIZE), 1);
    this.#sampler = new BatchSampler(stream, model.contextLength, 1);
  }

  async step(): Promise<void> {
    await this.trainer.advance(this.#sampler.next(2), training);
  }

  /** Two samples of `maxTokens`; six go past the context. @returns how many tokens came */
  async write(seed: number, maxTokens: number): Promise<number> {
    const settings = { temperature: 1, topK: 0, topP: 1, maxTokens, samples: 2, seed };
    let written = 0;
    // No id ends a sample, so that each is as long as asked.
    const noEnd = VOCAB_SIZE;
    for await (const token of writeText(this.trainer.model, Int32Array.of(1, 2), noEnd, settings, (work) => work())) {
      written += token.id < VOCAB_SIZE ? 1 : 0;
    }
    return written;
  }

  /** @returns how many weights there are to see */
  async lookAtAttention(layer: number): Promise<number> {
    return (await layerAttention(this.trainer.model, [1, 2, 3, 0], layer)).weights.length;
  }
}

/** What is held once the device has done all it was asked: buffers are given back only then. */
async function settledMemory(): Promise<ReturnType<typeof heldMemory>> {
  // Too large to be computed beside the device.
  const work = tf.tidy(() => tf.square(tf.range(0, 10_000)));
  await work.data();
  work.dispose();
  return heldMemory();
}

/** Ends writing after its first token, as Stop does. */
async function writeAndStop(playground: Playground): Promise<void> {
  const settings = { temperature: 1, topK: 0, topP: 1, maxTokens: 4, samples: 1, seed: 1 };
  for await (const _ of writeText(playground.trainer.model, Int32Array.of(1), 4, settings, (work) => work())) break;
}

describe('memory', () => {
  it('is the same after 500 steps, 50 generations and 50 looks at attention on wasm, and all given back', async () => {
    await useBackend('wasm');
    const empty = await settledMemory();
    const playground = new Playground(MODEL);
    for (let i = 0; i < 2; i++) await playground.step();
    const held = await settledMemory();
    expect(held.tensors).toBeGreaterThan(empty.tensors);
    for (let i = 0; i < 500; i++) await playground.step();
    expect(await settledMemory()).toEqual(held);
    for (let i = 0; i < 50; i++) expect(await playground.write(i, 6)).toBe(12);
    await writeAndStop(playground);
    expect(await settledMemory()).toEqual(held);
    for (let i = 0; i < 50; i++) expect(await playground.lookAtAttention(i % 2)).toBe(32);
    expect(await settledMemory()).toEqual(held);
    await playground.trainer.snapshot();
    playground.trainer.dispose();
    expect(await settledMemory()).toEqual(empty);
  });

  it('is the same after 20 steps, 5 generations and 5 looks at attention on webgpu, GPU buffers too', async () => {
    await useBackend('webgpu');
    const empty = await settledMemory();
    const playground = new Playground({ ...MODEL, nLayer: 1 });
    for (let i = 0; i < 2; i++) await playground.step();
    const held = await settledMemory();
    expect(held.gpuBuffers).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) await playground.step();
    expect(await settledMemory()).toEqual(held);
    for (let i = 0; i < 5; i++) expect(await playground.write(i, 4)).toBe(8);
    await writeAndStop(playground);
    expect(await settledMemory()).toEqual(held);
    for (let i = 0; i < 5; i++) expect(await playground.lookAtAttention(0)).toBe(32);
    expect(await settledMemory()).toEqual(held);
    playground.trainer.dispose();
    expect(await settledMemory()).toEqual(empty);
  }, 180_000);
});
