// Software drivers as a fresh machine has them: a browser's SwiftShader, with the browser's own Vulkan loader.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { softwareDrivers } from './vulkanDrivers.mjs';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'glassbox-drivers-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (): Record<string, string>[] =>
  softwareDrivers('swiftshader', [folder])
    .map(({ env }) => env)
    .filter((env) => env['VK_ICD_FILENAMES']?.startsWith(folder));

it('names the loader beside a browser as a second candidate, where there is one', () => {
  expect(inFolder()).toEqual([]);
  const driver = join(folder, 'vk_swiftshader_icd.json');
  writeFileSync(driver, '{}');
  expect(inFolder()).toEqual([{ VK_ICD_FILENAMES: driver }]);
  writeFileSync(join(folder, 'libvulkan.so.1'), '');
  const [plain, withLoader] = inFolder();
  expect(plain).toEqual({ VK_ICD_FILENAMES: driver });
  expect(withLoader?.['VK_ICD_FILENAMES']).toBe(driver);
  expect(withLoader?.['LD_LIBRARY_PATH']?.split(':').at(-1)).toBe(folder);
});

it('finds lavapipe by its description and nothing like it', () => {
  writeFileSync(join(folder, 'intel_icd.x86_64.json'), '{}');
  expect(softwareDrivers('lavapipe', [], [folder])).toEqual([]);
  writeFileSync(join(folder, 'lvp_icd.x86_64.json'), '{}');
  expect(softwareDrivers('lavapipe', [], [folder]).map(({ env }) => env)).toEqual([
    { VK_ICD_FILENAMES: join(folder, 'lvp_icd.x86_64.json') },
  ]);
});
