// Attention over whole sequences, from a cache, and its weights, run eagerly, against plain loops in double precision.
// What runs as plans is `attention.plan.test.ts`.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { dropoutMask } from '../dropout/dropoutMask.ts';
import { largestDeviation, opDeviation, randomOperand, tensorOf, worstOf, type Operand } from '../testing/deviation.ts';
import { attention } from './attention.ts';
import { attentionLoops } from './attentionLoops.ts';
import { attentionWeights } from './attentionWeights.ts';
import { cachedAttention } from './cachedAttention.ts';
import type { HeadShape } from './heads.ts';

const SHAPES: HeadShape[] = [
  { batch: 1, length: 1, nHead: 1, headSize: 1 },
  { batch: 2, length: 1, nHead: 2, headSize: 3 },
  { batch: 1, length: 5, nHead: 3, headSize: 2 },
  { batch: 2, length: 7, nHead: 2, headSize: 5 },
];

const qkvOf = ({ batch, length, nHead, headSize }: HeadShape, random: Random): Operand =>
  randomOperand(random, [batch * length, 3 * nHead * headSize]);

const loops =
  (shape: HeadShape, factors?: ArrayLike<number>) =>
  (qkv: Float64Array): Float64Array =>
    attentionLoops(shape, qkv, undefined, factors).out;

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SHAPES)('attention is right for $batch × $length, $nHead heads of $headSize', async (shape) => {
    const random = new Random(15, shape.length);
    const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, shape);
    const deviation = await opDeviation(op, loops(shape), [qkvOf(shape, random)], random);
    expect(worstOf(deviation)).toBeLessThan(5e-6);
  });

  it.each(SHAPES.slice(1))('attention drops weights by the mask for $batch × $length', async (shape) => {
    const random = new Random(16, shape.length);
    const site = { rate: 0.4, site: 3 };
    const dropped = dropoutMask([shape.batch, shape.nHead, shape.length, shape.length], site, 99);
    const factors = (await dropped.data()).slice();
    expect(factors.some((factor) => factor === 0)).toBe(true);
    const key = tf.tensor1d([99], 'int32');
    const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, shape, { ...site, key });
    const deviation = await opDeviation(op, loops(shape, factors), [qkvOf(shape, random)], random);
    expect(worstOf(deviation)).toBeLessThan(5e-6);
    tf.dispose([dropped, key]);
  });

  it('attention does not look ahead even where later tokens score highest', async () => {
    const shape: HeadShape = { batch: 1, length: 3, nHead: 1, headSize: 1 };
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

  it.each([[[7]], [[1, 1, 1, 1, 1, 1, 1]], [[2, 1, 4]], [[3, 4]]])(
    'cachedAttention in pieces of %j is right',
    async (pieces) => {
      const shape: HeadShape = { batch: 2, length: 7, nHead: 2, headSize: 3 };
      const contextLength = 9;
      const width = shape.nHead * shape.headSize;
      const operand = qkvOf(shape, new Random(17));
      const expected = loops(shape)(operand.values);
      const actual = new Float64Array(expected.length);
      const before = tf.memory().numTensors;
      let cache: tf.Tensor2D = tf.zeros([shape.batch * contextLength, 2 * width]);
      let start = 0;
      for (const length of pieces) {
        const next = tf.tidy(() => {
          const whole = tf.reshape(tensorOf(operand), [shape.batch, shape.length, 3 * width]);
          const piece = tf.slice(whole, [0, start, 0], [shape.batch, length, 3 * width]);
          const qkv: tf.Tensor2D = tf.reshape(piece, [shape.batch * length, 3 * width]);
          return cachedAttention(qkv, cache, tf.tensor1d([start], 'int32'), { ...shape, length });
        });
        cache.dispose();
        ({ cache } = next);
        const values = await next.output.data();
        next.output.dispose();
        values.forEach((value, i) => {
          const row = Math.floor(i / width);
          const sequence = Math.floor(row / length);
          actual[(sequence * shape.length + start + (row % length)) * width + (i % width)] = value;
        });
        start += length;
      }
      cache.dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect(largestDeviation(actual, expected)).toBeLessThan(5e-6);
    },
  );
});
