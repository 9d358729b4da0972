// A contestant in a Node process of its own, so that engines which share globals stay apart. Takes turns with others
// through `call`; between calls it does nothing.
// @ts-check
import { fork } from 'node:child_process';

/**
 * @typedef {object} Host
 * @property {(call: string, argument?: unknown) => Promise<any>} call one at a time
 * @property {() => Promise<void>} close
 */

/** Lines of a process's own output that are shown when it ends by itself. */
const LAST_LINES = 12;

/**
 * @param {{ program: string, env?: NodeJS.ProcessEnv, tell: (line: string) => void }} options
 *   `program`: what the process runs; `env`: its environment, where it is not this one's
 * @returns {Promise<Host>}
 */
export async function startProcess({ program, env = process.env, tell }) {
  const child = fork(program, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  /** @type {string[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (/** @type {Buffer} */ data) => {
      output.push(...data.toString('utf8').split('\n').filter(Boolean));
      output.splice(0, Math.max(0, output.length - LAST_LINES));
    });
  }
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  /** @type {Error | undefined} */
  let ended;
  /** @type {Promise<void>} */
  const ready = new Promise((resolve, reject) => {
    waiting.set(0, { resolve, reject });
  });
  let lastId = 0;
  child.on('message', (/** @type {any} */ message) => {
    if (message.ready) waiting.get(0)?.resolve(undefined);
    if (message.line !== undefined) tell(message.line);
    const asked = waiting.get(message.id);
    if (asked === undefined) return;
    waiting.delete(message.id);
    if (message.problem === undefined) asked.resolve(message.result);
    else asked.reject(new Error(message.problem));
  });
  const finished = new Promise((done) => {
    child.once('error', (error) => end(error.message));
    // Not 'close': after a disconnection it does not come.
    child.once('exit', (code, signal) => {
      end(`its process ended with ${signal ?? `exit code ${code}`}\n${output.join('\n')}`);
      done(undefined);
    });
  });
  /** @param {string} reason */
  function end(reason) {
    ended ??= new Error(reason.trim());
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  }
  await ready;
  return {
    call: (call, argument) =>
      new Promise((resolve, reject) => {
        if (ended) {
          reject(ended);
          return;
        }
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        child.send({ id, call, argument });
      }),
    close: async () => {
      if (child.connected) child.disconnect();
      await finished;
    },
  };
}
