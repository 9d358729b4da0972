// Attention over whole sequences and from a cache against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';

import { largestDeviation, opDeviation, randomOperand, tensorOf, worstOf, type Operand } from '../testing/deviation.ts';
import { attention, causalMask } from './attention.ts';
import { cachedAttention, type KeyValue } from './cachedAttention.ts';
import type { HeadShape } from './heads.ts';

/** Every token looks at itself and those before it: qkv [B·T, 3C] → [B·T, C]; `mask` [B, H, T, T]. */
const loops =
  ({ batch, length, nHead, headSize }: HeadShape, mask?: ArrayLike<number>) =>
  (qkv: Float64Array): Float64Array => {
    const c = nHead * headSize;
    const part = (which: number, b: number, t: number, h: number, d: number): number =>
      qkv[(b * length + t) * 3 * c + which * c + h * headSize + d] ?? Number.NaN;
    const output = new Float64Array(batch * length * c);
    for (let b = 0; b < batch; b++) {
      for (let h = 0; h < nHead; h++) {
        for (let t = 0; t < length; t++) {
          const weights = Array.from({ length: t + 1 }, (_, s) => {
            let score = 0;
            for (let d = 0; d < headSize; d++) score += part(0, b, t, h, d) * part(1, b, s, h, d);
            return Math.exp(score / Math.sqrt(headSize));
          });
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          for (let d = 0; d < headSize; d++) {
            let sum = 0;
            weights.forEach((weight, s) => {
              const kept = mask ? (mask[((b * nHead + h) * length + t) * length + s] ?? Number.NaN) : 1;
              sum += (weight / total) * kept * part(2, b, s, h, d);
            });
            output[(b * length + t) * c + h * headSize + d] = sum;
          }
        }
      }
    }
    return output;
  };

const SHAPES: HeadShape[] = [
  { batch: 1, length: 1, nHead: 1, headSize: 1 },
  { batch: 2, length: 1, nHead: 2, headSize: 3 },
  { batch: 1, length: 5, nHead: 3, headSize: 2 },
  { batch: 2, length: 7, nHead: 2, headSize: 5 },
];

const qkvOf = ({ batch, length, nHead, headSize }: HeadShape, random: Random): Operand =>
  randomOperand(random, [batch * length, 3 * nHead * headSize]);

describe('causalMask', () => {
  beforeAll(() => useBackend('cpu'));

  it.each([
    { length: 1, past: 0 },
    { length: 4, past: 0 },
    { length: 1, past: 3 },
    { length: 3, past: 2 },
  ])('lets $length tokens after $past look back and at themselves only', ({ length, past }) => {
    const mask = causalMask(length, past);
    expect(mask.arraySync()).toEqual(
      Array.from({ length }, (_, t) => Array.from({ length: past + length }, (_, s) => (s <= past + t ? 0 : -30000))),
    );
    mask.dispose();
  });
});

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SHAPES)('attention is right for $batch × $length, $nHead heads of $headSize', async (shape) => {
    const random = new Random(15, shape.length);
    const mask = causalMask(shape.length);
    const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, mask, shape);
    const deviation = await opDeviation(op, loops(shape), [qkvOf(shape, random)], random);
    expect(worstOf(deviation)).toBeLessThan(5e-6);
    mask.dispose();
  });

  it.each(SHAPES.slice(1))('attention drops weights by the mask for $batch × $length', async (shape) => {
    const random = new Random(16, shape.length);
    const dropped = dropoutMask([shape.batch, shape.nHead, shape.length, shape.length], 0.4, 99);
    const factors = (await dropped.data()).slice();
    expect(factors.some((factor) => factor === 0)).toBe(true);
    const mask = causalMask(shape.length);
    const op = (qkv: tf.Tensor2D): tf.Tensor2D => attention(qkv, mask, shape, { rate: 0.4, key: 99 });
    const deviation = await opDeviation(op, loops(shape, factors), [qkvOf(shape, random)], random);
    expect(worstOf(deviation)).toBeLessThan(5e-6);
    tf.dispose([mask, dropped]);
  });

  it('attention does not look ahead even where later tokens score highest', async () => {
    const shape: HeadShape = { batch: 1, length: 3, nHead: 1, headSize: 1 };
    // Scores grow with the key's position to 300 · 20; values are 1, 2 and 4.
    const mask = causalMask(3);
    const output = tf.tidy(() =>
      attention(
        tf.tensor2d([
          [300, -20, 1],
          [300, 0, 2],
          [300, 20, 4],
        ]),
        mask,
        shape,
      ),
    );
    expect([...(await output.data())]).toEqual([1, 2, 4]);
    tf.dispose([mask, output]);
  });

  it.each([[[7]], [[1, 1, 1, 1, 1, 1, 1]], [[2, 1, 4]], [[3, 4]]])(
    'cachedAttention in pieces of %j is right',
    async (pieces) => {
      const shape: HeadShape = { batch: 2, length: 7, nHead: 2, headSize: 3 };
      const width = shape.nHead * shape.headSize;
      const operand = qkvOf(shape, new Random(17));
      const expected = loops(shape)(operand.values);
      const actual = new Float64Array(expected.length);
      let past: KeyValue | undefined;
      let start = 0;
      const before = tf.memory().numTensors;
      for (const length of pieces) {
        const { output, present } = tf.tidy(() => {
          const whole = tf.reshape(tensorOf(operand), [shape.batch, shape.length, 3 * width]);
          const piece = tf.slice(whole, [0, start, 0], [shape.batch, length, 3 * width]);
          return cachedAttention(tf.reshape(piece, [shape.batch * length, 3 * width]), past, { ...shape, length });
        });
        if (past) tf.dispose([past.key, past.value]);
        past = present;
        expect(present.key.shape).toEqual([shape.batch, shape.nHead, start + length, shape.headSize]);
        const values = await output.data();
        output.dispose();
        values.forEach((value, i) => {
          const row = Math.floor(i / width);
          const sequence = Math.floor(row / length);
          actual[(sequence * shape.length + start + (row % length)) * width + (i % width)] = value;
        });
        start += length;
      }
      if (past) tf.dispose([past.key, past.value]);
      expect(tf.memory().numTensors).toBe(before);
      expect(largestDeviation(actual, expected)).toBeLessThan(5e-6);
    },
  );
});
