// Tokens that the device draws and reads by itself, against the same tokens drawn on this side one by one; and that
// nobody waits between them.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { countCalls } from '../../scripts/countingDevice.ts';
import { newTestModel, noGpuProblems, openEngine } from '../../scripts/testEngine.ts';
import { newTestPlans } from '../../scripts/testPlans.ts';
import { layerCacheBytes } from '../config/decodingMemory.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import { memoryOf, trackMemory } from '../engine/gpuMemory.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { writeText, type WritingSettings, type WrittenToken } from '../generation/generate.ts';
import { largestDeviation } from '../ops/testing/deviation.ts';
import { drawToken, type Cut } from '../ops/tokenChoice/drawToken.ts';
import { Random } from '../random/random.ts';
import { TooManySequencesError, type Decoder, type LanguageModel } from './languageModel.ts';
import { initialParameters } from './parameters.ts';
import { PlannedModel } from './plannedModel.ts';

const VOCAB_SIZE = 13;
const CONTEXT = 24;
const configOf = (switches: Partial<ModelConfig> = {}): ModelConfig => ({
  ...GPT3_SWITCHES,
  nLayer: 2,
  nHead: 2,
  nEmbd: 16,
  contextLength: CONTEXT,
  dropout: 0,
  ...switches,
});

let plans: PlanContext;
beforeAll(async () => {
  await openEngine('cpu');
  plans = await newTestPlans();
  trackMemory(plans.device);
});
afterEach(noGpuProblems);

/** Far from even, so that choices matter. */
function newModel(switches: Partial<ModelConfig> = {}): PlannedModel {
  const model = new PlannedModel(plans, configOf(switches), VOCAB_SIZE);
  model.setParameters(parametersOf(model));
  return model;
}

const parametersOf = ({ layout }: PlannedModel): Float32Array =>
  initialParameters(layout, 5).map((value) => (Math.abs(value) < 1 ? 12 * value : value));

const drawsOf = (count: number, samples: number, seed: number): number[][] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => Array.from({ length: samples }, () => Math.fround(random.uniform())));
};

