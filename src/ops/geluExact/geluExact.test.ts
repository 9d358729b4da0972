// Exact GELU against x·Φ(x), with Φ from its series in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { geluExact } from './geluExact.ts';

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** Φ from the series φ(x)·(x + x³/3 + x⁵/15 + …), all of whose terms have one sign. */
function distribution(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  let [term, sum] = [x, x];
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

describe.each(TEST_BACKENDS)('geluExact on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    [1, 1],
    [3, 7],
    [5, 13],
  ])('is right for %i × %i, forward and backward', async (rows, columns) => {
    const random = new Random(61, rows, columns);
    const operand = randomOperand(random, [rows, columns], 2);
    const loops = (x: Float64Array): Float64Array => x.map((v) => v * distribution(v));
    expect(worstOf(await opDeviation(geluExact, loops, [operand], random))).toBeLessThan(3e-6);
  });

  it('is nowhere off by 10⁻⁶, nor is its slope', async () => {
    const places = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 250);
    const { value, grad } = tf.tidy(() => {
      const x = tf.tensor2d(places, [1, places.length]);
      return { value: geluExact(x), grad: tf.grad((given) => geluExact(given as tf.Tensor2D))(x) };
    });
    const [values, slopes] = [await value.data(), await grad.data()];
    tf.dispose([value, grad]);
    const off = (numbers: ArrayLike<number>, exact: (x: number) => number): number =>
      Math.max(...Array.from(places, (x, i) => Math.abs((numbers[i] ?? Number.NaN) - exact(x))));
    expect(off(values, (x) => x * distribution(x))).toBeLessThan(1e-6);
    expect(off(slopes, (x) => distribution(x) + x * density(x))).toBeLessThan(1e-6);
  });

  it('is the identity far to the right and zero far to the left, as is its slope', async () => {
    const far = [0, 14, -14, 100, -100, 1e4, -1e4];
    const { value, grad } = tf.tidy(() => {
      const x = tf.tensor2d([far]);
      return { value: geluExact(x), grad: tf.grad((given) => geluExact(given as tf.Tensor2D))(x) };
    });
    const [values, slopes] = [await value.data(), await grad.data()];
    tf.dispose([value, grad]);
    far.forEach((x, i) => {
      expect(values[i]).toBeCloseTo(Math.max(0, x), 6);
      expect(slopes[i]).toBeCloseTo(x === 0 ? 0.5 : x > 0 ? 1 : 0, 6);
    });
  });
});
