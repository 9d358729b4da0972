// Cross-entropy against plain loops in double precision, on every backend, extreme logits included.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf, type Operand } from '../testing/deviation.ts';
import { crossEntropy } from './crossEntropy.ts';

/** −log softmax of the target, averaged over rows. */
const loops =
  (targets: readonly number[]) =>
  (logits: Float64Array): Float64Array => {
    const vocabSize = logits.length / targets.length;
    let sum = 0;
    targets.forEach((target, row) => {
      const scores = [...logits.subarray(row * vocabSize, (row + 1) * vocabSize)];
      const highest = Math.max(...scores);
      const total = scores.reduce((all, score) => all + Math.exp(score - highest), 0);
      sum += highest + Math.log(total) - (scores[target] ?? Number.NaN);
    });
    return Float64Array.of(sum / targets.length);
  };

async function worst(logits: Operand, targets: readonly number[], random: Random): Promise<number> {
  // Made outside the tape, as the model does: the gradient reads it again.
  const ids = tf.tensor1d([...targets], 'int32');
  const op = (given: tf.Tensor2D): tf.Scalar => crossEntropy(given, ids);
  const deviation = await opDeviation(op, loops(targets), [logits], random);
  ids.dispose();
  return worstOf(deviation);
}

describe.each(TEST_BACKENDS)('crossEntropy on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { rows: 1, vocabSize: 2 },
    { rows: 1, vocabSize: 5 },
    { rows: 3, vocabSize: 2 },
    { rows: 7, vocabSize: 13 },
  ])('is right for $rows rows of $vocabSize, forward and backward', async ({ rows, vocabSize }) => {
    const random = new Random(7, rows, vocabSize);
    const logits = randomOperand(random, [rows, vocabSize], 3);
    const targets = Array.from({ length: rows }, () => random.integer(vocabSize));
    expect(await worst(logits, targets, random)).toBeLessThan(5e-6);
  });

  it('is right for logits of ±10,000, sure and right or sure and wrong', async () => {
    const rows = [
      [1e4, -1e4, 0],
      [1e4, -1e4, 0],
      [-1e4, -1e4, -1e4],
      [1e4, 1e4, -1e4],
    ];
    const logits: Operand = { shape: [4, 3], values: Float64Array.from(rows.flat()) };
    expect(await worst(logits, [0, 1, 2, 1], new Random(8))).toBeLessThan(5e-6);
    // Alone, so that the small losses are not hidden by the one of 20,000.
    for (const [row, target] of [
      [0, 0],
      [2, 2],
      [3, 1],
    ] as const) {
      const alone: Operand = { shape: [1, 3], values: Float64Array.from(rows[row] ?? []) };
      expect(await worst(alone, [target], new Random(9)), `row ${row}`).toBeLessThan(5e-6);
    }
  });
});