describe('a decoder that writes by itself', { timeout: 120_000 }, () => {
  it.each<{ name: string; switches: Partial<ModelConfig>; cut: Cut }>([
    { name: 'learned positions', switches: {}, cut: { temperature: 1, topK: 0, topP: 1, minP: 0 } },
    {
      name: 'rotary positions, cuts',
      switches: { positions: 'rotary' },
      cut: { temperature: 0.8, topK: 6, topP: 0.9, minP: 0.05 },
    },
    { name: 'greedy', switches: { positions: 'none' }, cut: { temperature: 0, topK: 0, topP: 1, minP: 0 } },
  ])('draws what its logits say, and reads what it draws: $name', async ({ switches, cut }) => {
    const model = newModel(switches);
    const [ahead, behind] = [await model.newDecoder(3), await model.newDecoder(3)];
    const start = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ];
    await ahead.read(start);
    let rows = await behind.read(start);
    for (const [seed, count] of [
      [1, 1],
      [2, 7],
      [3, 5],
    ] as const) {
      const draws = drawsOf(count, 3, seed);
      const drawn = (await ahead.writer?.write(draws, cut)) ?? [];
      expect(drawn).toHaveLength(count);
      for (const [i, { ids, logits }] of drawn.entries()) {
        logits.forEach((row, sample) => expect(largestDeviation(row, rows[sample] ?? [])).toBeLessThan(1e-6));
        expect(ids).toEqual(logits.map((row, sample) => drawToken(row, cut, draws[i]?.[sample] ?? 0)));
        rows = await behind.read(ids.map((id) => [id]));
      }
    }
    expect(ahead.length).toBe(behind.length);
    ahead.dispose();
    behind.dispose();
    model.dispose();
  });

  it('waits once for all tokens of a piece, and makes nothing', async () => {
    const model = newModel();
    const decoder = await model.newDecoder(2);
    await decoder.read([[1], [2]]);
    const cut = { temperature: 1, topK: 0, topP: 1, minP: 0 };
    await decoder.writer?.write(drawsOf(8, 2, 1), cut);
    const counted = countCalls(plans.device);
    await decoder.writer?.write(drawsOf(8, 2, 2), cut);
    // One submission per token, and one that fetches them all.
    expect(counted()).toMatchObject({ buffers: 0, bindGroups: 0, pipelines: 0, shaderModules: 0, submits: 9 });
    decoder.dispose();
    model.dispose();
  });

  it('can write again after a failure, of which nothing is kept', async () => {
    const model = newModel();
    const decoder = await model.newDecoder(2);
    await decoder.read([[1], [2]]);
    const { buffers } = memoryOf(plans.device);
    const cut = { temperature: 1, topK: 0, topP: 1, minP: 0 };
    const build = vi.spyOn(plans, 'build').mockRejectedValueOnce(new Error('It does not compile.'));
    await expect(decoder.writer?.write(drawsOf(3, 2, 1), cut)).rejects.toThrow('It does not compile.');
    build.mockRestore();
    expect(memoryOf(plans.device).buffers).toBe(buffers);
    expect(await decoder.writer?.write(drawsOf(3, 2, 1), cut)).toHaveLength(3);
    decoder.dispose();
    model.dispose();
  });

  it('has room up to the end of the context, or without end where it slides', async () => {
    const cut = { temperature: 1, topK: 0, topP: 1, minP: 0 };
    const model = newModel();
    const decoder = await model.newDecoder(1);
    await decoder.read([Array.from({ length: CONTEXT - 3 }, (_, i) => i % VOCAB_SIZE)]);
    // Three to read, and one that is drawn from the whole context.
    expect(decoder.writer?.room).toBe(4);
    await expect(decoder.writer?.write(drawsOf(5, 1, 1), cut)).rejects.toThrow(RangeError);
    await decoder.writer?.write(drawsOf(3, 1, 1), cut);
    expect([decoder.length, decoder.writer?.room]).toEqual([CONTEXT, 1]);
    await decoder.writer?.write(drawsOf(1, 1, 1), cut);
    expect([decoder.length, decoder.writer?.room]).toEqual([CONTEXT, 0]);
    await expect(decoder.writer?.write(drawsOf(1, 1, 1), cut)).rejects.toThrow(RangeError);
    decoder.reset();
    await decoder.read([[1, 2]]);
    expect(decoder.writer?.room).toBeGreaterThan(1);
    decoder.dispose();
    model.dispose();
    const sliding = newModel({ positions: 'alibi' });
    const endless = await sliding.newDecoder(1);
    await endless.read([Array.from({ length: CONTEXT }, (_, i) => i % VOCAB_SIZE)]);
    expect(endless.slides).toBe(true);
    expect(endless.writer?.room).toBeGreaterThan(8);
    await endless.writer?.write(drawsOf(8, 1, 1), cut);
    expect(endless.length).toBe(CONTEXT + 8);
    endless.dispose();
    sliding.dispose();
  });
});

describe('the memory of decoders', { timeout: 120_000 }, () => {
  const live = (): number => memoryOf(plans.device).bytes;
  /** As if the device ran out of memory at the next buffers that are watched. */
  function runOut(): void {
    const pop = plans.device.popErrorScope.bind(plans.device);
    vi.spyOn(plans.device, 'popErrorScope').mockImplementationOnce(async () => {
      await pop();
      return new GPUOutOfMemoryError('There is no more.');
    });
  }
  async function readOne(model: LanguageModel, samples: number): Promise<void> {
    const decoder = await model.newDecoder(samples);
    await decoder.read(Array.from({ length: samples }, () => [1]));
    decoder.dispose();
  }

  it('is given back where there is not enough, and asked for again', async () => {
    const model = newModel();
    const before = live();
    runOut();
    const refused = model.newDecoder(6);
    await expect(refused).rejects.toThrow(TooManySequencesError);
    await expect(refused).rejects.toMatchObject({ most: 3, message: expect.stringContaining('its memory is full') });
    expect(live()).toBe(before);
    await readOne(model, 2);
    // What nobody uses makes room.
    runOut();
    await readOne(model, 6);
    model.dispose();
  });

  it('that changing places takes is refused in the same way, and both are what they are told to be', async () => {
    const model = newModel();
    const empty = live();
    const decoder = await model.newDecoder(2);
    const layer = layerCacheBytes(model.config);
    // Two layers, and the last logits of 13 tokens.
    expect(live() - empty).toBe(2 * 2 * layer + 112);
    await decoder.read([[1], [2]]);
    const before = live();
    runOut();
    await expect(decoder.reorder([1, 0])).rejects.toThrow(TooManySequencesError);
    expect(live()).toBe(before);
    await decoder.reorder([1, 0]);
    expect(live() - before).toBe(2 * layer);
    decoder.dispose();
    model.dispose();
  });

  it('is not kept where a plan could not be built', async () => {
    const model = newModel();
    const before = live();
    const decoder = await model.newDecoder(2);
    vi.spyOn(plans, 'build').mockRejectedValueOnce(new Error('It does not compile.'));
    await expect(decoder.read([[1], [2]])).rejects.toThrow('It does not compile.');
    decoder.dispose();
    expect(live()).toBe(before);
    await readOne(model, 2);
    model.dispose();
  });

  it('is kept for two numbers of samples at most', async () => {
    const model = newModel();
    for (const samples of [3, 2]) await readOne(model, samples);
    const kept = live();
    for (const samples of [5, 4, 3, 2]) await readOne(model, samples);
    expect(live()).toBe(kept);
    model.dispose();
  });
});

