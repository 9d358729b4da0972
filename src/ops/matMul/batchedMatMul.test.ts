// Products of many small matrices, in all layouts, against loops in double precision.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { batchedMatMul } from './batchedMatMul.ts';

const valueAt = (seed: number, i: number): number => Math.fround(Math.sin(seed + 12.9898 * i));

/** [B·G, M, N] by loops; `at` reads an operand's element of matrix i. */
function expected(
  [count, m, n, k]: readonly [number, number, number, number],
  a: (i: number, row: number, depth: number) => number,
  b: (i: number, depth: number, column: number) => number,
): number[] {
  const sums: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let depth = 0; depth < k; depth++) sum += a(i, row, depth) * b(i, depth, column);
        sums.push(sum);
      }
    }
  }
  return sums;
}

describe.each(['cpu', 'wasm'] as const)('batchedMatMul on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    // Small enough for the loop of TensorFlow.js, and too large for it.
    [2, 3, 5, 7, 4],
    [3, 2, 40, 24, 33],
    [1, 1, 64, 64, 16],
  ])('multiplies %i × %i matrices [%i, %i] summed over %i in all layouts', async (batch, groups, m, n, k) => {
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const count = batch * groups;
      const a = Float32Array.from({ length: count * m * k }, (_, i) => valueAt(1, i));
      const b = Float32Array.from({ length: count * k * n }, (_, i) => valueAt(2, i));
      const product = tf.tidy(() =>
        batchedMatMul(
          tf.tensor4d(a, transposeA ? [batch, groups, k, m] : [batch, groups, m, k]),
          tf.tensor4d(b, transposeB ? [batch, groups, n, k] : [batch, groups, k, n]),
          transposeA,
          transposeB,
        ),
      );
      expect(product.shape).toEqual([batch, groups, m, n]);
      const values = await product.data();
      product.dispose();
      const wanted = expected(
        [count, m, n, k],
        (i, row, depth) => a[i * m * k + (transposeA ? depth * m + row : row * k + depth)]!,
        (i, depth, column) => b[i * k * n + (transposeB ? column * k + depth : depth * n + column)]!,
      );
      const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
      expect(worst).toBeLessThan(1e-5);
    }
  });
});

it('gives a batch of large matrices to no loop of the WASM backend, and leaves no tensor behind', async () => {
  await useBackend('wasm');
  const a = tf.ones<tf.Rank.R4>([2, 2, 64, 16]);
  const kernel = tf.getKernel('BatchMatMul', 'wasm');
  const called = vi.spyOn(kernel, 'kernelFunc');
  const before = tf.memory().numTensors;
  tf.tidy(() => batchedMatMul(a, a, false, true)).dispose();
  expect(tf.memory().numTensors).toBe(before);
  const ranks = called.mock.calls.map(([{ inputs }]) => inputs['a']?.shape.length);
  expect(ranks).toEqual([2, 2, 2, 2]);
  called.mockRestore();
  a.dispose();
});
