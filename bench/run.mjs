// `npm run bench`: training and decoding speed in Node, or with --tales the time until the tales' judge is content.
// Each backend is measured in a process of its own; one that cannot be measured is an error, not a gap.
// @ts-check
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findVulkan } from '../scripts/findVulkan.mjs';
import { recordSection, speedSection, talesSection } from './results.mjs';

const HELP = `Usage: npm run bench -- [options]
  --backend wasm,webgpu,cpu  which to measure (default: wasm,webgpu; with --tales: wasm)
  --steps N                  training steps per round (default 30)
  --tales                    train the default until the tales' judge accepts enough
  --seconds N                with --tales: longest training (default 300)
  --share X                  with --tales: share of sentences to be accepted (default 0.6)
  --json FILE                write the figures there too
  --dry                      leave bench/RESULTS.md as it is`;
const BACKENDS = ['wasm', 'webgpu', 'cpu'];
const MEASURE = fileURLToPath(new URL('./measure.mjs', import.meta.url));

/**
 * @param {string} path of the measurement's source
 * @param {{ backend: string }} options
 * @returns {Promise<any>} its result
 */
async function measure(path, options) {
  const env = options.backend === 'webgpu' ? { ...process.env, ...findVulkan().env } : process.env;
  return new Promise((resolve, reject) => {
    const child = fork(MEASURE, [path, JSON.stringify(options)], { env });
    /** @type {{ result?: unknown, problem?: string }} */
    let answer = {};
    child.once('message', (/** @type {typeof answer} */ message) => (answer = message));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (answer.result !== undefined) resolve(answer.result);
      else reject(new Error(answer.problem ?? `the process ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** @type {(name: string, text: string, isRight: (value: number) => boolean) => number} */
function numberOf(name, text, isRight) {
  const value = Number(text);
  if (!isRight(value)) throw new Error(`--${name} ${text} cannot be.\n${HELP}`);
  return value;
}

async function main() {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string' },
      steps: { type: 'string', default: '30' },
      tales: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '300' },
      share: { type: 'string', default: '0.6' },
      json: { type: 'string' },
      dry: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const backends = (values.backend ?? (values.tales ? 'wasm' : 'wasm,webgpu')).split(',');
  const unknown = backends.find((backend) => !BACKENDS.includes(backend));
  if (unknown !== undefined) throw new Error(`There is no backend “${unknown}” to measure in Node.\n${HELP}`);
  const positive = (/** @type {number} */ value) => value > 0 && Number.isFinite(value);
  const options = values.tales
    ? { seconds: numberOf('seconds', values.seconds, positive), share: numberOf('share', values.share, positive) }
    : { steps: numberOf('steps', values.steps, (value) => Number.isInteger(value) && value > 0) };

  const results = [];
  for (const backend of backends) {
    console.log(`── ${backend} ──`);
    try {
      results.push(await measure(values.tales ? '/bench/tales.ts' : '/bench/speed.ts', { backend, ...options }));
    } catch (error) {
      console.error(`${backend} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  if (results.length === 0) return;
  const command = `npm run bench${values.tales ? ' -- --tales' : ''}`;
  const section = values.tales ? talesSection(results, command) : speedSection(results, command);
  console.log(`\n${section}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (!values.dry) recordSection(section);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
