// That no pair is missing, and that the list is much shorter than that of all combinations.
import { describe, expect, it } from 'vitest';
import { allPairs } from './allPairs.ts';

describe('allPairs', () => {
  it('holds every pair of values in few rows', () => {
    const choices = { a: [1, 2, 3, 4, 5], b: [true, false], c: ['x', 'y', 'z'], d: [0, 1], e: ['p', 'q', 'r', 's'] };
    const rows = allPairs(choices);
    const entries = Object.entries(choices);
    for (const [a, as] of entries) {
      for (const [b, bs] of entries) {
        if (a === b) continue;
        for (const x of as) {
          for (const y of bs) {
            const found = rows.some(
              (row) => new Map(Object.entries(row)).get(a) === x && new Map(Object.entries(row)).get(b) === y,
            );
            expect(found, `${a} = ${x} with ${b} = ${y}`).toBe(true);
          }
        }
      }
    }
    expect(rows.length).toBeLessThan(32);
    expect(rows.length).toBeGreaterThanOrEqual(20);
  });
});
