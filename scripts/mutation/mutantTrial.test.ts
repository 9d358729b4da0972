// Real tests on real mutants, in the order in which a measurement asks: what failed before must not count again.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { MutantTrial } from './mutantTrial.mjs';
import type { Mutant } from './mutantsOf.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = `${ROOT}src/checkpoint/crc32.ts`;
const TEST = `${ROOT}src/checkpoint/crc32.test.ts`;
const OTHER_TEST = `${ROOT}scripts/mutation/sample.test.ts`;

const trial = new MutantTrial(ROOT);
afterAll(() => trial.end());

/** The first place of a text in the file, replaced. */
function replaced(was: string, text: string): Mutant {
  const start = readFileSync(FILE, 'utf8').indexOf(was);
  return { start, end: start + was.length, text, was, line: 1 };
}

test('a mistake is noticed by the tests that run it, and only while it is there', async () => {
  expect(await trial.run(TEST, FILE, replaced('0xff', '0xfe'))).toBe('failed');
  expect(await trial.run(OTHER_TEST, FILE, replaced('0xff', '0xfe'))).toBe('passed');
  expect(await trial.run(TEST, FILE, replaced('0xff', '0xff'))).toBe('passed');
  expect(await trial.ownMs(OTHER_TEST, FILE)).toBeDefined();
});
