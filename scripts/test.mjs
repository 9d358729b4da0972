// `npm test`: types, lint and format, unit tests, the production build and its size, browser tests.
// A part that fails does not stop the next, so that one run gives the whole picture. The last line
// is "N passed, N failed". `--unit` and `--e2e` choose parts; what follows `--` goes to their runner.
// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium } from './findChromium.mjs';
import { findVulkan } from './findVulkan.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORTS = join(ROOT, '.cache', 'test');
const PART_LIMIT_MS = 45 * 60_000;
const require = createRequire(import.meta.url);

/**
 * @typedef {{ name: string, passed: number, failed: number, notes: string[] }} Part
 *   `notes`: sentences for a person about what failed outside any single test
 */

/** @type {(name: string, problems: string[]) => Part} a part that is one test by itself */
const single = (name, problems) => ({
  name,
  passed: problems.length === 0 ? 1 : 0,
  failed: problems.length === 0 ? 0 : 1,
  notes: problems,
});

/**
 * Runs a Node script with its output on this terminal.
 * @param {string} script absolute path
 * @param {string[]} scriptArguments
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>} its exit code; 1 where a signal or the time limit ended it
 */
function runNode(script, scriptArguments, env = {}) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [script, ...scriptArguments], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: PART_LIMIT_MS,
    });
    child.once('error', () => done(1));
    child.once('close', (code) => done(code ?? 1));
  });
}

/** @type {(packageName: string, file: string) => string} a file of an installed package */
const packageFile = (packageName, file) => join(dirname(require.resolve(`${packageName}/package.json`)), file);

/** @param {unknown} error */
const sentence = (error) => (error instanceof Error ? error.message : String(error));

/** @type {(file: string) => any} the report a runner wrote; undefined where it wrote none */
const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/**
 * What a runner's count leaves out: a failing exit without a failed test, or no test at all.
 * @param {Part} part
 * @param {number} exitCode
 * @returns {Part}
 */
function completed(part, exitCode) {
  if (part.passed + part.failed === 0) {
    return { ...part, failed: 1, notes: [...part.notes, `${part.name} ran no test.`] };
  }
  if (exitCode !== 0 && part.failed === 0) {
    return { ...part, failed: 1, notes: [...part.notes, `${part.name} ended with exit code ${exitCode}.`] };
  }
  return part;
}

/**
 * The steps of `npm run check`, one after another: here none hides the next.
 * @returns {Promise<Part>}
 */
async function check() {
  const steps = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts.check.split(' && ');
  const PATH = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const problems = [];
  for (const step of steps) {
    const result = spawnSync(step, {
      cwd: ROOT,
      shell: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH },
    });
    if (result.status !== 0) problems.push(`"${step}" found problems.`);
  }
  return single('check', problems);
}

/**
 * @param {string[]} extra arguments for Vitest
 * @returns {Promise<Part>}
 */
async function unit(extra) {
  const report = join(REPORTS, 'unit.json');
  rmSync(report, { force: true });
  /** @type {Part} */
  const part = { name: 'unit', passed: 0, failed: 0, notes: [] };
  /** @type {Record<string, string>} */
  const env = { GLASSBOX_VULKAN: 'looked' };
  try {
    const vulkan = findVulkan({ install: true });
    console.log(`WebGPU in Node: ${vulkan.adapter} (${vulkan.source})`);
    Object.assign(env, vulkan.env);
  } catch (error) {
    part.failed += 1;
    part.notes.push(sentence(error));
  }
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await runNode(packageFile('vitest', 'vitest.mjs'), ['run', ...reporters, ...extra], env);
  const result = readReport(report);
  if (result !== undefined) {
    part.passed += result.numPassedTests;
    part.failed += result.numFailedTests;
    for (const { name, status, assertionResults } of result.testResults) {
      // A file that does not even load holds no failed test.
      if (status === 'failed' && assertionResults.length === 0) {
        part.failed += 1;
        part.notes.push(`${name} did not load.`);
      }
    }
    countSkipped(part, result.numPendingTests + result.numTodoTests, extra);
  }
  return completed(part, exitCode);
}

/**
 * A skipped test proves nothing, so it counts as failed, unless a filter asked for fewer.
 * @param {Part} part
 * @param {number} count
 * @param {string[]} extra
 */
function countSkipped(part, count, extra) {
  if (count === 0 || extra.length > 0) return;
  part.failed += count;
  part.notes.push(`${count} ${part.name} tests did not run.`);
}

/** @returns {Promise<Part>} */
async function build() {
  const exitCode = await runNode(packageFile('vite', 'bin/vite.js'), ['build', '--logLevel', 'warn']);
  return single('build', exitCode === 0 ? [] : ['The production build failed.']);
}

/** @returns {Promise<Part>} */
async function size() {
  const exitCode = await runNode(join(ROOT, 'scripts', 'checkBundle.mjs'), []);
  return single('size', exitCode === 0 ? [] : ['The built page does not keep its budget.']);
}

/**
 * @param {string[]} extra arguments for Playwright
 * @returns {Promise<Part>}
 */
async function e2e(extra) {
  const report = join(REPORTS, 'e2e.json');
  rmSync(report, { force: true });
  let executablePath;
  try {
    executablePath = findChromium({ install: true });
  } catch (error) {
    return single('e2e', [sentence(error)]);
  }
  console.log(`Browser: ${executablePath}`);
  const exitCode = await runNode(packageFile('playwright', 'cli.js'), ['test', ...extra], {
    GLASSBOX_CHROMIUM: executablePath,
  });
  /** @type {Part} */
  const part = { name: 'e2e', passed: 0, failed: 0, notes: [] };
  const result = readReport(report);
  if (result !== undefined) {
    part.passed += result.stats.expected;
    part.failed += result.stats.unexpected + result.stats.flaky;
    countSkipped(part, result.stats.skipped, extra);
    for (const { message } of result.errors) part.notes.push(String(message).split('\n', 1)[0] ?? '');
  }
  return completed(part, exitCode);
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { unit: { type: 'boolean', default: false }, e2e: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const everything = !values.unit && !values.e2e;
  if (positionals.length > 0 && values.unit === values.e2e) {
    throw new Error('Arguments after -- need one part to go to: --unit or --e2e.');
  }
  mkdirSync(REPORTS, { recursive: true });

  /** @type {[boolean, string, () => Promise<Part>][]} */
  const plan = [
    [everything, 'Types, lint, format', check],
    [everything || values.unit, 'Unit tests', () => unit(positionals)],
    [everything || values.e2e, 'Production build', build],
    [everything || values.e2e, 'Size of the first load', size],
    [everything || values.e2e, 'Browser tests', () => e2e(positionals)],
  ];
  /** @type {Part[]} */
  const parts = [];
  for (const [isWanted, title, run] of plan) {
    if (!isWanted) continue;
    console.log(`\n── ${title} ──`);
    parts.push(await run());
  }

  console.log('');
  for (const { name, passed, failed, notes } of parts) {
    console.log(`${name.padEnd(6)} ${String(passed).padStart(5)} passed ${String(failed).padStart(5)} failed`);
    for (const note of notes) console.log(`       ${note}`);
  }
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(sentence(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
