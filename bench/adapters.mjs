// Where software Vulkan drivers lie, for measurements that name one. What else a machine has, the Vulkan loader finds.
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
 * @param {'lavapipe' | 'swiftshader'} name
 * @param {readonly string[]} [browserFolders] where else a browser lies
 * @returns {string} the driver's description, as VK_ICD_FILENAMES takes it
 * @throws {Error} with a sentence for a person where there is none
 */
export function driverFile(name, browserFolders = []) {
  const files =
    name === 'lavapipe'
      ? DRIVER_FOLDERS.filter(existsSync).flatMap((folder) =>
          readdirSync(folder)
            .filter((file) => /^lvp_icd(\.x86_64|\.aarch64)?\.json$/.test(file))
            .map((file) => join(folder, file)),
        )
      : [...browserFolders, ...BROWSER_FOLDERS]
          .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
          .filter(existsSync);
  const [found] = files;
  if (found !== undefined) return found;
  throw new Error(
    name === 'lavapipe'
      ? `lavapipe is not installed: none of ${DRIVER_FOLDERS.join(', ')} holds an lvp_icd.json (Debian: mesa-vulkan-drivers).`
      : 'SwiftShader was not found: it comes with Chromium or Chrome, which is not installed here.',
  );
}
