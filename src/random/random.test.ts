// The generator: equal seeds, restored states, ranges and rough evenness.
import { describe, expect, it } from 'vitest';
import { mix32, Random } from './random.ts';

const draw = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.uint32());

describe('Random', () => {
  it('gives equal sequences for equal seeds and others for other seeds, orders and lengths', () => {
    const reference = draw(new Random(1, 2), 20);
    expect(draw(new Random(1, 2), 20)).toEqual(reference);
    for (const other of [new Random(2, 1), new Random(1), new Random(1, 2, 0), new Random(1, 3), new Random()]) {
      const sequence = draw(other, 20);
      expect(sequence.filter((value, i) => value === reference[i]).length).toBeLessThan(2);
    }
  });

  it('takes seeds modulo 2^32', () => {
    expect(draw(new Random(-1), 5)).toEqual(draw(new Random(2 ** 32 - 1), 5));
  });

  it('goes on exactly from a state that went through JSON', () => {
    const random = new Random(7);
    draw(random, 100);
    const state = JSON.parse(JSON.stringify(random.state()));
    const expected = draw(random, 50);
    expect(draw(Random.restore(state), 50)).toEqual(expected);
  });

  it('draws uint32 in range with every bit set about half of the time', () => {
    const values = draw(new Random(3), 20_000);
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true);
    for (let bit = 0; bit < 32; bit++) {
      const share = values.filter((value) => (value >>> bit) & 1).length / values.length;
      expect(Math.abs(share - 0.5)).toBeLessThan(0.02);
    }
  });

  it('draws uniform numbers in [0, 1) that fill ten bins evenly', () => {
    const random = new Random(4);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 50_000; i++) {
      const value = random.uniform();
      expect(value >= 0 && value < 1).toBe(true);
      const bin = Math.floor(value * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    // Chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand.
    expect(bins.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)).toBeLessThan(27.9);
  });

  it('draws integers that reach both ends and no further', () => {
    const random = new Random(5);
    expect(new Set(Array.from({ length: 500 }, () => random.integer(6)))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  it('draws normal numbers of mean 0, variance 1 and finite tails', () => {
    const random = new Random(6);
    const values = Array.from({ length: 40_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    const withinOne = values.filter((value) => Math.abs(value) < 1).length / values.length;
    expect(Math.abs(withinOne - 0.6827)).toBeLessThan(0.01);
  });

  it('picks every element, and nothing from an empty list', () => {
    const random = new Random(8);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
    expect(() => random.pick([])).toThrow(RangeError);
  });

  it('shuffles in place to every order about equally often', () => {
    const random = new Random(9);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const list = [1, 2, 3];
      expect(random.shuffle(list)).toBe(list);
      counts.set(list.join(''), (counts.get(list.join('')) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('shuffles typed arrays too, keeping every element', () => {
    const shuffled = new Random(10).shuffle(Uint32Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffled[0] === 0 && shuffled[1] === 1 && shuffled[2] === 2).toBe(false);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});

describe('mix32', () => {
  it('maps integers to unsigned 32-bit integers and changes about half of the bits with one', () => {
    let flipped = 0;
    for (let i = 0; i < 1000; i++) {
      const difference = (mix32(i) ^ mix32(i ^ 1)) >>> 0;
      flipped += difference.toString(2).replaceAll('0', '').length;
      expect(mix32(i) >>> 0).toBe(mix32(i));
    }
    expect(flipped / 1000).toBeGreaterThan(15);
    expect(flipped / 1000).toBeLessThan(17);
  });
});
