// What counts as a plausible mistake: each kind once, and what is left alone.
import { describe, expect, test } from 'vitest';
import { mutantsOf } from './mutantsOf.mjs';

/** The whole source with each mutant in place. */
function mutated(code: string): string[] {
  return mutantsOf(code, 'code.ts').map(({ start, end, text }) => code.slice(0, start) + text + code.slice(end));
}

describe('the mutants of a file', () => {
  test.each([
    ['save(run);', [';']],
    ['await save(run);', [';', 'void save(run);']],
    ['if (full) save();', ['if (!(full)) save();', 'if (full) ;']],
    ['for (;;) { if (done) break; }', ['for (;;) { ; }', 'for (;;) { if (!(done)) break; }']],
    ['while (left > 0) step();', ['left >= 0', 'left > 1', '!(left > 0)', ';']],
    ['const first = a < b;', ['const first = a <= b;']],
    ['const both = a && b;', ['const both = a || b;']],
    ['const given = a ?? b;', ['const given = (a)!;']],
    ['const open = true;', ['const open = false;']],
    ['const kept = runs.filter(isKept);', ['const kept = runs;']],
    ['const any = runs.some(isOpen);', ['const any = runs.every(isOpen);']],
    ['const next = step + 1;', ['const next = step - 1;', 'const next = step + 2;']],
  ])('%s', (code, expected) => {
    const found = mutated(code);
    expect(found).toHaveLength(expected.length);
    for (const part of expected) expect(found.some((text) => text === part || text.includes(part))).toBe(true);
  });

  test.each([
    ["const words = 'a' + name + `b`;"],
    ['type Count = 1 | 2; interface Kept { readonly on: true }'],
    ['throw new Error(`${left - 1} left`);'],
    ["const fault = { message: many ? 'several' : 'one' };"],
    ['const size = 4096;'],
    ['const MOST_TRIES = 2 * 3;'],
    ["import { a } from './a.ts'; export const b = a;"],
  ])('none of %s', (code) => {
    expect(mutated(code)).toEqual([]);
  });

  test('a condition is turned round once, and the line is told', () => {
    const code = 'start();\nif (a === b) save();';
    expect(mutantsOf(code, 'code.ts').map(({ line, was }) => [line, was])).toEqual([
      [1, 'start();'],
      [2, 'a === b'],
      [2, 'save();'],
    ]);
  });
});
