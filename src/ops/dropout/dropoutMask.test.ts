// Dropout masks: how many are dropped, that equal keys and sites repeat them, that others share nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../scripts/testBackend.ts';
import { dropoutMask } from './dropoutMask.ts';

async function maskOf(shape: number[], rate: number, key: number, site = 0): Promise<Float32Array> {
  const mask = dropoutMask(shape, { rate, site }, key);
  expect(mask.shape).toEqual(shape);
  const values = (await mask.data<'float32'>()).slice();
  mask.dispose();
  return values;
}

const shareWhere = (n: number, holds: (i: number) => boolean): number => {
  let count = 0;
  for (let i = 0; i < n; i++) if (holds(i)) count++;
  return count / n;
};

/** Four standard deviations of a share of n draws, of which one is made with probability p. */
const fourDeviations = (p: number, n: number): number => 4 * Math.sqrt((p * (1 - p)) / n);

describe('dropoutMask', () => {
  beforeAll(() => useBackend('cpu'));
  const SIZE = 40_000;

  it.each([0.1, 0.5, 0.9])('drops a share of %f and scales up what stays', async (rate) => {
    const mask = await maskOf([200, 200], rate, 77);
    const kept = Math.fround(1 / (1 - rate));
    expect(mask.every((value) => value === 0 || value === kept)).toBe(true);
    const share = shareWhere(SIZE, (i) => mask[i] === 0);
    expect(Math.abs(share - rate)).toBeLessThan(fourDeviations(rate, SIZE));
  });

  it('drops nothing at a rate of 0', async () => {
    expect((await maskOf([5, 3], 0, 1)).every((value) => value === 1)).toBe(true);
  });

  it('depends on the key and the place alone', async () => {
    const mask = await maskOf([50, 4], 0.3, -5);
    expect(await maskOf([50, 4], 0.3, -5)).toEqual(mask);
    expect(await maskOf([50, 4], 0.3, -5 + 2 ** 32)).toEqual(mask);
    expect(await maskOf([2, 3, 4], 0.3, -5)).toEqual(mask.slice(0, 24));
  });

  it('has independent masks for neighbouring keys and for all sites of a step', async () => {
    const rate = 0.4;
    const places = [
      [0, 0],
      [1, 0],
      [2, 0],
      [1, 1],
      [1, 2],
      [2, 1],
      [-1, 3],
    ] as const;
    const masks = await Promise.all(places.map(([key, site]) => maskOf([SIZE], rate, key, site)));
    masks.forEach((a, index) => {
      for (const b of masks.slice(index + 1)) {
        const both = shareWhere(SIZE, (i) => a[i] === 0 && b[i] === 0);
        expect(Math.abs(both - rate * rate)).toBeLessThan(fourDeviations(rate * rate, SIZE));
      }
    });
  });

  it('has no mask that is another one moved along', async () => {
    const rate = 0.4;
    // What these two are made from differs by the very step from one place to the next within a mask.
    const a = await maskOf([SIZE], rate, 1, 0);
    const b = await maskOf([SIZE], rate, 2, 0x9e3779b9 - 0x9e3779b1);
    const both = shareWhere(SIZE - 1, (i) => a[i + 1] === 0 && b[i] === 0);
    expect(Math.abs(both - rate * rate)).toBeLessThan(fourDeviations(rate * rate, SIZE));
  });

  it('has no pattern between neighbouring places', async () => {
    const rate = 0.4;
    const mask = await maskOf([SIZE], rate, 9);
    for (const distance of [1, 2, 64, 65]) {
      const both = shareWhere(SIZE - distance, (i) => mask[i] === 0 && mask[i + distance] === 0);
      expect(Math.abs(both - rate * rate)).toBeLessThan(fourDeviations(rate * rate, SIZE) * 1.5);
    }
  });
});
