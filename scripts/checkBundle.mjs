// Checks the built page against its budget: how much JavaScript must arrive before the first
// screen is usable, that neither TensorFlow.js nor a token table is part of it, and that nothing imports from the
// worker's entry.
// @ts-check
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export const BUDGET_BYTES = 200_000;

/** Text that survives minifying and gives away what belongs to the worker. */
const FORBIDDEN = [
  { marker: 'registerBackend', what: 'TensorFlow.js' },
  { marker: 'Conv2DBackpropInput', what: 'TensorFlow.js' },
  // A token that only the GPT-2 and GPT-3 vocabulary holds.
  { marker: 'SolidGoldMagikarp', what: 'the token table of gpt-tokenizer' },
];

/**
 * @typedef {{ file: string, bytes: number, gzipBytes: number, forbidden: string[] }} Chunk
 * @typedef {{ file: string, isEntry?: boolean, imports?: string[] }} ManifestEntry
 */

/**
 * The scripts that a page loads before it runs: its entry and everything that imports statically.
 * Dynamic imports and the worker are not among them.
 *
 * @param {string} dist folder of a Vite build with a manifest
 * @returns {Chunk[]} largest first
 * @throws {Error} where the folder holds no such build
 */
export function initialScripts(dist) {
  const manifestFile = join(dist, '.vite', 'manifest.json');
  if (!existsSync(manifestFile)) throw new Error(`There is no build in ${dist}: run "npm run build" first.`);
  /** @type {Record<string, ManifestEntry>} */
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const waiting = Object.keys(manifest).filter((key) => manifest[key]?.isEntry);
  if (waiting.length === 0) throw new Error(`The manifest in ${dist} names no entry.`);
  const keys = new Set(waiting);
  for (const key of keys) for (const imported of manifest[key]?.imports ?? []) keys.add(imported);

  const files = [...keys].map((key) => {
    const entry = manifest[key];
    if (entry === undefined) throw new Error(`The manifest in ${dist} imports ${key} but does not describe it.`);
    return entry.file;
  });
  return [...new Set(files)]
    .filter((file) => /\.m?js$/.test(file))
    .map((file) => {
      const content = readFileSync(join(dist, file));
      const text = content.toString('utf8');
      return {
        file,
        bytes: content.byteLength,
        gzipBytes: gzipSync(content, { level: 9 }).byteLength,
        forbidden: [...new Set(FORBIDDEN.filter(({ marker }) => text.includes(marker)).map(({ what }) => what))],
      };
    })
    .toSorted((a, b) => b.gzipBytes - a.gzipBytes);
}

/**
 * What is wrong with the scripts, one sentence each; empty where nothing is.
 * @param {Chunk[]} chunks
 * @returns {string[]}
 */
export function bundleProblems(chunks) {
  const total = chunks.reduce((sum, chunk) => sum + chunk.gzipBytes, 0);
  const problems = chunks.flatMap(({ file, forbidden }) =>
    forbidden.map((what) => `${file} contains ${what}, which only the worker may load.`),
  );
  if (total > BUDGET_BYTES) {
    problems.push(
      `The first screen needs ${kilobytes(total)} of JavaScript; the budget is ${kilobytes(BUDGET_BYTES)}.`,
    );
  }
  return problems;
}

/**
 * Scripts that import from a worker's entry, which WebKit then evaluates a second time; one sentence each.
 * @param {string} dist folder of a Vite build
 * @returns {string[]}
 */
export function workerEntryProblems(dist) {
  const assets = join(dist, 'assets');
  const scripts = readdirSync(assets).filter((file) => file.endsWith('.js'));
  const texts = new Map(scripts.map((file) => [file, readFileSync(join(assets, file), 'utf8')]));
  const entries = scripts.filter((entry) =>
    [...texts.values()].some((text) => new RegExp(`new Worker\\([^;]{0,80}${entry}`).test(text)),
  );
  if (entries.length === 0) return ['No script of the build starts a worker.'];
  return [...texts].flatMap(([file, text]) =>
    entries
      .filter((entry) => new RegExp(`(from|import)\\s*["']\\./${entry}`).test(text))
      .map((entry) => `${file} imports from ${entry}, the entry of a worker, which WebKit would then run twice.`),
  );
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const dist = fileURLToPath(new URL('../dist', import.meta.url));
    const chunks = initialScripts(dist);
    const total = chunks.reduce((sum, chunk) => sum + chunk.gzipBytes, 0);
    console.log('JavaScript before the first screen (gzip):');
    for (const { file, gzipBytes } of chunks) console.log(`  ${kilobytes(gzipBytes).padStart(9)}  ${file}`);
    console.log(`  ${kilobytes(total).padStart(9)}  of ${kilobytes(BUDGET_BYTES)}`);
    for (const problem of [...bundleProblems(chunks), ...workerEntryProblems(dist)]) {
      console.error(problem);
      process.exitCode = 1;
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
