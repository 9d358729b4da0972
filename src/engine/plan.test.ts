// Plans against the same computation run eagerly: fusion, sums of gradients, memory shared and joined, results in place.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { noGpuProblems, testPlans } from '../../scripts/testPlans.ts';
import { addTo } from '../ops/gradient/addTo.ts';
import { gelu } from '../ops/gelu/gelu.ts';
import { linear } from '../ops/linear/linear.ts';
import { matMulNN } from '../ops/matMul/matMul.ts';
import { largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { runPlanned, type PlanInput } from '../ops/testing/planHarness.ts';
import { Random } from '../random/random.ts';
import type { Plan } from './plan.ts';
import type { PlanContext } from './planContext.ts';
import { joined, trace } from './trace.ts';
import * as tf from './tf.ts';

let context: PlanContext;

beforeAll(async () => {
  await useBackend('cpu');
  context = await testPlans();
});
afterEach(noGpuProblems);

const random = new Random(1);
const given = (...shape: number[]): PlanInput => randomOperand(random, shape);

type Build = Parameters<typeof runPlanned>[2];

/** The same function, run by plain TensorFlow.js. */
async function eagerly(inputs: Readonly<Record<string, PlanInput>>, build: Build): Promise<Float32Array[]> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values, dtype = 'float32' }]) => [
      name,
      tf.tensor(dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), [...shape], dtype),
    ]),
  );
  const { outputs, assign = {} } = build(tensors);
  return Promise.all([...outputs, ...Object.values(assign)].map(async (tensor) => tensor.data<'float32'>()));
}

async function expectAlike(inputs: Readonly<Record<string, PlanInput>>, build: Build) {
  const { outputs, assigned, plan } = await runPlanned(context, inputs, build);
  const expected = await eagerly(inputs, build);
  [...outputs, ...assigned.values()].forEach((values, i) => {
    expect(largestDeviation(values, expected[i] ?? []), `result ${i}`).toBeLessThan(5e-6);
  });
  return plan;
}

const labelsOf = ({ dispatches }: Plan): string[] => dispatches.map(({ label }) => label);
const matrix = (tensor: tf.Tensor | undefined): tf.Tensor2D => tensor as tf.Tensor2D;
const vector = (tensor: tf.Tensor | undefined): tf.Tensor1D => tensor as tf.Tensor1D;

describe('fusion', () => {
  it.each([
    [8, 12, 16],
    [7, 5, 3],
    [1, 1, 1],
  ])('runs a product, its bias, GELU and a residual in one dispatch (%i × %i × %i)', async (m, k, n) => {
    const inputs = { x: given(m, k), w: given(k, n), b: given(n), r: given(m, n) };
    const plan = await expectAlike(inputs, ({ x, w, b, r }) => ({
      outputs: [tf.add(matrix(r), gelu(linear(matrix(x), matrix(w), vector(b))))],
    }));
    expect(plan.dispatches.length).toBe(1);
  });

  it('stores a value between two fused operations where something else needs it', async () => {
    const inputs = { x: given(8, 8), w: given(8, 8), b: given(8) };
    const plan = await expectAlike(inputs, ({ x, w, b }) => {
      const before = linear(matrix(x), matrix(w), vector(b));
      return { outputs: [gelu(before), matMulNN(before, matrix(w))] };
    });
    expect(labelsOf(plan)).toEqual(['matMul NN + biasAdd + gelu', 'matMul NN']);
  });

  it('does not fuse what needs a value that is made later', async () => {
    const inputs = { x: given(8, 8), w: given(8, 8) };
    const plan = await expectAlike(inputs, ({ x, w }) => {
      const first = matMulNN(matrix(x), matrix(w));
      const second = matMulNN(matrix(w), matrix(x));
      // The sum goes to the end of the second product; the first cannot know it yet.
      return { outputs: [tf.add(first, second), first] };
    });
    expect(labelsOf(plan)).toEqual(['matMul NN', 'matMul NN + add']);
  });

  it('computes nothing that nobody asks for, and no sum with zero', async () => {
    const inputs = { x: given(8, 8), w: given(8, 8) };
    const plan = await expectAlike(inputs, ({ x, w }) => {
      const product = matMulNN(matrix(x), matrix(w));
      gelu(product);
      return { outputs: [tf.add(product, tf.zeros([8, 8]))] };
    });
    expect(labelsOf(plan)).toEqual(['matMul NN']);
  });
});

describe('gradients', () => {
  it('of a chain of layers are those of the eager run, laid side by side without copies', async () => {
    const inputs = { x: given(64, 8), w: given(8, 64), b: given(64), v: given(64, 8), c: given(8) };
    const plan = await expectAlike(inputs, ({ x, w, b, v, c }) => {
      const loss = (w: tf.Tensor, b: tf.Tensor, v: tf.Tensor, c: tf.Tensor): tf.Tensor2D => {
        const hidden = gelu(linear(matrix(x), matrix(w), vector(b)));
        return tf.add(matrix(x), linear(hidden, matrix(v), vector(c)));
      };
      const gradients = tf.grads((...p: tf.Tensor[]) => {
        const [w, b, v, c] = p;
        return loss(matrix(w), vector(b), matrix(v), vector(c));
      })([matrix(w), vector(b), matrix(v), vector(c)]);
      return { outputs: [joined(gradients, [0, 512, 576, 1088], 1096)] };
    });
    expect(labelsOf(plan)).not.toContain('copy');
  });
});

describe('memory', () => {
  it('is shared by values whose lifetimes do not meet', async () => {
    const inputs = { x: given(64, 64), w: given(64, 64) };
    const plan = await expectAlike(inputs, ({ x, w }) => {
      let y = matrix(x);
      for (let i = 0; i < 8; i++) y = matMulNN(y, matrix(w));
      return { outputs: [y] };
    });
    const matrixBytes = 4 * 64 * 64;
    // Two take turns; the output has memory of its own.
    expect(plan.memory).toMatchObject({ plannedBytes: 2 * matrixBytes, uncolouredBytes: 7 * matrixBytes, buffers: 2 });
  });

  it('holds results made in place', async () => {
    const inputs = { sum: given(6, 4), x: given(6, 4) };
    const plan = await expectAlike(inputs, ({ sum, x }) => ({
      outputs: [],
      assign: { sum: addTo(addTo(matrix(sum), matrix(x)), matrix(x)) },
    }));
    expect(plan.memory.plannedBytes).toBe(0);
    expect(plan.dispatches.length).toBe(2);
  });

  it('keeps what a result in place would overwrite while it is needed', async () => {
    const inputs = { sum: given(6, 4), x: given(6, 4) };
    const plan = await expectAlike(inputs, ({ sum, x }) => {
      const product = tf.add(matrix(sum), matrix(x));
      const changed = addTo(product, matrix(x));
      return { outputs: [tf.add(changed, product)] };
    });
    expect(labelsOf(plan)).toContain('copy');
  });
});

describe('refusals', () => {
  it('names an operation that has no plan form', () => {
    expect(() => trace((scope) => scope.output('y', tf.tanh(scope.input('x', [2]))))).toThrow(/Tanh/);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBeGreaterThanOrEqual(0);
  });

  it('does not mix with tensors from outside', () => {
    const outside = tf.tensor1d([1, 2]);
    expect(() => trace((scope) => scope.output('y', tf.add(scope.input('x', [2]), outside)))).toThrow(/input/);
    outside.dispose();
  });
});
