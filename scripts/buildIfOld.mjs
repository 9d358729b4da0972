// Builds the page where the last build is older than what it was made from.
// @ts-check
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const INPUTS = [
  'index.html',
  'package.json',
  'package-lock.json',
  'public',
  'scripts/contentPolicy.mjs',
  'src',
  'tsconfig.base.json',
  'vite.config.ts',
];

/**
 * @param {string} path file or folder; one that does not exist counts as old
 * @returns {number} when anything in it last changed, in milliseconds since 1970
 */
function newestChangeMs(path) {
  if (!existsSync(path)) return 0;
  const information = statSync(path);
  // A folder's own time changes when a file in it is removed.
  if (!information.isDirectory()) return information.mtimeMs;
  return Math.max(information.mtimeMs, ...readdirSync(path).map((name) => newestChangeMs(join(path, name))));
}

function isBuilt() {
  const builtAtMs = newestChangeMs(join(DIST, 'index.html'));
  return builtAtMs > Math.max(...INPUTS.map((input) => newestChangeMs(join(ROOT, input))));
}

/** Builds the page into dist/ unless what lies there is up to date. */
export async function buildIfOld() {
  if (isBuilt()) return;
  console.log('Building Glassbox …');
  await build({ root: ROOT, logLevel: 'warn' });
}
