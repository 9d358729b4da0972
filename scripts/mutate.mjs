// `npm run mutate -- FOLDER…`: puts small mistakes into the files of src/FOLDER (or one file), one at a time, and
// reports the share that the nearest unit tests notice. Options: --sample N, --seed N, --budget SECONDS, --at-least PERCENT.
// Nothing on disk is changed: mutants exist only in the process that runs the tests.
// @ts-check
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MutantTrial } from './mutation/mutantTrial.mjs';
import { mutantsOf } from './mutation/mutantsOf.mjs';
import { filesBelow, nearestTests } from './mutation/nearestTests.mjs';
import { sample } from './mutation/sample.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    budget: { type: 'string', default: '30' },
    'at-least': { type: 'string', default: '0' },
  },
});
/** @type {(name: 'sample' | 'seed' | 'budget' | 'at-least') => number} */
const numberOf = (name) => {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number, not "${values[name]}".`);
  return value;
};
const budgetMs = numberOf('budget') * 1000;

/** @type {(name: string) => boolean} */
const isTest = (name) => /\.test\.tsx?$/.test(name);
/** @type {(name: string) => boolean} what tests check; not what only they use (`scripted…`) */
const isSource = (name) => /\.tsx?$/.test(name) && !isTest(name) && !/^scripted|\.bench\.ts$/.test(name);

/** @type {(place: string) => string[]} */
function sourcesAt(place) {
  const path = [resolve(place), join(ROOT, 'src', place), join(ROOT, place)].find((path) => existsSync(path));
  if (path === undefined) throw new Error(`There is no folder or file src/${place}.`);
  return statSync(path).isDirectory() ? filesBelow(path, isSource) : [path];
}

if (positionals.length === 0) throw new Error('Say which folder of src/: npm run mutate -- state');
const testsOf = nearestTests(['src', 'scripts'].flatMap((folder) => filesBelow(join(ROOT, folder), isTest)));
const trial = new MutantTrial(ROOT);
/** @type {Set<string>} tests that fail by themselves */
const failing = new Set();

/**
 * The nearest tests of a file that pass by themselves, as many as fit the budget.
 * @type {(file: string) => Promise<string[]>}
 */
async function chosenTests(file) {
  const chosen = [];
  let spentMs = 0;
  for (const test of testsOf(file)) {
    const ms = await trial.ownMs(test, file);
    if (ms === undefined) {
      if (!failing.has(test)) console.log(`  ${relative(ROOT, test)} fails without a mutant, and is left out`);
      failing.add(test);
      continue;
    }
    if (chosen.length > 0 && spentMs + ms > budgetMs) break;
    chosen.push(test);
    spentMs += ms;
  }
  return chosen;
}

/** @type {(file: string, mutant: import('./mutation/mutantsOf.mjs').Mutant) => Promise<string | undefined>} */
async function caughtBy(file, mutant) {
  for (const test of await chosenTests(file)) {
    const outcome = await trial.run(test, file, mutant);
    if (outcome !== 'passed') return `${relative(ROOT, test)}${outcome === 'timeout' ? ' (hangs)' : ''}`;
  }
  return undefined;
}

/** @type {(text: string) => string} */
const oneLine = (text) => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 87)}…` : line;
};

let reached = true;
for (const place of positionals) {
  const all = sourcesAt(place).flatMap((file) =>
    mutantsOf(readFileSync(file, 'utf8'), file).map((mutant) => ({ file, mutant })),
  );
  const tried = sample(all, numberOf('sample'), numberOf('seed'));
  let caught = 0;
  for (const { file, mutant } of tried) {
    const test = await caughtBy(file, mutant);
    if (test !== undefined) caught++;
    const where = `${relative(ROOT, file)}:${mutant.line}`;
    const what = `${oneLine(mutant.was)}  →  ${mutant.text === ';' ? '(left out)' : oneLine(mutant.text)}`;
    console.log(
      `${test === undefined ? 'SURVIVES' : 'caught  '} ${where}  ${what}${test === undefined ? '' : `  by ${test}`}`,
    );
  }
  const share = tried.length === 0 ? 100 : (100 * caught) / tried.length;
  console.log(
    `${place}: ${caught} of ${tried.length} caught (${share.toFixed(0)}%), of ${all.length} mutants, seed ${values.seed}\n`,
  );
  reached &&= share >= numberOf('at-least');
}
trial.end();
process.exitCode = reached ? 0 : 1;
