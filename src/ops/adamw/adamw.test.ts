// AdamW, the global norm and the record of a step against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand, tensorOf } from '../testing/deviation.ts';
import { float64AdamW, float64Norm } from '../testing/float64AdamW.ts';
import { adamw, adamwSettings, globalNorm, type AdamWState } from './adamw.ts';
import { recordStep } from './recordStep.ts';

const SIZE = 37;
const STEPS = 20;
const CONSTANTS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

const fresh = (parameters: tf.Tensor1D): AdamWState => ({
  parameters,
  firstMoment: tf.zeros([parameters.size]),
  secondMoment: tf.zeros([parameters.size]),
});
const disposeState = ({ parameters, firstMoment, secondMoment }: AdamWState): void =>
  tf.dispose([parameters, firstMoment, secondMoment]);

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { name: 'with decay, clipping all', weightDecay: 0.1, clipNorm: 0.5, deviation: 1, gradientScale: 1, blockSize: 1 },
    {
      name: 'with decay, clipping nothing',
      weightDecay: 0.1,
      clipNorm: 100,
      deviation: 1,
      gradientScale: 1,
      blockSize: 4,
    },
    { name: 'without decay, clipping off', weightDecay: 0, clipNorm: 0, deviation: 30, gradientScale: 1, blockSize: 1 },
    {
      name: 'with scaled gradients',
      weightDecay: 0.1,
      clipNorm: 0.5,
      deviation: 1,
      gradientScale: 1 / 8,
      blockSize: 1,
    },
  ])('adamw follows the loops for 20 steps $name', async (given) => {
    const { weightDecay, clipNorm, deviation, gradientScale, blockSize } = given;
    const random = new Random(13);
    const start = randomOperand(random, [SIZE]);
    const decays = Int32Array.from({ length: Math.ceil(SIZE / blockSize) }, (_, i) => (i % 3 === 0 ? 0 : 1));
    const decayOfEach = Array.from({ length: SIZE }, (_, i) => decays[Math.floor(i / blockSize)] ?? 0);
    const expected = {
      parameters: start.values.slice(),
      firstMoment: new Float64Array(SIZE),
      secondMoment: new Float64Array(SIZE),
    };
    let state = fresh(tensorOf(start) as tf.Tensor1D);
    const decayTensor = tf.tensor1d(decays, 'int32');
    const tensors = tf.memory().numTensors;
    for (let step = 1; step <= STEPS; step++) {
      const gradient = randomOperand(random, [SIZE], deviation);
      const settings = { ...CONSTANTS, learningRate: 0.01 * step, weightDecay, clipNorm, step, gradientScale };
      const [given, numbers] = [tensorOf(gradient) as tf.Tensor1D, tf.tensor1d(adamwSettings(settings))];
      const norm = globalNorm(given);
      const next = adamw(state, given, norm, decayTensor, numbers, { ...CONSTANTS, blockSize });
      tf.dispose([given, norm, numbers]);
      disposeState(state);
      state = next;
      float64AdamW(expected, gradient.values, decayOfEach, settings);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
      expect(largestDeviation(await state[name].data(), expected[name]), name).toBeLessThan(5e-6);
    }
    disposeState(state);
    decayTensor.dispose();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('adamw changes nothing where the norm is %f', async (value) => {
    const state = tf.tidy(() => {
      const settings = adamwSettings({ ...CONSTANTS, learningRate: 0.1, weightDecay: 0.1, clipNorm: 1, step: 1 });
      const gradient = tf.tensor1d([1, value, 2]);
      const decays = tf.tensor1d([1, 1, 1], 'int32');
      const before = fresh(tf.tensor1d([1, 2, 3]));
      const constants = { ...CONSTANTS, blockSize: 1 };
      return { ...adamw(before, gradient, tf.scalar(value), decays, tf.tensor1d(settings), constants) };
    });
    expect([...(await state.parameters.data())]).toEqual([1, 2, 3]);
    expect([...(await state.firstMoment.data())]).toEqual([0, 0, 0]);
    expect([...(await state.secondMoment.data())]).toEqual([0, 0, 0]);
    disposeState(state);
  });

  it.each([1, 5, 1000])(
    'globalNorm of %i entries is their Euclidean norm and leaves no tensor behind',
    async (size) => {
      const operand = randomOperand(new Random(14, size), [size], 2);
      const x = tensorOf(operand) as tf.Tensor1D;
      const before = tf.memory().numTensors;
      const norm = globalNorm(x);
      expect(norm.shape).toEqual([]);
      expect(largestDeviation(await norm.data(), [float64Norm(operand.values)])).toBeLessThan(2e-6);
      norm.dispose();
      expect(tf.memory().numTensors).toBe(before);
      x.dispose();
    },
  );

  it('recordStep writes its row, and a step that went wrong stops the next', async () => {
    const record = (log: tf.Tensor2D, latch: tf.Tensor1D, loss: number, norm: number, slot: number) => {
      const settings = adamwSettings({
        ...CONSTANTS,
        learningRate: 0,
        weightDecay: 0,
        clipNorm: 0,
        step: 1,
        gradientScale: 0.5,
        slot,
      });
      return recordStep(log, latch, tf.scalar(loss), tf.scalar(norm), tf.tensor1d(settings));
    };
    const { logs, latches, norms } = tf.tidy(() => {
      const one = record(tf.zeros([3, 2]), tf.zeros([1]), 4, 2, 1);
      const two = record(one.log, one.latch, Number.NaN, 3, 2);
      const three = record(two.log, two.latch, 6, 5, 0);
      const all = [one, two, three];
      return {
        logs: three.log,
        latches: tf.concat(all.map(({ latch }) => latch)),
        norms: tf.stack(all.map(({ norm }) => norm)),
      };
    });
    expect([...(await logs.data())]).toEqual([3, 2.5, 2, 1, Number.NaN, 1.5]);
    expect([...(await latches.data())]).toEqual([0, 1, 1]);
    expect([...(await norms.data())]).toEqual([2, Number.NaN, Number.NaN]);
    tf.dispose([logs, latches, norms]);
  });
});
