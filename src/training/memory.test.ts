// That nothing is left behind: training, writing and looking at attention, over and over, hold the memory they held.
import { describe, expect, it } from 'vitest';
import { newTestTrainer, testPlans, type TestEngine } from '../../scripts/testEngine.ts';
import { DEFAULT_CONFIG, type ModelConfig, GPT3_SWITCHES } from '../config/runConfig.ts';
import { BatchSampler } from '../data/batches.ts';
import { heldMemory } from '../engine/backends.ts';
import { trackMemory } from '../engine/gpuMemory.ts';
import { writeText } from '../generation/generate.ts';
import { layerAttention } from '../inspection/attention.ts';
import { Random } from '../random/random.ts';
import type { Trainer } from './trainer.ts';

const MODEL: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 4, contextLength: 4, dropout: 0.1 };
const VOCAB_SIZE = 5;
const { training } = DEFAULT_CONFIG;

const newPlayground = async (engine: TestEngine, model = MODEL): Promise<Playground> =>
  new Playground(await newTestTrainer(engine, model, VOCAB_SIZE, { batchSize: 2, accumulation: 1 }, 1));

class Playground {
  readonly trainer: Trainer;
  readonly #sampler: BatchSampler;

  constructor(trainer: Trainer) {
    const random = new Random(61);
    const stream = Int32Array.from({ length: 50 }, () => random.integer(VOCAB_SIZE));
    this.trainer = trainer;
    this.#sampler = new BatchSampler(stream, trainer.model.config.contextLength, 1);
  }

  /** Asks for one step more than can be taken at once, as long as there are so many. */
  async steps(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const asked = Array.from({ length: Math.min(left, this.trainer.stepsAtOnce + 1) }, () => [this.#sampler.next(2)]);
      left -= (await this.trainer.advance(asked, training)).length;
    }
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

/** Ends writing after its first token, as Stop does. */
async function writeAndStop(playground: Playground): Promise<void> {
  const settings = { temperature: 1, topK: 0, topP: 1, maxTokens: 4, samples: 1, seed: 1 };
  for await (const _ of writeText(playground.trainer.model, Int32Array.of(1), 4, settings, (work) => work())) break;
}

describe('memory', () => {
  it('is the same after 500 steps, 50 generations and 50 looks at attention on wasm, and all given back', async () => {
    const before = await newPlayground('wasm');
    before.trainer.dispose();
    const empty = heldMemory();
    const playground = await newPlayground('wasm');
    await playground.steps(2);
    const held = heldMemory();
    expect(held.tensors).toBeGreaterThan(empty.tensors);
    await playground.steps(500);
    expect(playground.trainer.step).toBe(502);
    expect(heldMemory()).toEqual(held);
    for (let i = 0; i < 50; i++) expect(await playground.write(i, 6)).toBe(12);
    await writeAndStop(playground);
    expect(heldMemory()).toEqual(held);
    for (let i = 0; i < 50; i++) expect(await playground.lookAtAttention(i % 2)).toBe(32);
    expect(heldMemory()).toEqual(held);
    await playground.trainer.snapshot();
    playground.trainer.dispose();
    expect(heldMemory()).toEqual(empty);
  });

  it('is the same after 1,000 steps, generations and looks at attention as plans, and all given back', async () => {
    const { device } = await testPlans();
    trackMemory(device);
    const empty = heldMemory(device);
    const playground = await newPlayground('plan', { ...MODEL, nLayer: 1 });
    const everything = async (steps: number, rounds: number): Promise<void> => {
      await playground.steps(steps);
      for (let i = 0; i < rounds; i++) {
        expect(await playground.write(i, 6)).toBe(12);
        await writeAndStop(playground);
        expect(await playground.lookAtAttention(0)).toBe(32);
      }
      await playground.trainer.snapshot();
    };
    // Plans for what is asked are made once, and kept.
    await everything(256, 2);
    const held = heldMemory(device);
    expect(held.gpuBuffers).toBeGreaterThan(empty.gpuBuffers);
    await everything(1000, 10);
    expect(playground.trainer.step).toBe(1256);
    expect(heldMemory(device)).toEqual(held);
    playground.trainer.dispose();
    // What a model holds is given back once its plans, made in promises, are there to be given back.
    await device.queue.onSubmittedWorkDone();
    expect(heldMemory(device)).toEqual(empty);
  }, 60_000);
});
