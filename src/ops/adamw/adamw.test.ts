// AdamW and the global norm against plain loops in double precision, over 20 steps, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand, tensorOf } from '../testing/deviation.ts';
import { adamw, globalNorm, type AdamWSettings, type AdamWState } from './adamw.ts';

const SIZE = 37;
const STEPS = 20;
const BASE = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

const normOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/** The paper's algorithm 2, entry by entry; the gradient is scaled as PyTorch's clip_grad_norm_ does. */
function loopStep(
  state: { p: Float64Array; m: Float64Array; v: Float64Array },
  gradient: Float64Array,
  decays: Float64Array,
  s: AdamWSettings,
): void {
  const norm = normOf(gradient);
  const clip = s.clipNorm > 0 ? Math.min(1, s.clipNorm / (norm + 1e-6)) : 1;
  for (let i = 0; i < SIZE; i++) {
    const g = (gradient[i] ?? 0) * clip;
    const m = s.beta1 * (state.m[i] ?? 0) + (1 - s.beta1) * g;
    const v = s.beta2 * (state.v[i] ?? 0) + (1 - s.beta2) * g * g;
    const unbiasedM = m / (1 - s.beta1 ** s.step);
    const unbiasedV = v / (1 - s.beta2 ** s.step);
    const p = state.p[i] ?? 0;
    const decay = s.learningRate * s.weightDecay * (decays[i] ?? 0) * p;
    state.p[i] = p - decay - (s.learningRate * unbiasedM) / (Math.sqrt(unbiasedV) + s.epsilon);
    state.m[i] = m;
    state.v[i] = v;
  }
}

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { name: 'with decay, clipping all', weightDecay: 0.1, clipNorm: 0.5, gradientScale: 1 },
    { name: 'with decay, clipping nothing', weightDecay: 0.1, clipNorm: 100, gradientScale: 1 },
    { name: 'without decay, clipping off', weightDecay: 0, clipNorm: 0, gradientScale: 30 },
  ])('adamw follows the loops for 20 steps $name', async ({ weightDecay, clipNorm, gradientScale }) => {
    const random = new Random(13);
    const start = randomOperand(random, [SIZE]);
    const decays = Float64Array.from({ length: SIZE }, (_, i) => (i % 3 === 0 ? 0 : 1));
    const expected = { p: start.values.slice(), m: new Float64Array(SIZE), v: new Float64Array(SIZE) };
    let state: AdamWState = {
      parameters: tensorOf(start) as tf.Tensor1D,
      firstMoment: tf.zeros([SIZE]),
      secondMoment: tf.zeros([SIZE]),
    };
    const decayTensor = tf.tensor1d(Float32Array.from(decays));
    const tensors = tf.memory().numTensors;
    for (let step = 1; step <= STEPS; step++) {
      const gradient = randomOperand(random, [SIZE], gradientScale);
      const settings = { ...BASE, learningRate: 0.01 * step, weightDecay, clipNorm, step };
      const given = tensorOf(gradient) as tf.Tensor1D;
      const norm = globalNorm(given);
      const next = adamw(state, given, norm, decayTensor, settings);
      tf.dispose([given, norm, state.parameters, state.firstMoment, state.secondMoment]);
      state = next;
      loopStep(expected, gradient.values, decays, settings);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(largestDeviation(await state.parameters.data(), expected.p)).toBeLessThan(5e-6);
    expect(largestDeviation(await state.firstMoment.data(), expected.m)).toBeLessThan(5e-6);
    expect(largestDeviation(await state.secondMoment.data(), expected.v)).toBeLessThan(5e-6);
    tf.dispose([state.parameters, state.firstMoment, state.secondMoment, decayTensor]);
  });

  it.each([1, 5, 1000])(
    'globalNorm of %i entries is their Euclidean norm and leaves no tensor behind',
    async (size) => {
      const operand = randomOperand(new Random(14, size), [size], 2);
      const x = tensorOf(operand) as tf.Tensor1D;
      const before = tf.memory().numTensors;
      const norm = globalNorm(x);
      expect(norm.shape).toEqual([]);
      expect(largestDeviation(await norm.data(), [normOf(operand.values)])).toBeLessThan(2e-6);
      norm.dispose();
      expect(tf.memory().numTensors).toBe(before);
      x.dispose();
    },
  );
});
