// The whole check on every way of running a model: that a sound device passes, a wrong one does not, and nothing is left
// behind when it ends, however it ends.
import { afterEach, describe, expect, it } from 'vitest';
import { SMALL_CONFIG, unwatched } from '../../../scripts/smallRun.ts';
import { noGpuProblems, openEngine, TEST_ENGINES, type TestEngine } from '../../../scripts/testEngine.ts';
import { RECIPE_PRESETS } from '../../config/recipes.ts';
import * as tf from '../../engine/tf.ts';
import { float64Groups } from '../../float64/parameters.ts';
import type { EvidenceReport, ParityFigure } from '../../protocol/messages.ts';
import { checkedModel } from './checkedModel.ts';
import { gatherEvidence, type CheckedDevice, type CheckedRun } from './gatherEvidence.ts';

const VOCAB_SIZE = 20;
const RUN: CheckedRun = { config: SMALL_CONFIG, vocabSize: VOCAB_SIZE };
/** An emulated GPU compiles slowly. */
const PATIENCE_MS = 240_000;

const deviceOf = async (engine: TestEngine, changes: Partial<CheckedDevice> = {}): Promise<CheckedDevice> => {
  const plans = await openEngine(engine);
  return {
    backend: plans ? 'webgpu' : engine === 'wasm' ? 'wasm' : 'cpu',
    adapter: 'a test',
    precision: 'f32',
    plans,
    halfPrecision: plans?.traits.shaderF16 ?? false,
    exclusive: (work) => work(),
    ...changes,
  };
};

const figure = ({ parity }: EvidenceReport, path: ParityFigure['path'], quantity: ParityFigure['quantity']) =>
  parity.find((one) => one.path === path && one.quantity === quantity);

afterEach(noGpuProblems);

describe.each(TEST_ENGINES)('evidence on %s', { timeout: PATIENCE_MS }, (engine) => {
  it('is that gradients are those of differences and everything is that of plain loops', async () => {
    const device = await deviceOf(engine);
    const tensors = tf.memory().numTensors;
    const report = await gatherEvidence(RUN, device, unwatched());
    expect(tf.memory().numTensors).toBe(tensors);

    const checked = checkedModel(SMALL_CONFIG, VOCAB_SIZE);
    expect(report).toMatchObject({ passed: true, adapter: 'a test', model: checked.model, changes: [] });
    expect(report.groups.map(({ name, shape }) => ({ name, shape }))).toEqual(
      float64Groups(checked).map(({ name, shape }) => ({ name, shape })),
    );
    for (const { name, maxRelativeError, worst, elements, checked } of report.groups) {
      expect(maxRelativeError, name).toBeLessThan(2e-4);
      expect(checked, name).toBe(Math.min(20, elements));
      expect(worst.index, name).toBeLessThan(elements);
    }
    const path = engine === 'plan' ? 'plan' : 'eager';
    expect(figure(report, path, 'loss')?.deviation).toBeLessThan(1e-6);
    expect(figure(report, path, 'logits')).toMatchObject({ count: 32 * VOCAB_SIZE, passed: true });
    expect(figure(report, path, 'logits')?.deviation).toBeLessThan(1e-5);
    expect(figure(report, path, 'gradient')?.deviation).toBeLessThan(1e-4);
    expect(figure(report, path, 'gradient')?.count).toBe(report.parameterCount);
    expect(figure(report, 'float64', 'gradient')?.deviation).toBeLessThan(1e-7);

    // Half precision is told where the device has it: further away, yet near.
    const half = report.parity.filter((one) => one.path === 'plan-f16');
    const twice = ['float64', 'float64', 'float64', 'plan', 'plan', 'plan'];
    expect(half.map(({ against }) => against)).toEqual(device.halfPrecision ? twice : []);
    expect(half.filter(({ tolerance, deviation }) => tolerance !== null || deviation > 0.05)).toEqual([]);
    const single = figure(report, path, 'gradient')?.deviation ?? Number.NaN;
    expect(half.filter(({ quantity }) => quantity === 'gradient').every(({ deviation }) => deviation > single)).toBe(
      true,
    );
  });

  it.each(RECIPE_PRESETS)('is found for the recipe $id', async ({ apply }) => {
    const config = apply(SMALL_CONFIG, 10_000);
    const report = await gatherEvidence({ config, vocabSize: VOCAB_SIZE }, await deviceOf(engine), unwatched());
    expect(report.passed).toBe(true);
    for (const { name, maxRelativeError } of report.groups) expect(maxRelativeError, name).toBeLessThan(1e-3);
  });
});

