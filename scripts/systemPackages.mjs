// Installs packages with the system's own package manager, where that is possible without asking:
// Debian and its relatives, as root or with password-free sudo. Knows nothing of what they are for.
// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const INSTALL_LIMIT_MS = 10 * 60_000;

/** @returns {string[] | null} the words to put before a command that needs root, or null without the right to */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore', timeout: 10_000 });
  return sudo.status === 0 ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : null;
}

/**
 * Whether `installDebianPackages` can do anything here.
 * @returns {boolean}
 */
export function canInstallDebianPackages() {
  return (
    process.platform === 'linux' &&
    existsSync('/etc/debian_version') &&
    existsSync('/usr/bin/apt-get') &&
    rootPrefix() !== null
  );
}

/**
 * Runs `apt-get update` and `apt-get install`, its output on standard error.
 * @param {string[]} names
 * @returns {boolean} whether the installation succeeded; whether it helped is for the caller to look
 */
export function installDebianPackages(names) {
  const prefix = rootPrefix();
  if (!canInstallDebianPackages() || prefix === null) return false;
  console.error(`Installing ${names.join(', ')} with apt-get …`);
  /** @param {string[]} aptArguments */
  const apt = (aptArguments) => {
    const [command = 'apt-get', ...rest] = [...prefix, 'apt-get', '-q', ...aptArguments];
    const result = spawnSync(command, rest, {
      // Standard output belongs to the caller's result; apt's chatter goes to standard error.
      stdio: ['ignore', 2, 2],
      timeout: INSTALL_LIMIT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    return result.status === 0;
  };
  // An update that fails (one unreachable source among several) may still leave an installable list.
  apt(['update']);
  return apt(['install', '-y', '--no-install-recommends', ...names]);
}
