// The bench as it runs in its pack: no project around it, so results go to --json or the terminal, and drivers are
// looked for without help.
// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { driverAdvice, softwareDrivers } from '../../scripts/vulkanDrivers.mjs';
import { runBench } from '../bench.mjs';
import { circumstances } from '../circumstances.mjs';
import { startProcess } from '../hosts/process.mjs';

/** Put in by pack.mjs. */
const COMMIT = /** @type {{ PACKED_COMMIT?: string }} */ (import.meta.env).PACKED_COMMIT ?? 'unknown';

const ELSEWHERE =
  'A packed bench keeps nothing: take its --json to the project and give it to npm run bench -- --record.';

/** Containers are given NVIDIA's driver in a folder of its own, where the loader does not look. */
const NVIDIA_DRIVERS = '/usr/local/nvidia/share/vulkan/icd.d';

/**
 * @param {'swiftshader' | 'lavapipe' | 'default'} adapter
 * @returns {NodeJS.ProcessEnv}
 */
function environment(adapter) {
  const { VK_DRIVER_FILES, ...env } = process.env;
  if (adapter !== 'default') {
    // The last names a loader too, where there is one to name.
    const driver = softwareDrivers(adapter).at(-1);
    if (driver === undefined) throw new Error(driverAdvice(adapter));
    return { ...env, ...driver.env };
  }
  if (VK_DRIVER_FILES || env.VK_ICD_FILENAMES || !existsSync(NVIDIA_DRIVERS)) return process.env;
  const nvidia = readdirSync(NVIDIA_DRIVERS).find((name) => name.endsWith('.json'));
  return nvidia ? { ...env, VK_ICD_FILENAMES: join(NVIDIA_DRIVERS, nvidia) } : process.env;
}

await runBench(process.argv.slice(2), {
  circumstances: () => circumstances(COMMIT),
  openPlace: async ({ adapter, browser }) => {
    if (browser) throw new Error('A packed bench runs in Node only.');
    const env = environment(adapter);
    return {
      runtime: `Node ${process.versions.node}`,
      start: (tell) => startProcess({ program: join(import.meta.dirname, 'child.mjs'), env, tell }),
      close: async () => {},
    };
  },
  record: () => console.log(ELSEWHERE),
  recordText: () => console.log(ELSEWHERE),
});
