// The process that runs tests for `npm run mutate`: one Vitest for many mutants, which it puts into a file while
// Vitest loads it. Nothing is written to disk. `mutantTrial.mjs` starts it, asks it, and ends it when it hangs.
// @ts-check
import { resolve } from 'node:path';
import { createVitest } from 'vitest/node';

/** @typedef {import('./mutantsOf.mjs').Mutant} Mutant */
/**
 * @typedef {{ test: string, file: string, mutant: Mutant | undefined, limitMs: number }} Question
 *   a test file to run, with a mutant in a file; no single test of it may take longer than the limit
 */

/** @type {Question | undefined} */
let present;

const vitest = await createVitest(
  'test',
  { watch: false, run: true, bail: 1, maxWorkers: 1, reporters: [{}], silent: true, passWithNoTests: false },
  {
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(code, id) {
          if (present?.mutant === undefined || resolve(id.replace(/\?.*$/, '')) !== present.file) return undefined;
          const { start, end, text, was } = present.mutant;
          if (code.slice(start, end) !== was) throw new Error(`${present.file} changed while its mutants were tried`);
          return { code: code.slice(0, start) + text + code.slice(end), map: null };
        },
      },
    ],
  },
);

/** @type {(question: Question) => Promise<void>} */
async function answer(question) {
  if (present !== undefined) vitest.invalidateFile(present.file);
  present = question;
  vitest.invalidateFile(question.file);
  const project = vitest.getRootProject();
  project.config.testTimeout = question.limitMs;
  project.config.hookTimeout = question.limitMs;
  const specification = project.createSpecification(question.test);
  // Vitest remembers earlier failures, and would end this run (`bail`) for them.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
  const own = testModules.find(({ moduleId }) => resolve(moduleId) === question.test);
  const passed = own?.ok() === true && unhandledErrors.length === 0;
  process.send?.({ passed });
}

process.on('message', (/** @type {Question} */ question) => {
  void answer(question);
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
