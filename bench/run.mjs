// `npm run bench`: the bench in this project, in Node over Dawn or in Chromium; results go to RESULTS.md.
// @ts-check
import { dirname, join } from 'node:path';
import { findChromium } from '../scripts/findChromium.mjs';
import { findVulkan } from '../scripts/findVulkan.mjs';
import { driverFile } from './adapters.mjs';
import { runBench } from './bench.mjs';
import { circumstances } from './circumstances.mjs';
import { startProcess } from './hosts/process.mjs';
import { installPeers } from './peers/install.mjs';
import { recordFigures, recordSection } from './results.mjs';

const HERE = import.meta.dirname;

/** @typedef {import('./options.mjs').BenchOptions} BenchOptions */

/** @returns {string[]} */
function browserFolders() {
  try {
    return [dirname(findChromium())];
  } catch {
    return [];
  }
}

/**
 * @param {BenchOptions['adapter']} adapter
 * @returns {NodeJS.ProcessEnv} for processes that use the GPU
 */
function environment(adapter) {
  if (adapter !== 'default') {
    delete process.env.VK_DRIVER_FILES;
    process.env.VK_ICD_FILENAMES = driverFile(adapter, browserFolders());
  }
  return { ...process.env, ...findVulkan().env };
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
