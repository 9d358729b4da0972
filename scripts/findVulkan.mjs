// Finds what Dawn needs to offer a WebGPU adapter in Node: a Vulkan driver and its loader, as
// environment variables for a process that is yet to start. Run by itself it prints them.
// Every candidate is tried in a child process: a driver that exists may still be too old for Dawn.
// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { findChromium } from './findChromium.mjs';
import { canInstallDebianPackages, installDebianPackages } from './systemPackages.mjs';
import { driverAdvice, softwareDrivers } from './vulkanDrivers.mjs';

const PROBE_LIMIT_MS = 60_000;
const PROBE = fileURLToPath(new URL('./probeAdapter.mjs', import.meta.url));

/**
 * @typedef {{ env: Record<string, string>, adapter: string, source: string }} VulkanChoice
 * `env`: what to set; `adapter`: its name; `source`: where the driver came from, for people.
 */

/** @returns {Record<string, string>} the folder that Vulkan drivers want to exist, where the system has not said */
function runtimeFolder() {
  if (process.platform !== 'linux' || process.env.XDG_RUNTIME_DIR) return {};
  const folder = join(tmpdir(), `glassbox-runtime-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { XDG_RUNTIME_DIR: folder };
}

/**
 * Folders of the browsers that are here; SwiftShader, the software driver, lies beside each.
 * @param {boolean} install
 * @returns {string[]}
 */
function browserFolders(install) {
  const folders = [dirname(chromium.executablePath())];
  try {
    // The program may be a launcher script; then only the usual folders can tell.
    folders.unshift(dirname(realpathSync(findChromium({ install }))));
  } catch {
    // Without a browser there may still be a real driver.
  }
  return folders;
}

/**
 * The candidates, best first: what is there already, else a software driver.
 * @param {boolean} install
 * @param {import('./vulkanDrivers.mjs').SoftwareDriver | undefined} driver the only one that will do
 * @returns {Generator<import('./vulkanDrivers.mjs').DriverCandidate>}
 */
function* candidates(install, driver) {
  if (driver === undefined) yield { source: "the system's own drivers", env: {} };
  if (process.platform !== 'linux') return;
  if (driver !== 'swiftshader') yield* softwareDrivers('lavapipe');
  if (driver !== 'lavapipe') yield* softwareDrivers('swiftshader', browserFolders(install));
}

/**
 * @param {Record<string, string>} env
 * @returns {string | undefined} the adapter's name; undefined where Dawn offers none
 */
function probe(env) {
  const { VK_DRIVER_FILES, ...inherited } = process.env;
  const result = spawnSync(process.execPath, [PROBE], {
    encoding: 'utf8',
    // The loader would take this one before the driver that is tried.
    env: { ...inherited, ...(VK_DRIVER_FILES && !env.VK_ICD_FILENAMES && { VK_DRIVER_FILES }), ...env },
    timeout: PROBE_LIMIT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (result.status !== 0) return undefined;
  /** @type {Record<string, string>} */
  const info = JSON.parse(result.stdout);
  return info.description || info.device || info.vendor || 'unnamed adapter';
}

/**
 * Environment variables under which Dawn offers a WebGPU adapter in Node.
 * VK_ICD_FILENAMES or VK_DRIVER_FILES, where set, settle the driver unless `driver` does.
 *
 * @param {{ install?: boolean, driver?: import('./vulkanDrivers.mjs').SoftwareDriver | undefined }} [options]
 *   `install`: fetch what is missing (a browser, the loader); `driver`: the only one that will do
 * @returns {VulkanChoice}
 * @throws {Error} with one sentence for a person where there is no adapter
 */
export function findVulkan({ install = false, driver } = {}) {
  const base = runtimeFolder();
  for (const name of ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES']) {
    if (driver !== undefined || !process.env[name]) continue;
    const adapter = probe(base);
    if (adapter !== undefined) return { env: base, adapter, source: name };
    throw new Error(`${name} names ${process.env[name]}, with which Dawn offers no WebGPU adapter in Node.`);
  }

  const tryAll = () => {
    for (const { source, env } of candidates(install, driver)) {
      const adapter = probe({ ...base, ...env });
      if (adapter !== undefined) return { env: { ...base, ...env }, adapter, source };
    }
    return undefined;
  };
  const found = tryAll();
  if (found !== undefined) return found;
  if (install && canInstallDebianPackages() && installDebianPackages(['libvulkan1'])) {
    const afterwards = tryAll();
    if (afterwards !== undefined) return afterwards;
  }
  if (driver !== undefined) throw new Error(driverAdvice(driver));
  throw new Error(
    process.platform === 'linux'
      ? 'No WebGPU adapter was found for Node: install the Vulkan loader (libvulkan1) and Chromium, whose SwiftShader then serves as driver, or name a driver in VK_ICD_FILENAMES.'
      : "No WebGPU adapter was found for Node: the tests need this machine's graphics driver.",
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(JSON.stringify(findVulkan({ install: process.argv.includes('--install') }), null, 2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
