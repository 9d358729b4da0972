// The linear map and the tied output layer against plain loops in double precision, on every backend; the bias as it is
// added in a plan, and a plan without one.
import { beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, opDeviation, randomOperand, tensorOf, worstOf } from '../testing/deviation.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { biasAddKernel, linear, tiedLogits } from './linear.ts';

const TOLERANCE = 5e-6;
const SIZES = [
  { n: 1, k: 1, m: 1 },
  { n: 1, k: 5, m: 3 },
  { n: 7, k: 3, m: 5 },
  { n: 9, k: 17, m: 11 },
  { n: 2, k: 67, m: 4 },
];

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SIZES)('linear is right for [$n, $k] · [$k, $m], forward and backward', async ({ n, k, m }) => {
    const loops = (x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array =>
      Float64Array.from({ length: n * m }, (_, i) => {
        let sum = bias[i % m] ?? 0;
        for (let j = 0; j < k; j++) sum += (x[Math.floor(i / m) * k + j] ?? 0) * (weight[j * m + (i % m)] ?? 0);
        return sum;
      });
    const random = new Random(2, n, k, m);
    const operands = [[n, k], [k, m], [m]].map((shape) => randomOperand(random, shape));
    const op = (x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D => linear(x, weight, bias);
    expect(worstOf(await opDeviation(op, loops, operands, random))).toBeLessThan(TOLERANCE);
  });

  it.each(SIZES)(
    'linear without a bias is right for [$n, $k] · [$k, $m], forward and backward',
    async ({ n, k, m }) => {
      const loops = (x: Float64Array, weight: Float64Array): Float64Array =>
        Float64Array.from({ length: n * m }, (_, i) => {
          let sum = 0;
          for (let j = 0; j < k; j++) sum += (x[Math.floor(i / m) * k + j] ?? 0) * (weight[j * m + (i % m)] ?? 0);
          return sum;
        });
      const random = new Random(5, n, k, m);
      const operands = [randomOperand(random, [n, k], 1e4), randomOperand(random, [k, m])];
      const op = (x: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor2D => linear(x, weight);
      expect(worstOf(await opDeviation(op, loops, operands, random))).toBeLessThan(2 * TOLERANCE);
    },
  );

  it.each(SIZES)('tiedLogits is right for [$n, $k] and [$m, $k], forward and backward', async ({ n, k, m }) => {
    const loops = (x: Float64Array, embedding: Float64Array): Float64Array =>
      Float64Array.from({ length: n * m }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < k; j++) sum += (x[Math.floor(i / m) * k + j] ?? 0) * (embedding[(i % m) * k + j] ?? 0);
        return sum;
      });
    const random = new Random(3, n, k, m);
    const operands = [randomOperand(random, [n, k]), randomOperand(random, [m, k])];
    expect(worstOf(await opDeviation(tiedLogits, loops, operands, random))).toBeLessThan(TOLERANCE);
  });
});

it.each([
  [1, 1],
  [5, 7],
  [9, 12],
])('the bias of [%i, %i] is added in a plan as by its reference', async (n, m) => {
  const { device } = await openDawnDevice();
  const random = new Random(4, n, m);
  const [x, bias] = [randomOperand(random, [n, m]), randomOperand(random, [m])];
  const expected = x.values.map((value, i) => value + (bias.values[i % m] ?? 0));
  const { outputs } = await runKernelOnDevice(device, biasAddKernel(), [x, bias]);
  expect(largestDeviation(outputs[0] ?? [], expected)).toBeLessThan(TOLERANCE);
  const [sum] = tf.tidy(() =>
    biasAddKernel().reference(tf.tensor2d([...x.values], [n, m]), tf.tensor1d([...bias.values])),
  );
  expect(largestDeviation(await sum.data(), expected)).toBeLessThan(TOLERANCE);
  sum.dispose();
  device.destroy();
});

it.each([
  [1, 1, 1],
  [6, 5, 7],
  [9, 12, 8],
])('without a bias a plan is three products and adds nothing (%i × %i × %i)', async (n, k, m) => {
  await useBackend('cpu');
  const { device, adapter } = await openDawnDevice();
  const random = new Random(7, n, k, m);
  const [x, weight] = [randomOperand(random, [n, k]), randomOperand(random, [k, m])];
  const all = (x: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor[] => {
    const { value, grads } = tf.valueAndGrads((...[x, weight]) => linear(x as tf.Tensor2D, weight as tf.Tensor2D))(
      [x, weight],
      tf.ones([n, m]),
    );
    return [value, ...grads];
  };
  const { outputs, plan } = await runPlanned(testContext(device, adapter.info), { x, weight }, ({ x, weight }) => ({
    outputs: all(x as tf.Tensor2D, weight as tf.Tensor2D),
  }));
  expect(plan.dispatches.map(({ label }) => label)).toEqual(['matMul NN', 'matMul NT', 'matMul TN']);
  const expected = tf.tidy(() => all(tensorOf(x) as tf.Tensor2D, tensorOf(weight) as tf.Tensor2D));
  for (const [i, tensor] of expected.entries()) {
    expect(largestDeviation(outputs[i] ?? [], await tensor.data())).toBeLessThan(TOLERANCE);
  }
  tf.dispose(expected);
  device.destroy();
});
