// Tries tests on mutants in a process of its own, which is ended and started anew when a mutant makes a test hang.
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./mutantsOf.mjs').Mutant} Mutant */
/** @typedef {'passed' | 'failed' | 'timeout'} Outcome */

const PROCESS = fileURLToPath(new URL('./testProcess.mjs', import.meta.url));
/** A test file may take this much longer with a mutant than without. */
const SLOWER = 3;
const GRACE_MS = 4_000;
/** What a test gets that never ends by itself but lets Vitest end it; a loop has to be ended from here, later. */
const LOOP_GRACE_MS = 6_000;
const FIRST_LIMIT_MS = 300_000;

export class MutantTrial {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  /** @type {Map<string, Promise<number | undefined>>} how long each test takes by itself; undefined: it fails */
  #ownMs = new Map();
  /** @type {string} */
  #root;

  /** @param {string} root of the repository */
  constructor(root) {
    this.#root = root;
  }

  /**
   * How long a test takes without a mutant, measured once.
   *
   * @param {string} test @param {string} file
   * @returns {Promise<number | undefined>} milliseconds; undefined where it fails, and so tells nothing of mutants
   */
  ownMs(test, file) {
    const known = this.#ownMs.get(test) ?? this.#measure(test, file);
    this.#ownMs.set(test, known);
    return known;
  }

  /** @param {string} test @param {string} file */
  async #measure(test, file) {
    // The process's own start is no part of it.
    await this.#started();
    const startedAt = performance.now();
    const outcome = await this.#ask(test, file, undefined, FIRST_LIMIT_MS);
    return outcome === 'passed' ? performance.now() - startedAt : undefined;
  }

  /**
   * @param {string} test @param {string} file @param {Mutant} mutant
   * @returns {Promise<Outcome>}
   */
  async run(test, file, mutant) {
    const ownMs = (await this.ownMs(test, file)) ?? 0;
    return this.#ask(test, file, mutant, SLOWER * ownMs + GRACE_MS);
  }

  /** Ends the process, and with it the tests' own. */
  end() {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  async #started() {
    if (this.#process !== undefined) return this.#process;
    // A group of its own, so that a test that never returns ends with it.
    const child = fork(PROCESS, { cwd: this.#root, detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#process = child;
    await once(child, 'message');
    return child;
  }

  /**
   * @param {string} test @param {string} file @param {Mutant | undefined} mutant @param {number} limitMs
   * @returns {Promise<Outcome>}
   */
  async #ask(test, file, mutant, limitMs) {
    const child = await this.#started();
    child.send({ test, file, mutant, limitMs });
    /** @type {Outcome} */
    const outcome = await new Promise((settle) => {
      const limit = setTimeout(() => settle('timeout'), limitMs + LOOP_GRACE_MS);
      child.once('message', (/** @type {{ passed: boolean }} */ { passed }) => {
        clearTimeout(limit);
        settle(passed ? 'passed' : 'failed');
      });
      child.once('exit', () => {
        clearTimeout(limit);
        settle('failed');
      });
    });
    child.removeAllListeners('message').removeAllListeners('exit');
    if (outcome === 'timeout' || child.exitCode !== null) this.end();
    return outcome;
  }
}
