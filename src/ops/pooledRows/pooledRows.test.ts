// One row for each sequence against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { pooledRows } from './pooledRows.ts';

const MODES = ['last', 'mean'] as const;
const SIZES = [
  { batch: 1, length: 1, visible: 1, width: 1, size: 1 },
  { batch: 1, length: 5, visible: 5, width: 3, size: 1 },
  { batch: 3, length: 4, visible: 2, width: 8, size: 1e4 },
  { batch: 2, length: 7, visible: 1, width: 5, size: 1 },
];

describe.each(TEST_BACKENDS)('pooledRows on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SIZES)('is right for $visible of $length tokens, $batch times, forward and backward', async (given) => {
    const { batch, length, visible, width, size } = given;
    const seen = tf.tensor1d([visible], 'int32');
    for (const mode of MODES) {
      const loops = (x: Float64Array): Float64Array =>
        Float64Array.from({ length: batch * width }, (_, i) => {
          const at = (token: number): number => x[(Math.floor(i / width) * length + token) * width + (i % width)] ?? 0;
          if (mode === 'last') return at(visible - 1);
          let sum = 0;
          for (let token = 0; token < visible; token++) sum += at(token);
          return sum / visible;
        });
      const random = new Random(81, batch, length);
      const op = (x: tf.Tensor2D): tf.Tensor2D => pooledRows(x, mode, length, seen);
      const deviation = await opDeviation(op, loops, [randomOperand(random, [batch * length, width], size)], random);
      // Differences of values of 10⁴ cost the reference's slopes some digits.
      expect(worstOf(deviation), mode).toBeLessThan(size === 1 ? 2e-6 : 1e-5);
    }
    seen.dispose();
  });

  it('refuses what it cannot see', () => {
    const pooled = (rows: number, length: number, visible: number) =>
      tf.tidy(() => pooledRows(tf.zeros([rows, 2]), 'last', length, tf.tensor1d([visible], 'int32')));
    expect(() => pooled(7, 3, 3)).toThrow('7 rows are not whole sequences of 3 tokens.');
    expect(() => pooled(6, 3, 4)).toThrow('Of sequences of 3 tokens 4 cannot be visible: 3 can.');
    expect(() => pooled(6, 3, 0)).toThrow('Of sequences of 3 tokens 0 cannot be visible: 1 can.');
  });
});
