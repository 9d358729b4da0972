// One measurement in a process of its own: `node bench/measure.mjs /bench/speed.ts '{"backend":"wasm"}'`, started by
// run.mjs. Sends lines for a person while it goes on, and its result at the end.
// @ts-check
import { loadSource } from './sources.mjs';

const [path = '', options = '{}'] = process.argv.slice(2);
/** @param {unknown} message */
const send = (message) => new Promise((sent) => (process.send ? process.send(message, sent) : sent(undefined)));

try {
  const { measure } = await loadSource(path);
  const result = await measure(JSON.parse(options), (/** @type {string} */ line) => console.log(line));
  await send({ result });
  // Ports and devices would keep the process.
  process.exit(0);
} catch (error) {
  await send({ problem: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
