// A look at attention costs what the shown tokens need, on plans and eagerly; what is counted beforehand is enough; and a
// look that the device refuses leaves nothing behind and harms nothing.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { watchPeak } from '../../scripts/countingDevice.ts';
import { newTestModel, noGpuProblems, openEngine } from '../../scripts/testEngine.ts';
import { newTestPlans } from '../../scripts/testPlans.ts';
import { attentionBytes } from '../config/attentionMemory.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import { memoryOf, trackMemory } from '../engine/gpuMemory.ts';
import type { PlanContext } from '../engine/planContext.ts';
import * as tf from '../engine/tf.ts';
import { DeviceMemoryError } from '../engine/withinMemory.ts';
import { InspectionError, layerAttention } from '../inspection/attention.ts';
import { largestDeviation } from '../ops/testing/deviation.ts';
import { initialParameters, parameterLayout } from './parameters.ts';
import { PlannedModel } from './plannedModel.ts';

const VOCAB_SIZE = 11;
const configOf = (changes: Partial<ModelConfig> = {}): ModelConfig => ({
  ...GPT3_SWITCHES,
  nLayer: 3,
  nHead: 2,
  nEmbd: 16,
  contextLength: 80,
  dropout: 0,
  ...changes,
});
const idsOf = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => (7 * i + 3) % VOCAB_SIZE);
const parametersOf = (config: ModelConfig): Float32Array =>
  initialParameters(parameterLayout(config, VOCAB_SIZE), 5).map((value) => (Math.abs(value) < 1 ? 12 * value : value));

let plans: PlanContext;
let takePeak: () => number;
beforeAll(async () => {
  await openEngine('cpu');
  plans = await newTestPlans();
  trackMemory(plans.device);
  takePeak = watchPeak(plans.device);
});
afterEach(noGpuProblems);
const held = (): number => memoryOf(plans.device).bytes;

function newModel(config: ModelConfig): PlannedModel {
  const model = new PlannedModel(plans, config, VOCAB_SIZE);
  model.setParameters(parametersOf(config));
  return model;
}

