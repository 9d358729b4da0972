// Every optimizer, the global norm and the record of a step against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand, tensorOf, type Operand } from '../testing/deviation.ts';
import { float64Norm, float64State } from '../testing/float64AdamW.ts';
import { flatTrial, float64Step, RULES } from '../testing/float64Optimizers.ts';
import { guarded, type FlatState } from './flatUpdate.ts';
import { globalNorm } from './globalNorm.ts';
import { optimizerStep, type OptimizerRule } from './optimizer.ts';
import { recordStep } from './recordStep.ts';
import { optimizerSettings } from './settings.ts';

/** Muon takes a hundred operations for each matrix. */
const STEPS: Readonly<Record<OptimizerRule['optimizer'], number>> = { adamw: 20, adam: 20, sgd: 20, muon: 5 };
const CONSTANTS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
/** Orthogonalising enlarges what is small, rounding too. */
const TOLERANCE: Readonly<Record<OptimizerRule['optimizer'], number>> = {
  adamw: 5e-6,
  adam: 5e-6,
  sgd: 5e-6,
  muon: 1e-4,
};

const disposeState = ({ parameters, firstMoment, secondMoment }: FlatState): void =>
  tf.dispose([parameters, firstMoment, secondMoment]);

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(RULES)('%s', (optimizer) => {
    it.each([
      { name: 'with decay, clipping all', weightDecay: 0.1, clipNorm: 0.5, gradientScale: 1, blockSize: 1 },
      { name: 'with decay, clipping nothing', weightDecay: 0.1, clipNorm: 100, gradientScale: 1, blockSize: 4 },
      { name: 'without decay, clipping off', weightDecay: 0, clipNorm: 0, gradientScale: 1, blockSize: 1 },
      { name: 'with scaled gradients', weightDecay: 0.1, clipNorm: 0.5, gradientScale: 1 / 8, blockSize: 1 },
    ])('follows the loops for some steps $name', async (given) => {
      const { weightDecay, clipNorm, gradientScale, blockSize } = given;
      const { size, matrices, marks, decays, used } = flatTrial(blockSize, optimizer === 'muon');
      const random = new Random(13);
      const draw = (): Operand => {
        const { shape, values } = randomOperand(random, [size]);
        return { shape, values: values.map((value, i) => value * (used[i] ?? 0)) };
      };
      const start = draw();
      const expected = float64State(start.values);
      const blocks = { blockSize, matrices, marks: tf.tensor1d(marks, 'int32') };
      const rule = { ...CONSTANTS, optimizer };
      let state: FlatState = {
        parameters: tensorOf(start) as tf.Tensor1D,
        firstMoment: tf.zeros([size]),
        secondMoment: tf.zeros([size]),
      };
      const tensors = tf.memory().numTensors;
      for (let step = 1; step <= STEPS[optimizer]; step++) {
        const gradient = draw();
        const settings = { ...CONSTANTS, learningRate: 0.002 * step, weightDecay, clipNorm, step, gradientScale };
        const next = tf.tidy(() => {
          const [g, numbers] = [tensorOf(gradient) as tf.Tensor1D, tf.tensor1d(optimizerSettings(settings))];
          return { ...optimizerStep(rule, state, g, globalNorm(g), numbers, blocks) };
        });
        disposeState(state);
        state = next;
        float64Step(optimizer, expected, gradient.values, decays, matrices, settings);
      }
      expect(tf.memory().numTensors).toBe(tensors);
      for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
        const deviation = largestDeviation(await state[name].data(), expected[name]);
        expect(deviation, name).toBeLessThan(TOLERANCE[optimizer]);
      }
      disposeState(state);
      blocks.marks.dispose();
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY])('changes nothing where the norm is %f', async (value) => {
      const { size, matrices, marks } = flatTrial(1, optimizer === 'muon');
      const before = [1, 2, 3].map((n) => Array.from({ length: size }, (_, i) => n + i));
      const state = tf.tidy(() => {
        const settings = { ...CONSTANTS, learningRate: 0.1, weightDecay: 0.1, clipNorm: 1, step: 1 };
        const [parameters, firstMoment, secondMoment] = before.map((values) => tf.tensor1d(values));
        if (!parameters || !firstMoment || !secondMoment) throw new RangeError('A state has three parts.');
        const gradient = tf.tensor1d(new Float32Array(size).fill(1).fill(value, 30, 31));
        return {
          ...optimizerStep(
            { ...CONSTANTS, optimizer },
            { parameters, firstMoment, secondMoment },
            gradient,
            tf.scalar(value),
            tf.tensor1d(optimizerSettings(settings)),
            { blockSize: 1, matrices, marks: tf.tensor1d(marks, 'int32') },
          ),
        };
      });
      const after = [state.parameters, state.firstMoment, state.secondMoment];
      expect(await Promise.all(after.map(async (tensor) => [...(await tensor.data())]))).toEqual(before);
      disposeState(state);
    });
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
      const settings = optimizerSettings({
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

it('writes no condition out once per parameter on WASM', async () => {
  await useBackend('wasm');
  const copies = vi.spyOn(tf.getKernel('Tile', 'wasm'), 'kernelFunc');
  const before = tf.tensor1d([1, 2, 3]);
  const next = tf.tensor1d([4, 5, 6]);
  for (const [norm, kept] of [
    [1, [4, 5, 6]],
    [Number.NaN, [1, 2, 3]],
    [Number.POSITIVE_INFINITY, [1, 2, 3]],
  ] as const) {
    const chosen = tf.tidy(() => tf.clone(guarded(tf.scalar(norm), next, before)));
    expect([...(await chosen.data())]).toEqual(kept);
    chosen.dispose();
  }
  expect(copies).not.toHaveBeenCalled();
  expect([...(await before.data())]).toEqual([1, 2, 3]);
});
