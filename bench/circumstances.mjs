// When and on what something is measured, as far as this machine and its clone of the project tell.
// @ts-check
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** @returns {string} short name of the commit, and whether what is measured differs from it */
export function commit() {
  /** @param {string[]} words */
  const git = (words) =>
    spawnSync('git', ['--no-optional-locks', ...words], { cwd: import.meta.dirname, encoding: 'utf8' });
  const { status, stdout } = git(['rev-parse', '--short', 'HEAD']);
  if (status !== 0) return 'unknown';
  return `${stdout.trim()}${git(['status', '--porcelain', '--', ':/src']).stdout.trim() ? ' and changes' : ''}`;
}

/** @param {string} measuredCommit */
export function circumstances(measuredCommit = commit()) {
  const all = cpus();
  const processor = `${all[0]?.model.trim() || 'unknown processor'} (${all.length} cores)`;
  return { date: new Date().toISOString().slice(0, 10), commit: measuredCommit, processor };
}
