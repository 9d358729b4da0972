// Attention over whole sequences and its weights, run eagerly, against plain loops in double precision. What runs as
// plans is `attention.plan.test.ts`; from a cache, `cachedAttention.test.ts`.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { dropoutMask } from '../dropout/dropoutMask.ts';
import { largestDeviation, opDeviation, randomOperand, tensorOf, worstOf, type Operand } from '../testing/deviation.ts';
import { attention, attentionGradientKernel, attentionKernel } from './attention.ts';
import { combinations, shapeOf } from './attentionCases.ts';
import { attentionLoops } from './attentionLoops.ts';
import { attentionWeights, attentionWeightsKernel } from './attentionWeights.ts';
import { qkvWidth, type HeadShape } from './heads.ts';

const SHAPES: HeadShape[] = [shapeOf(1, 1, 1, 1), shapeOf(2, 2, 1, 3), shapeOf(1, 3, 5, 2), shapeOf(2, 2, 7, 5)];

const COMBINATIONS = combinations(4, 3);

const qkvOf = (shape: HeadShape, random: Random): Operand =>
  randomOperand(random, [shape.batch * shape.length, qkvWidth(shape)]);

const loops =
  (shape: HeadShape, factors?: ArrayLike<number>) =>
  (qkv: Float64Array): Float64Array =>
    attentionLoops(shape, qkv, { factors }).out;

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SHAPES)('attention is right for $batch × $length, $nHead heads of $headSize', async (shape) => {
    const random = new Random(15, shape.length);
    const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, shape);
    const deviation = await opDeviation(op, loops(shape), [qkvOf(shape, random)], random);
    expect(worstOf(deviation)).toBeLessThan(5e-6);
  });

  it.each([...SHAPES.slice(1), shapeOf(2, 4, 6, 3, { nKeyValueHead: 2, causal: false, band: 3, alibi: true })])(
    'attention drops weights by the mask for $batch × $length',
    async (shape) => {
      const random = new Random(16, shape.length);
      const site = { rate: 0.4, site: 3 };
      const dropped = dropoutMask([shape.batch, shape.nHead, shape.length, shape.length], site, 99);
      const factors = (await dropped.data()).slice();
      expect(factors.some((factor) => factor === 0)).toBe(true);
      const key = tf.tensor1d([99], 'int32');
      const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, shape, { dropout: { ...site, key } });
      const deviation = await opDeviation(op, loops(shape, factors), [qkvOf(shape, random)], random);
      expect(worstOf(deviation)).toBeLessThan(5e-6);
      tf.dispose([dropped, key]);
    },
  );

  it('attention does not look ahead even where later tokens score highest', async () => {
    const shape = shapeOf(1, 1, 3, 1);
    // Scores grow with the key's position to 300 · 20; values are 1, 2 and 4.
    const output = tf.tidy(() =>
      attention(
        tf.tensor2d([
          [300, -20, 1],
          [300, 0, 2],
          [300, 20, 4],
        ]),
        shape,
      ),
    );
    expect([...(await output.data())]).toEqual([1, 2, 4]);
    output.dispose();
  });

  it.each(SHAPES)('attentionWeights are right for $batch × $length, $nHead heads of $headSize', async (shape) => {
    const operand = qkvOf(shape, new Random(18, shape.length));
    const weights = tf.tidy(() => attentionWeights(tensorOf(operand) as tf.Tensor2D, shape));
    expect(weights.shape).toEqual([shape.batch * shape.nHead * shape.length, shape.length]);
    expect(largestDeviation(await weights.data(), attentionLoops(shape, operand.values).weights)).toBeLessThan(5e-6);
    weights.dispose();
  });

  describe.each(COMBINATIONS)('with $name', ({ switches }) => {
    it.each([
      { length: 1, headSize: 3 },
      { length: 5, headSize: 4 },
      { length: 7, headSize: 3 },
    ])('attention is right for $length tokens, heads of $headSize', async ({ length, headSize }) => {
      const shape = shapeOf(2, 4, length, headSize, switches);
      const random = new Random(19, length);
      const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, shape);
      const deviation = await opDeviation(op, loops(shape), [qkvOf(shape, random)], random);
      expect(worstOf(deviation)).toBeLessThan(1e-5);
    });

    it('attention to the first keys alone is right, also for tokens that see none', async () => {
      const shape = shapeOf(2, 4, 9, 3, switches);
      const operand = qkvOf(shape, new Random(20));
      for (const visible of [1, 4, 12]) {
        const expected = attentionLoops(shape, operand.values, { visible });
        const [out, weights] = tf.tidy(() => {
          const [qkv, count] = [tensorOf(operand) as tf.Tensor2D, tf.tensor1d([visible], 'int32')];
          return [attention(qkv, shape, { visible: count }), attentionWeights(qkv, shape, count)];
        });
        expect(largestDeviation(await out.data(), expected.out)).toBeLessThan(1e-5);
        expect(largestDeviation(await weights.data(), expected.weights)).toBeLessThan(1e-5);
        tf.dispose([out, weights]);
      }
    });

    it('attentionWeights are right', async () => {
      const shape = shapeOf(2, 4, 7, 5, switches);
      const operand = qkvOf(shape, new Random(18));
      const weights = tf.tidy(() => attentionWeights(tensorOf(operand) as tf.Tensor2D, shape));
      const values = await weights.data<'float32'>();
      expect(largestDeviation(values, attentionLoops(shape, operand.values).weights)).toBeLessThan(1e-5);
      for (let row = 0; row < values.length / 7; row++) {
        expect(values.slice(7 * row, 7 * row + 7).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      }
      weights.dispose();
    });
  });

  it.each([1, 2, 7, 8, 100])('a band of %i tokens of 7 is right', async (band) => {
    for (const causal of [true, false]) {
      const shape = shapeOf(1, 2, 7, 3, { band, causal });
      const random = new Random(21, band);
      const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, shape);
      const deviation = await opDeviation(op, loops(shape), [qkvOf(shape, random)], random);
      expect(worstOf(deviation)).toBeLessThan(5e-6);
    }
  });

  it('attention stays right for scores of some 10,000', async () => {
    for (const { switches } of COMBINATIONS) {
      const shape = shapeOf(1, 4, 9, 4, switches);
      const operand = randomOperand(new Random(22), [9, qkvWidth(shape)], 80);
      const expected = attentionLoops(shape, operand.values);
      expect(Math.max(...expected.logSumExp.map(Math.abs))).toBeGreaterThan(1e4);
      const out = tf.tidy(() => attention(tensorOf(operand) as tf.Tensor2D, shape));
      expect(largestDeviation(await out.data(), expected.out)).toBeLessThan(2e-3);
      out.dispose();
    }
  });

  it('refuses to hide keys where weights are dropped or gradients are asked for', () => {
    const shape = shapeOf(1, 1, 3, 2);
    tf.tidy(() => {
      const [qkv, visible] = [tf.zeros<tf.Rank.R2>([3, 6]), tf.tensor1d([2], 'int32')];
      const dropout = { rate: 0.5, site: 1, key: tf.tensor1d([7], 'int32') };
      expect(() => attention(qkv, shape, { visible, dropout })).toThrow('drops no weights');
      expect(() => tf.grad((x) => attention(x as tf.Tensor2D, shape, { visible }))(qkv)).toThrow('has no gradient');
    });
  });
});

