// Orthogonalising by products: against plain loops in double precision on every backend and as a plan, wide, tall and
// square; what it does to singular values, and to zeros.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand, tensorOf } from '../testing/deviation.ts';
import { float64Orthogonalised } from '../testing/float64Muon.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { orthogonalised } from './newtonSchulz.ts';

const SHAPES = [
  [4, 12],
  [12, 4],
  [7, 7],
  [1, 5],
  [20, 33],
] as const;
/** Small singular values are enlarged 485 times, and with them their rounding. */
const TOLERANCE = 1e-4;

const matrixOf = ([rows, columns]: readonly [number, number], deviation = 1) =>
  randomOperand(new Random(61, rows, columns), [rows, columns], deviation);

describe.each(TEST_BACKENDS)('orthogonalised on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SHAPES)('is right for %i × %i, at any scale, and leaves no tensor behind', async (rows, columns) => {
    for (const deviation of [1, 1e-4, 1e4]) {
      const x = matrixOf([rows, columns], deviation);
      const given = tensorOf(x) as tf.Tensor2D;
      const before = tf.memory().numTensors;
      const y = orthogonalised(given);
      expect(y.shape).toEqual([rows, columns]);
      expect(largestDeviation(await y.data(), float64Orthogonalised(x.values, columns))).toBeLessThan(TOLERANCE);
      y.dispose();
      expect(tf.memory().numTensors).toBe(before);
      given.dispose();
    }
  });
});

describe('singular values', () => {
  beforeAll(() => useBackend('cpu'));

  it('end between 0.7 and 1.2, those of a diagonal matrix where the polynomial takes them', async () => {
    const sizes = [1, 0.7, 0.3, 0.1, 0.05, 0];
    const norm = Math.hypot(...sizes);
    const y = orthogonalised(tf.diag(tf.tensor1d(sizes)) as tf.Tensor2D);
    const expected = sizes.map((size) => {
      let s = size / norm;
      for (let i = 0; i < 5; i++) s = 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5;
      return s;
    });
    expected.slice(0, -1).forEach((s) => {
      expect(s).toBeGreaterThan(0.65);
      expect(s).toBeLessThan(1.25);
    });
    const values = await y.data();
    const diagonal = expected.map((_, i) => values[i * sizes.length + i] ?? Number.NaN);
    expect(largestDeviation(diagonal, expected)).toBeLessThan(TOLERANCE);
    const others = Array.from(values).filter((_, i) => i % (sizes.length + 1) !== 0);
    expect(others.every((value) => value === 0)).toBe(true);
    y.dispose();
  });

  it('of zeros stay zero', async () => {
    const y = orthogonalised(tf.zeros([3, 5]));
    expect([...(await y.data())]).toEqual(new Array(15).fill(0));
    y.dispose();
  });
});

describe('orthogonalised as a plan', () => {
  let device: GPUDevice;
  let info: GPUAdapterInfo;
  beforeAll(async () => {
    await useBackend('cpu');
    const { device: opened, adapter } = await openDawnDevice();
    device = opened;
    info = adapter.info;
  });
  afterAll(() => device.destroy());

  it.each(SHAPES)(
    'is right for %i × %i, to the same bits every time, three dispatches a turn',
    async (rows, columns) => {
      const x = matrixOf([rows, columns]);
      const run = () =>
        runPlanned(testContext(device, info), { x }, ({ x }) => ({ outputs: [orthogonalised(x as tf.Tensor2D)] }));
      const { outputs, plan } = await run();
      const labels = plan.dispatches.map(({ label }) => label).filter((label) => label !== 'globalNorm sum');
      const [gram, product] = rows <= columns ? ['NT', 'NN'] : ['TN', 'NN'];
      const turn = [`matMul ${gram}`, 'matMul NN + combined', `matMul ${product} + combined`];
      expect(labels).toEqual(['globalNorm', 'normalised', ...Array.from({ length: 5 }, () => turn).flat()]);
      expect(largestDeviation(outputs[0] ?? [], float64Orthogonalised(x.values, columns))).toBeLessThan(TOLERANCE);
      expect((await run()).outputs).toEqual(outputs);
    },
  );
});
