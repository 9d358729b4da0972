// Finds a Chromium or Chrome for the browser tests, and installs one where none is found.
// Run by itself it prints the path. It does not start the browser: playwright.config.ts does.
// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { canInstallDebianPackages, installDebianPackages } from './systemPackages.mjs';

const DOWNLOAD_LIMIT_MS = 3 * 60_000;
const VERSION_LIMIT_MS = 30_000;

const NOT_FOUND =
  'No Chromium or Chrome was found: install one (on Debian "apt-get install chromium", elsewhere "npx playwright install chromium"), or name its program in GLASSBOX_CHROMIUM.';

/** @returns {string[]} where systems usually keep the browser, best first */
function usualPlaces() {
  switch (process.platform) {
    case 'darwin':
      return ['/Applications', join(process.env.HOME ?? '', 'Applications')].flatMap((folder) => [
        join(folder, 'Google Chrome.app/Contents/MacOS/Google Chrome'),
        join(folder, 'Chromium.app/Contents/MacOS/Chromium'),
      ]);
    case 'win32':
      return [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) => [
          join(folder, 'Google\\Chrome\\Application\\chrome.exe'),
          join(folder, 'Chromium\\Application\\chrome.exe'),
        ]);
    default:
      return [
        '/usr/bin/chromium',
        '/usr/bin/chromium-browser',
        '/usr/bin/google-chrome',
        '/usr/bin/google-chrome-stable',
        '/opt/google/chrome/chrome',
        '/usr/lib/chromium/chromium',
        '/usr/lib64/chromium-browser/chromium-browser',
        '/snap/bin/chromium',
      ];
  }
}

/**
 * Whether a file is a browser that starts: a launcher without its package, or a download without
 * the system libraries it needs, exists and yet is none.
 * @param {string} path
 */
function runs(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  // Elsewhere `--version` may open a window instead of answering.
  if (process.platform !== 'linux') return true;
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: VERSION_LIMIT_MS, stdio: 'pipe' });
  return answer.status === 0 && /chrom/i.test(answer.stdout);
}

/** @returns {string | undefined} */
function lookAround() {
  return [...usualPlaces(), chromium.executablePath()].find((path) => existsSync(path) && runs(path));
}

function installWithApt() {
  // The fonts are only a recommendation of the package, but without any no text has a width.
  return canInstallDebianPackages() && installDebianPackages(['chromium', 'fonts-liberation']);
}

function installWithPlaywright() {
  console.error('Downloading Chromium with Playwright …');
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  const withSystemLibraries = canInstallDebianPackages() ? ['--with-deps'] : [];
  const result = spawnSync(process.execPath, [cli, 'install', '--no-shell', ...withSystemLibraries, 'chromium'], {
    stdio: ['ignore', 2, 2],
    timeout: DOWNLOAD_LIMIT_MS,
    env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000', ...process.env },
  });
  return result.status === 0;
}

/**
 * The path of a Chromium or Chrome that starts.
 *
 * Looks at GLASSBOX_CHROMIUM and CHROME_PATH (which settle it), the system's usual places and
 * Playwright's cache. Then, with `install`, fetches one: with apt-get where that is allowed, since
 * it works in places that Playwright's download does not reach; else with Playwright.
 *
 * @param {{ install?: boolean }} [options]
 * @returns {string}
 * @throws {Error} with one sentence for a person where there is none
 */
export function findChromium({ install = false } = {}) {
  for (const name of ['GLASSBOX_CHROMIUM', 'CHROME_PATH']) {
    const named = process.env[name];
    if (!named) continue;
    if (runs(named)) return named;
    throw new Error(`${name} names ${named}, which is not a Chromium or Chrome that starts.`);
  }
  const found = lookAround();
  if (found !== undefined) return found;
  if (install) {
    for (const attempt of [installWithApt, installWithPlaywright]) {
      attempt();
      const fetched = lookAround();
      if (fetched !== undefined) return fetched;
    }
  }
  throw new Error(NOT_FOUND);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(findChromium({ install: process.argv.includes('--install') }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