describe('shapes', () => {
  it.each([
    [6, 4, '3 would do'],
    [4, 0, '1 would do'],
    [8, 100, '8 would do'],
  ])('of %i heads refuse %i key heads: %s', (nHead, nKeyValueHead, advice) => {
    const shape = shapeOf(1, nHead, 2, 2, { nKeyValueHead });
    for (const kernel of [
      () => attentionKernel(shape, undefined),
      () => attentionGradientKernel(shape, undefined),
      () => attentionWeightsKernel(shape),
    ]) {
      expect(kernel).toThrow(RangeError);
      expect(kernel).toThrow(advice);
    }
  });

  it.each([
    [-3, '0 (no limit) would do'],
    [2.6, '3 would do'],
    [Number.NaN, '0 (no limit) would do'],
  ])('refuse a band of %f: %s', (band, advice) => {
    expect(() => attentionKernel(shapeOf(1, 2, 4, 2, { band }), undefined)).toThrow(advice);
  });

  it('that cost different things are told apart', () => {
    const details = [...COMBINATIONS, ...combinations(4, 5)].map(
      ({ switches }) => attentionKernel(shapeOf(2, 4, 16, 8, switches), undefined).detail,
    );
    // Seven combinations have no band and are listed twice.
    expect(new Set(details).size).toBe(17);
    const cut = attentionKernel(shapeOf(2, 4, 16, 8), undefined, true).detail;
    expect(details).not.toContain(cut);
  });

  it.each([1, 2, 5, 16, 17, 40])('with a band of %i are counted for what is seen', (band) => {
    const qkv = { dtype: 'float32', shape: [32, 96] } as const;
    for (const { switches } of combinations(4, band)) {
      const shape = shapeOf(2, 4, 16, 8, switches);
      const operand = qkvOf(shape, new Random(23));
      const seen = attentionLoops(shape, operand.values).weights.filter((weight) => weight > 0).length;
      expect(attentionKernel(shape, undefined).flops?.(qkv)).toBe(2 * 2 * 8 * seen);
      expect(attentionGradientKernel(shape, undefined).flops?.(qkv, qkv, qkv, qkv)).toBe(5 * 2 * 8 * seen);
    }
  });
});
