// The choice of a token on the device against the one in double precision: the same numbers must draw the same tokens.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import { Random } from '../../random/random.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { cutWeights, drawToken, type Cut } from './drawToken.ts';
import { tokenChoiceKernel } from './tokenChoice.ts';

let device: GPUDevice;
beforeAll(async () => {
  await useBackend('cpu');
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

const PLAIN: Cut = { temperature: 1, topK: 0, topP: 1, minP: 0 };

async function chosen(rows: readonly (readonly number[])[], cut: Cut, draws: readonly number[]): Promise<number[]> {
  const width = rows[0]?.length ?? 0;
  const { outputs } = await runKernelOnDevice(device, tokenChoiceKernel, [
    { shape: [rows.length, width], values: rows.flat() },
    { shape: [rows.length], values: draws },
    { shape: [4], values: [cut.temperature, cut.topK, cut.topP, cut.minP] },
  ]);
  const [ids = new Float32Array()] = outputs;
  return [...ids];
}

/** Whether another draw, a rounding error away, gives this token. */
const isNeighbour = (logits: readonly number[], cut: Cut, draw: number, id: number): boolean =>
  [-1e-5, 0, 1e-5].some((shift) => drawToken(logits, cut, Math.min(1 - 1e-9, Math.max(0, draw + shift))) === id);

describe('tokenChoice', () => {
  it.each([
    ['nothing cut', {}],
    ['a low temperature', { temperature: 0.3 }],
    ['greedy', { temperature: 0 }],
    ['top-k', { topK: 5 }],
    ['top-k 1', { topK: 1 }],
    ['top-k beyond the vocabulary', { topK: 100_000 }],
    ['top-p', { topP: 0.9 }],
    ['a tiny top-p', { topP: 1e-6 }],
    ['min-p', { minP: 0.2 }],
    ['all cuts', { temperature: 1.7, topK: 20, topP: 0.8, minP: 0.05 }],
  ] as const)('draws as in double precision: %s', async (_, change) => {
    const cut = { ...PLAIN, ...change };
    for (const size of [2, 7, 65, 1000]) {
      const random = new Random(71, size);
      const rows = Array.from({ length: 6 }, () =>
        Array.from({ length: size }, () => Math.fround(3 * random.normal())),
      );
      const draws = rows.map(() => Math.fround(random.uniform() * 0.9999));
      const ids = await chosen(rows, cut, draws);
      ids.forEach((id, row) => {
        const logits = rows[row] ?? [];
        expect(isNeighbour(logits, cut, draws[row] ?? 0, id), `row ${row} of ${size}: ${id}`).toBe(true);
      });
    }
  });

  it('keeps equal tokens by id, exactly as many as are asked for', async () => {
    const equal = new Array<number>(40).fill(0.5);
    const draws = Array.from({ length: 64 }, (_, i) => i / 64);
    const rows = draws.map(() => equal);
    for (const cut of [
      { ...PLAIN, topK: 3 },
      { ...PLAIN, topP: 0.25 },
      { ...PLAIN, topK: 20, topP: 0.5 },
    ]) {
      const kept = cutWeights(equal, cut).filter((weight) => weight > 0).length;
      const ids = await chosen(rows, cut, draws);
      expect(new Set(ids).size).toBe(kept);
      expect(Math.max(...ids)).toBe(kept - 1);
    }
    expect(new Set(await chosen(rows, { ...PLAIN, temperature: 0 }, draws))).toEqual(new Set([0]));
  });

  it('takes impossible, infinite and huge logits as they are', async () => {
    const rows = [
      [Number.NaN, 1, Number.NaN, 1],
      [Number.NEGATIVE_INFINITY, -5, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      [1e4, -1e4, 1e4, 0],
      [-1e30, -1e30, 1e30, -1e30],
    ];
    for (const temperature of [1, 0]) {
      const ids = await chosen(rows, { ...PLAIN, temperature }, [0.9, 0.5, 0.9, 0.5]);
      expect(ids).toEqual(temperature === 0 ? [1, 1, 0, 2] : [3, 1, 2, 2]);
    }
  });

  it('draws tokens as often as they are probable', async () => {
    const logits = [0, 1, 2, -1];
    const count = 4000;
    const random = new Random(72);
    const draws = Array.from({ length: count }, () => Math.fround(random.uniform() * 0.999999));
    const ids = await chosen(
      draws.map(() => logits),
      PLAIN,
      draws,
    );
    const weights = cutWeights(logits, PLAIN);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    logits.forEach((_, id) => {
      const share = ids.filter((drawn) => drawn === id).length / count;
      const expected = (weights[id] ?? 0) / total;
      expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / count));
    });
  });
});