describe('evidence', { timeout: PATIENCE_MS }, () => {
  /** A device whose results are changed before they are read. */
  const spoiling = (spoil: (result: { logits?: unknown; gradient?: unknown }) => void): CheckedDevice['exclusive'] => {
    return async (work) => {
      const result = await work();
      if (typeof result === 'object' && result !== null) spoil(result);
      return result;
    };
  };
  /** A hundredth too large in one entry. */
  const worsen = (values: unknown, index: number): void => {
    if (values instanceof Float32Array) values[index] = 1.01 * (values[index] ?? 0);
  };

  it('speaks against a device whose gradient is wrong in one place, and names it', async () => {
    const { offset = 0 } =
      float64Groups(checkedModel(SMALL_CONFIG, VOCAB_SIZE)).find(({ name }) => name === 'blocks.0.norm2Gain') ?? {};
    const exclusive = spoiling(({ gradient }) => worsen(gradient, offset + 3));
    const report = await gatherEvidence(RUN, await deviceOf('wasm', { exclusive }), unwatched());
    expect(report.passed).toBe(false);
    const failed = report.groups.filter(({ passed }) => !passed);
    expect(failed.map(({ name, worst }) => ({ name, index: worst.index }))).toEqual([
      { name: 'blocks.0.norm2Gain', index: 3 },
    ]);
    expect(figure(report, 'eager', 'gradient')?.passed).toBe(false);
    expect(figure(report, 'eager', 'logits')?.passed).toBe(true);
  });

  it('speaks against a device whose logits are wrong in one place', async () => {
    const exclusive = spoiling(({ logits }) => {
      if (logits instanceof Float32Array) worsen(logits, logits.indexOf(Math.max(...logits)));
    });
    const report = await gatherEvidence(RUN, await deviceOf('wasm', { exclusive }), unwatched());
    expect(report.passed).toBe(false);
    expect(report.groups.every(({ passed }) => passed)).toBe(true);
    expect(report.parity.filter(({ passed }) => !passed).map(({ quantity }) => quantity)).toEqual(['logits']);
  });

  it('speaks against a device that gives the right numbers in another order', async () => {
    const exclusive = spoiling(({ gradient }) => {
      if (gradient instanceof Float32Array) gradient.reverse();
    });
    const report = await gatherEvidence(RUN, await deviceOf('wasm', { exclusive }), unwatched());
    expect(report.groups.filter(({ passed }) => !passed).length).toBeGreaterThan(10);
  });

  it('ends when it is cancelled, between two entries too, and leaves nothing behind', async () => {
    const device = await deviceOf('wasm');
    const tensors = tf.memory().numTensors;
    for (const words of ['Running the model', 'double precision', 'Differencing']) {
      const controller = new AbortController();
      const told: string[] = [];
      const work = {
        ...unwatched(controller.signal),
        onProgress: (_: number, message: string): void => {
          told.push(message);
          if (message.includes(words)) controller.abort();
        },
      };
      await expect(gatherEvidence(RUN, device, work)).rejects.toMatchObject({ name: 'AbortError' });
      expect(told.filter((message) => message.includes(words))).toHaveLength(1);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('tells its progress from nothing to all, and uses the device only in its turn', async () => {
    const shares: number[] = [];
    let turns = 0;
    const exclusive: CheckedDevice['exclusive'] = (work) => {
      turns++;
      return work();
    };
    await gatherEvidence(RUN, await deviceOf('wasm', { exclusive }), {
      ...unwatched(),
      onProgress: (share) => void shares.push(share),
    });
    expect(turns).toBe(1);
    expect(shares[0]).toBe(0);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });
});
