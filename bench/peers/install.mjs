// Installs the peer in this folder, when a measurement first asks for it: it is no part of the project.
// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @throws {Error} where it cannot be installed */
export function installPeers() {
  const folder = import.meta.dirname;
  if (existsSync(join(folder, 'node_modules/@genai-fi/nanogpt/package.json'))) return;
  console.log('Installing the peer in bench/peers …');
  const isWindows = process.platform === 'win32';
  // None of what it brings has to be built.
  const { status } = spawnSync(isWindows ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--loglevel', 'error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: isWindows,
  });
  if (status !== 0) throw new Error('The peer could not be installed: “npm ci” in bench/peers failed.');
}
