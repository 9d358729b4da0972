// `npm run bench`: the bench in this project, in Node over Dawn or in Chromium; results go to RESULTS.md.
// @ts-check
import { join } from 'node:path';
import { findVulkan } from '../scripts/findVulkan.mjs';
import { runBench } from './bench.mjs';
import { circumstances } from './circumstances.mjs';
import { startProcess } from './hosts/process.mjs';
import { installPeers } from './peers/install.mjs';
import { recordFigures, recordSection } from './results.mjs';

const HERE = import.meta.dirname;

/** @typedef {import('./options.mjs').BenchOptions} BenchOptions */

/**
 * @param {BenchOptions['adapter']} adapter
 * @returns {NodeJS.ProcessEnv} for processes that use the GPU, with the driver and the loader that tests find
 */
function environment(adapter) {
  const { VK_DRIVER_FILES: _, ...env } = process.env;
  if (adapter === 'default') return { ...process.env, ...findVulkan({ install: true }).env };
  return { ...env, ...findVulkan({ install: true, driver: adapter }).env };
}

/**
 * @param {BenchOptions} options
 * @param {(line: string) => void} tell
 * @returns {Promise<import('./bench.mjs').Place>}
 */
async function openPlace({ adapter, browser, against, tales }, tell) {
  if (against.includes('genai')) installPeers();
  if (browser) {
    if (adapter === 'lavapipe') throw new Error('Chromium does not use lavapipe: choose swiftshader or default.');
    const { openChromium } = await import('./hosts/chromium.mjs');
    return openChromium(adapter, tell);
  }
  const needsGpu = !tales || tales.backends.includes('webgpu');
  const env = needsGpu ? environment(adapter) : process.env;
  return {
    runtime: `Node ${process.versions.node}`,
    start: (tell) => startProcess({ program: join(HERE, 'hosts/child.mjs'), env, tell }),
    close: async () => {},
  };
}

await runBench(process.argv.slice(2), {
  circumstances,
  openPlace,
  record: recordFigures,
  recordText: recordSection,
});
