// Where software Vulkan drivers lie on this machine, as environment variables for a process that is yet to start.
// It looks and tries nothing: findVulkan.mjs tries them. The packed bench, which has no project around it, uses it alone.
// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const BROWSER_FOLDERS = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
];

/**
 * @typedef {'lavapipe' | 'swiftshader'} SoftwareDriver
 * @typedef {{ source: string, env: Record<string, string> }} DriverCandidate `source`: for people
 */

/**
 * @param {SoftwareDriver} name
 * @param {readonly string[]} [browserFolders] where else a browser lies, which brings SwiftShader along
 * @param {readonly string[]} [driverFolders] where systems describe their drivers
 * @returns {DriverCandidate[]} best first; empty where there is none
 */
export function softwareDrivers(name, browserFolders = [], driverFolders = DRIVER_FOLDERS) {
  if (name === 'lavapipe') {
    return driverFolders.filter(existsSync).flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => /^lvp_icd(\.x86_64|\.aarch64)?\.json$/.test(file))
        .map((file) => ({ source: 'lavapipe', env: { VK_ICD_FILENAMES: join(folder, file) } })),
    );
  }
  return [...new Set([...browserFolders, ...BROWSER_FOLDERS])].flatMap((folder) => {
    const file = join(folder, 'vk_swiftshader_icd.json');
    if (!existsSync(file)) return [];
    const env = { VK_ICD_FILENAMES: file };
    /** @type {DriverCandidate[]} */
    const candidates = [{ source: 'SwiftShader beside Chromium', env }];
    // Where the system has no Vulkan loader, Chromium's own copy serves.
    if (existsSync(join(folder, 'libvulkan.so.1'))) {
      const paths = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
      candidates.push({
        source: 'SwiftShader and loader beside Chromium',
        env: { ...env, LD_LIBRARY_PATH: paths },
      });
    }
    return candidates;
  });
}

/**
 * @param {SoftwareDriver} name
 * @returns {string} one sentence for a person on how to get the driver
 */
export const driverAdvice = (name) =>
  name === 'lavapipe'
    ? 'No WebGPU adapter was found on lavapipe: install Mesa 25 or newer (Debian: mesa-vulkan-drivers, on Debian 12 from bookworm-backports) and libvulkan1.'
    : 'No WebGPU adapter was found on SwiftShader: it comes with Chromium or Chrome, so install one (on Debian "apt-get install chromium").';
