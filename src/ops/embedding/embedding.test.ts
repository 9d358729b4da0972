// Token and position embedding, and sums of rows by id, against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import { runKernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, opDeviation, randomOperand, tensorOf, worstOf } from '../testing/deviation.ts';
import { embedding, tokenGradientKernel } from './embedding.ts';

const TOLERANCE = 2e-6;

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { vocabSize: 1, width: 1, contextLength: 1, ids: [0], length: 1, position: 0 },
    { vocabSize: 5, width: 3, contextLength: 7, ids: [4], length: 1, position: 6 },
    { vocabSize: 5, width: 3, contextLength: 4, ids: [4, 1, 4, 0, 4, 1], length: 3, position: 0 },
    { vocabSize: 9, width: 5, contextLength: 6, ids: [8, 8, 8, 8, 0, 8], length: 2, position: 3 },
    { vocabSize: 17, width: 2, contextLength: 5, ids: [3, 16, 3, 5, 3], length: 5, position: 0 },
  ])('embedding of $ids in rows of $length from position $position is right, forward and backward', async (given) => {
    const { vocabSize, width, contextLength, ids, length, position } = given;
    const loops = (tokens: Float64Array, positions: Float64Array): Float64Array =>
      Float64Array.from({ length: ids.length * width }, (_, i) => {
        const row = Math.floor(i / width);
        const place = position + (row % length);
        return (tokens[(ids[row] ?? 0) * width + (i % width)] ?? 0) + (positions[place * width + (i % width)] ?? 0);
      });
    const random = new Random(10, vocabSize, width, position);
    const operands = [randomOperand(random, [vocabSize, width]), randomOperand(random, [contextLength, width])];
    const [index, first] = [tf.tensor1d(ids, 'int32'), tf.tensor1d([position], 'int32')];
    const op = (tokens: tf.Tensor2D, positions: tf.Tensor2D): tf.Tensor2D =>
      embedding(tokens, positions, index, first, length);
    expect(worstOf(await opDeviation(op, loops, operands, random))).toBeLessThan(TOLERANCE);
    tf.dispose([index, first]);
  });

  it.each([
    { vocabSize: 1, width: 1, ids: [0], length: 1 },
    { vocabSize: 5, width: 3, ids: [4, 1, 4, 0, 4, 1], length: 3 },
    { vocabSize: 9, width: 8, ids: [8, 8, 8, 8, 0, 8], length: 2 },
  ])('embedding of $ids without positions, and with fixed ones, learns tokens alone', async (given) => {
    const { vocabSize, width, ids, length } = given;
    const random = new Random(14, vocabSize, width);
    const tokens = randomOperand(random, [vocabSize, width], 1e4);
    const table = randomOperand(random, [length + 1, width]);
    const [index, first, positions] = [tf.tensor1d(ids, 'int32'), tf.tensor1d([1], 'int32'), tensorOf(table)];
    const loops =
      (isPlaced: boolean) =>
      (tokens: Float64Array): Float64Array =>
        Float64Array.from({ length: ids.length * width }, (_, i) => {
          const [row, column] = [Math.floor(i / width), i % width];
          const place = isPlaced ? (table.values[(1 + (row % length)) * width + column] ?? Number.NaN) : 0;
          return (tokens[(ids[row] ?? 0) * width + column] ?? 0) + place;
        });
    const alone = (tokens: tf.Tensor2D): tf.Tensor2D => embedding(tokens, undefined, index, first, length);
    const placed = (tokens: tf.Tensor2D): tf.Tensor2D =>
      embedding(tokens, positions as tf.Tensor2D, index, first, length, { positionsAreFixed: true });
    // Differences of values of 10⁴ cost the reference's slopes some digits.
    expect(worstOf(await opDeviation(alone, loops(false), [tokens], random))).toBeLessThan(1e-5);
    expect(worstOf(await opDeviation(placed, loops(true), [tokens], random))).toBeLessThan(1e-5);
    // A fixed table has no gradient on the tape.
    const both = (tokens: tf.Tensor, positions: tf.Tensor): tf.Tensor =>
      embedding(tokens as tf.Tensor2D, positions as tf.Tensor2D, index, first, length, { positionsAreFixed: true });
    expect(() => tf.tidy(() => tf.grads(both)([tensorOf(tokens), positions]))).toThrow(/gradient/);
    tf.dispose([index, first, positions]);
  });

  it.each([
    { name: 'a single row', vocabSize: 3, ids: [2] },
    { name: 'rows of one id', vocabSize: 4, ids: new Array<number>(29).fill(3) },
    { name: 'rows of ids all different', vocabSize: 8, ids: [7, 0, 3, 1] },
    { name: 'rows of repeated ids', vocabSize: 6, ids: Array.from({ length: 41 }, (_, i) => (i * i) % 5) },
  ])("the tokens' gradient adds $name, to the same bits every time", async ({ vocabSize, ids }) => {
    const width = 3;
    const rows = randomOperand(new Random(11, vocabSize), [ids.length, width]);
    const expected = new Float64Array(vocabSize * width);
    ids.forEach((id, row) => {
      for (let j = 0; j < width; j++) {
        expected[id * width + j] = (expected[id * width + j] ?? 0) + (rows.values[row * width + j] ?? 0);
      }
    });
    const results: Float32Array[] = [];
    for (let round = 0; round < 3; round++) {
      const sums = tf.tidy(
        () => runKernel(tokenGradientKernel(vocabSize), tensorOf(rows) as tf.Tensor2D, tf.tensor1d(ids, 'int32'))[0],
      );
      expect(sums.shape).toEqual([vocabSize, width]);
      results.push((await sums.data<'float32'>()).slice());
      sums.dispose();
    }
    expect(largestDeviation(results[0] ?? [], expected)).toBeLessThan(TOLERANCE);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});