describe('decoding beyond the context', { timeout: 120_000 }, () => {
  it.each<Partial<ModelConfig>>([
    { positions: 'rotary' },
    { positions: 'alibi', band: 5 },
    { positions: 'none', nKeyValueHead: 1 },
  ])('goes on as plans as it does eagerly: %j', async (switches) => {
    const planned = newModel(switches);
    const eager = await newTestModel('cpu', configOf(switches), VOCAB_SIZE, parametersOf(planned));
    const [a, b] = [await planned.newDecoder(2), await eager.newDecoder(2)];
    const random = new Random(9);
    const pieces = [CONTEXT - 2, 1, 4, 1, CONTEXT, 1];
    for (const count of pieces) {
      const tokens = [0, 1].map(() => Array.from({ length: count }, () => random.integer(VOCAB_SIZE)));
      const [rows, expected] = [await a.read(tokens), await b.read(tokens)];
      rows.forEach((row, sample) => expect(largestDeviation(row, expected[sample] ?? [])).toBeLessThan(1e-4));
    }
    expect(a.length).toBe(pieces.reduce((sum, count) => sum + count, 0));
    a.dispose();
    b.dispose();
    planned.dispose();
    eager.dispose();
  });
});

describe('text that the device draws', { timeout: 120_000 }, () => {
  /** The same model, drawing on this side. */
  const waiting = (model: PlannedModel): LanguageModel =>
    new Proxy<LanguageModel>(model, {
      get: (target, name) => {
        if (name !== 'newDecoder') return Reflect.get(target, name, target) as unknown;
        return async (samples: number): Promise<Decoder> =>
          new Proxy(await target.newDecoder(samples), {
            get: (decoder, key) => {
              const value: unknown = key === 'writer' ? undefined : Reflect.get(decoder, key, decoder);
              return typeof value === 'function' ? value.bind(decoder) : value;
            },
          });
      },
    });
  const written = async (model: LanguageModel, settings: WritingSettings): Promise<WrittenToken[]> => {
    const tokens: WrittenToken[] = [];
    for await (const token of writeText(model, Int32Array.of(1, 2), 0, settings, (work) => work())) tokens.push(token);
    return tokens;
  };

  it.each([{}, { positions: 'rotary' as const }])(
    'is the text drawn here, also beyond the context: %j',
    async (switches) => {
      const model = newModel(switches);
      const settings = { temperature: 0.9, topK: 8, topP: 0.95, samples: 2, seed: 3, maxTokens: 3 * CONTEXT };
      const [fast, slow] = [await written(model, settings), await written(waiting(model), settings)];
      const idsOf = (tokens: readonly WrittenToken[], sample: number): number[] =>
        tokens.filter((token) => token.sample === sample).map(({ id }) => id);
      for (const sample of [0, 1]) expect(idsOf(fast, sample)).toEqual(idsOf(slow, sample));
      expect(fast.map(({ logProbability }) => logProbability)).toHaveLength(slow.length);
      model.dispose();
    },
  );
});