describe('attention as plans', { timeout: 120_000 }, () => {
  it.each<Partial<ModelConfig>>([{}, { causal: false }, { band: 5, positions: 'rotary' }])(
    'is that of the eager model for texts of any length: %o',
    async (changes) => {
      const config = configOf(changes);
      const model = newModel(config);
      const eager = await newTestModel('cpu', config, VOCAB_SIZE, parametersOf(config));
      for (const [length, layer] of [
        [1, 0],
        [15, 2],
        [16, 1],
        [17, 2],
        [80, 1],
        // Again, from what was kept.
        [13, 2],
      ] as const) {
        const [planned, expected] = [
          await model.attentionWeights(idsOf(length), layer),
          await eager.attentionWeights(idsOf(length), layer),
        ];
        expect(planned).toHaveLength(config.nHead * length * length);
        expect(largestDeviation(planned, expected)).toBeLessThan(5e-6);
      }
      model.dispose();
      eager.dispose();
    },
  );

  it('takes for three tokens of a model with 32 heads and a context of 4096 what three tokens need', async () => {
    const config = configOf({ nHead: 32, nEmbd: 64, contextLength: 4096 });
    const model = newModel(config);
    const before = held();
    takePeak();
    for (let layer = 0; layer < 3; layer++) {
      expect(await model.attentionWeights(idsOf(3), layer)).toHaveLength(32 * 3 * 3);
      // 32 heads of 16 × 16 places, and as much again to copy them; what else a layer makes is smaller.
      expect(takePeak() - before).toBeLessThan((layer + 1) * 200_000);
    }
    expect(held() - before).toBeLessThan(600_000);
    model.dispose();
    expect(held()).toBeLessThan(before);
  });

  it.each([
    [3, { nHead: 8, nEmbd: 64, contextLength: 1024 }],
    [200, { nHead: 8, nEmbd: 64, contextLength: 1024 }],
    [200, { nHead: 2, nEmbd: 32, contextLength: 200, activation: 'swiglu' }],
    [200, { nHead: 4, nEmbd: 64, contextLength: 256, causal: false, positions: 'alibi' }],
  ] as const)('takes of the device no more than was counted, for %i tokens of %o', async (tokens, changes) => {
    const config = configOf(changes);
    const model = newModel(config);
    const before = held();
    takePeak();
    await model.attentionWeights(idsOf(tokens), config.nLayer - 1);
    const shown = 4 * config.nLayer * config.nHead * tokens ** 2;
    const counted = attentionBytes(config, tokens, 'plan').total - shown;
    const peak = takePeak() - before;
    expect(peak).toBeLessThanOrEqual(counted + 8192);
    expect(peak).toBeGreaterThan(counted / 3);
    model.dispose();
  });

  it('gives large plans back after the look, and the longest unused of many', async () => {
    const config = configOf({ nHead: 16, contextLength: 512 });
    const model = newModel(config);
    const before = held();
    // 16 heads of 512 × 512: 17 MB.
    await model.attentionWeights(idsOf(512), 0);
    expect(held()).toBe(before);
    for (const tokens of [240, 256]) {
      for (const layer of [0, 1, 2]) await model.attentionWeights(idsOf(tokens), layer);
    }
    expect(held() - before).toBeLessThanOrEqual(1 << 24);
    expect(held() - before).toBeGreaterThan(1 << 23);
    model.dispose();
  });

  it('that the device refuses leaves nothing behind, is told with fewer tokens, and harms nothing', async () => {
    // Heads enough for more bytes than a binding takes, whatever the device.
    const config = configOf({ nLayer: 1, nHead: 256, nEmbd: 256, contextLength: 4096 });
    const model = newModel(config);
    const batch = { inputs: idsOf(16), targets: idsOf(16), contextLength: 16 };
    const [loss] = await model.losses([batch]);
    const before = held();
    const refused = layerAttention(model, [...idsOf(4096)], 0);
    await expect(refused).rejects.toThrow(InspectionError);
    await expect(refused).rejects.toMatchObject({ remedy: expect.stringContaining('2,048') });
    expect(held()).toBe(before);
    expect(await model.losses([batch])).toEqual([loss]);
    expect(await model.attentionWeights(idsOf(2), 0)).toHaveLength(256 * 4);
    model.dispose();
  });

  it.each([0, 1, 2])(
    'that runs out of memory at place %i leaves nothing behind, and can be asked for again',
    async (at) => {
      const config = configOf();
      const model = newModel(config);
      const before = held();
      const pop = plans.device.popErrorScope.bind(plans.device);
      let pops = 0;
      // Allocation, bind groups and the copy each look at two scopes; every shader is compiled already.
      const spy = vi.spyOn(plans.device, 'popErrorScope').mockImplementation(async () => {
        const error = await pop();
        // Compiling opens scopes, too; pipelines are compiled by the test before.
        return pops++ === 2 * at ? new GPUOutOfMemoryError('There is no more.') : error;
      });
      await expect(model.attentionWeights(idsOf(80), 2)).rejects.toThrow(at === 1 ? Error : DeviceMemoryError);
      spy.mockRestore();
      expect(held()).toBe(before);
      expect(await model.attentionWeights(idsOf(80), 2)).toHaveLength(2 * 80 * 80);
      model.dispose();
    },
  );
});

describe('attention run eagerly', () => {
  it.each([
    [3, {}],
    [70, {}],
    [70, { positions: 'alibi', activation: 'swiglu' }],
    [70, { causal: false, band: 9 }],
  ] as const)('takes no more than was counted, for %i tokens of %o', async (tokens, changes) => {
    const config = configOf({ nHead: 8, ...changes });
    const model = await newTestModel('wasm', config, VOCAB_SIZE, parametersOf(config));
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => model.attentionWeights(idsOf(tokens), config.nLayer - 1));
    const counted = attentionBytes(config, tokens, 'eager').total;
    const shown = 4 * config.nLayer * config.nHead * tokens ** 2;
    expect(peakBytes - before).toBeLessThanOrEqual(counted - shown + 4096);
    expect(peakBytes - before).toBeGreaterThan((counted - shown) / 4);
    expect(tf.memory().numBytes).toBe(before);
    model.dispose();
  });
});
