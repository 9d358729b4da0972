// Finds Firefox and WebKit for the tests in other browsers, and installs one where none is found. Chromium is
// findChromium.mjs.
// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { canInstallDebianPackages, installDebianPackages } from './systemPackages.mjs';

/**
 * @param {string} variable an environment variable that settles it
 * @param {() => string | undefined} look
 * @param {{ install: boolean, packages: string[], advice: string }} options
 * @returns {string} the program's path
 * @throws {Error} with one sentence for a person where there is none
 */
function find(variable, look, { install, packages, advice }) {
  const named = process.env[variable];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`${variable} names ${named}, which does not exist.`);
  }
  const found = look();
  if (found !== undefined) return found;
  if (install && canInstallDebianPackages()) {
    installDebianPackages(packages);
    const fetched = look();
    if (fetched !== undefined) return fetched;
  }
  throw new Error(`${advice} On Debian: "apt-get install ${packages.join(' ')}".`);
}

/** @type {(paths: readonly string[]) => string | undefined} */
const firstOf = (paths) => paths.find((path) => existsSync(path));

/** @param {{ install?: boolean }} [options] */
export function findFirefox({ install = false } = {}) {
  return find(
    'GLASSBOX_FIREFOX',
    () =>
      firstOf([
        '/usr/lib/firefox-esr/firefox-esr',
        '/usr/lib/firefox/firefox',
        '/usr/bin/firefox-esr',
        '/usr/bin/firefox',
        '/Applications/Firefox.app/Contents/MacOS/firefox',
        'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
      ]),
    {
      install,
      packages: ['firefox-esr', 'fonts-liberation'],
      advice: 'No Firefox was found: install one, or name its program in GLASSBOX_FIREFOX.',
    },
  );
}

/**
 * WebKitGTK: the WebDriver, the browser that it starts, and the screen that this one needs.
 * @param {{ install?: boolean }} [options]
 * @returns {{ driver: string, browser: string, screen: string }}
 */
export function findWebKit({ install = false } = {}) {
  const options = {
    install,
    packages: ['webkit2gtk-driver', 'xvfb', 'fonts-liberation'],
    advice: 'No WebKitGTK with its WebDriver and Xvfb was found: install them (Linux only).',
  };
  return {
    driver: find('GLASSBOX_WEBKIT_DRIVER', () => firstOf(['/usr/bin/WebKitWebDriver']), options),
    browser: find('GLASSBOX_WEBKIT', lookForMiniBrowser, options),
    screen: find('GLASSBOX_XVFB', () => firstOf(['/usr/bin/Xvfb']), options),
  };
}

function lookForMiniBrowser() {
  const folders = ['/usr/lib', '/usr/libexec', '/usr/lib64'].filter((folder) => existsSync(folder));
  const nested = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && /linux-gnu/.test(entry.name))
      .map((entry) => join(folder, entry.name)),
  );
  const places = [...nested, ...folders].flatMap((folder) =>
    ['webkit2gtk-4.1', 'webkit2gtk-4.0', 'webkitgtk-6.0'].map((name) => join(folder, name, 'MiniBrowser')),
  );
  return firstOf(places);
}
