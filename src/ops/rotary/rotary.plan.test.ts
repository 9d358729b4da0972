// Rotary positions' WGSL against its reference, forward and back; and that it runs at the end of the product before it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { linear } from '../linear/linear.ts';
import { largestDeviation, randomOperand, tensorOf } from '../testing/deviation.ts';
import { halfKernelVerdict, planDeviations } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { rotary, rotaryKernel } from './rotary.ts';
import { rotaryTable } from './rotaryTable.ts';

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  await useBackend('cpu');
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

const tableOf = (first: number, count: number, headSize: number) => ({
  shape: [count, headSize],
  values: rotaryTable(first, count, headSize),
});

describe('rotary as a program', () => {
  it.each([
    { rows: 1, width: 2, rotated: 2, headSize: 2, length: 1, size: 1 },
    { rows: 6, width: 7, rotated: 6, headSize: 2, length: 3, size: 1 },
    { rows: 10, width: 18, rotated: 12, headSize: 6, length: 5, size: 1e4 },
    { rows: 4, width: 20, rotated: 10, headSize: 10, length: 2, size: 1 },
    { rows: 6, width: 25, rotated: 16, headSize: 8, length: 6, size: 1 },
    { rows: 70, width: 96, rotated: 64, headSize: 16, length: 35, size: 1e4 },
  ])('turns $rotated of $width columns by heads of $headSize, there and back', async (given) => {
    const { rows, width, length, headSize, size } = given;
    const x = randomOperand(new Random(43, rows, width), [rows, width], size);
    const table = tableOf(3, length + 2, headSize);
    for (const isInverse of [false, true]) {
      const deviations = await planDeviations(device, rotaryKernel({ ...given, isInverse }), [x, table]);
      expect(Math.max(...deviations)).toBeLessThan(1e-6);
    }
  });

  it('leaves the other columns exactly as they are, whatever stands in them', async () => {
    const x = { shape: [1, 8], values: [1, 2, 3, 4, 1e38, -1e38, 5, 6] };
    const kernel = rotaryKernel({ rotated: 4, headSize: 4, length: 1 });
    expect(Math.max(...(await planDeviations(device, kernel, [x, tableOf(2, 1, 4)])))).toBe(0);
  });

  it('can be stored in half precision where the device can', async () => {
    const x = randomOperand(new Random(44), [6, 24]);
    const kernel = rotaryKernel({ rotated: 16, headSize: 8, length: 3 });
    const storage = device.features.has('shader-f16') ? 'f16' : 'f32';
    expect(await halfKernelVerdict(device, kernel, [{ ...x, storage }, tableOf(0, 3, 8)], 1e-3)).toBe('right');
  });
});

describe.each([
  { nHead: 2, headSize: 4 },
  { nHead: 1, headSize: 6 },
])('in a plan, with $nHead heads of $headSize', ({ nHead, headSize }) => {
  const [batch, length] = [2, 5];
  const width = nHead * headSize;
  const random = new Random(45, headSize);
  const x = randomOperand(random, [batch * length, 8]);
  const weight = randomOperand(random, [8, 3 * width], 0.3);
  const bias = randomOperand(random, [3 * width]);
  const back = randomOperand(random, [3 * width, 4]);
  /** A product before and one behind: what is between must end up in the first, or else be a dispatch of its own. */
  const mixed = ([x, weight, bias, back]: readonly tf.Tensor[], table: tf.Tensor2D): tf.Tensor2D => {
    const qkv = linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D, { half: true });
    return linear(rotary(qkv, table, 2 * width, length), back as tf.Tensor2D);
  };
  const fixedTable = (): tf.Tensor2D => tf.tensor2d(rotaryTable(0, length, headSize), [length, headSize]);

  it('takes no dispatch of its own behind a product and its bias, its table fixed or given', async () => {
    const inputs = { x, weight, bias, back, table: tableOf(0, length, headSize) };
    const { outputs, plan } = await runPlanned(testContext(device, info), inputs, ({ table, ...given }) => ({
      outputs: [fixedTable(), table as tf.Tensor2D].map((table) => mixed(Object.values(given), table)),
    }));
    const labels = ['matMul NN + biasAdd + rotary', 'matMul NN'];
    expect(plan.dispatches.map(({ label }) => label)).toEqual([...labels, ...labels]);
    const expected = tf.tidy(() => mixed([x, weight, bias, back].map(tensorOf), fixedTable()));
    const values = await expected.data();
    for (const output of outputs) expect(largestDeviation(output, values)).toBeLessThan(5e-6);
    expected.dispose();
  });

  it('turns activations in half precision where the device can', async () => {
    const precision = device.features.has('shader-f16') ? 'f16' : 'f32';
    const { outputs, plan } = await runPlanned(
      testContext(device, info, precision),
      { x, weight, bias, back },
      (given) => ({
        outputs: [mixed(Object.values(given), fixedTable())],
      }),
    );
    const labels = ['matMul NN + biasAdd + rotary', 'matMul NN'];
    expect(plan.dispatches.map(({ label }) => label)).toEqual(labels);
    // The only value that the plan holds is what is turned.
    expect(plan.memory.plannedBytes).toBe(
      Math.ceil((batch * length * 3 * width * (precision === 'f16' ? 2 : 4)) / 16) * 16,
    );
    const expected = tf.tidy(() => mixed([x, weight, bias, back].map(tensorOf), fixedTable()));
    expect(largestDeviation(outputs[0] ?? [], await expected.data())).toBeLessThan(2e-3);
    expected.dispose();
  });

  it('costs no dispatch backward either, with the gradients of an eager run', async () => {
    const gradients = (given: tf.Tensor[]): tf.Tensor[] =>
      tf.grads((...given) => mixed(given, fixedTable()))(given, tf.ones([batch * length, 4]));
    const inputs = { x, weight, bias, back };
    const { outputs, plan } = await runPlanned(testContext(device, info), inputs, (given) => ({
      outputs: gradients(Object.values(given)),
    }));
    const labels = plan.dispatches.map(({ label }) => label);
    expect(labels).toContain('matMul NT + rotaryGradient');
    expect(labels).not.toContain('rotaryGradient');
    const expected = tf.tidy(() => gradients([x, weight, bias, back].map(tensorOf)));
    expect(outputs).toHaveLength(expected.length);
    for (const [i, tensor] of expected.entries()) {
      expect(largestDeviation(outputs[i] ?? [], await tensor.data())).toBeLessThan(1e-5);
    }
    tf.dispose(expected);
  });
});
