// What is asked of the bench on the command line, read and checked. Starts nothing.
// @ts-check
import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run bench -- [train] [generate] [gemm] [attention] [options]     (default: train generate gemm)
  train              a training step: rate, share of the best matrix product, dispatches, memory, time to the first step
  generate           tokens written near a full context: from cached keys and values, and by reading all of it each time
  gemm, attention    rates of the kernels, variant by variant
What is measured
  --shape S          S, M or nanogpt, or several: S,M (default S)
  --layers --heads --embd --context --batch --vocab N     sizes other than the shape's
  --dtype f32|f16    how the plan stores activations (default f32)
  --against LIST     of reference (TensorFlow.js on WebGPU, operation by operation), wasm (the same on WASM) and
                     genai (the peer @genai-fi/nanogpt); all take turns in every round
Where
  --adapter NAME     swiftshader, lavapipe or default (what is found here)
  --browser          in Chromium instead of Node
How long
  --rounds N         rounds of turns (default 5)
  --steps N          training steps of a turn (default: about a second and a half's worth)
Results
  --json FILE        write the figures there too
  --dry              leave bench/RESULTS.md as it is
  --record FILE      measure nothing: put the figures of a --json file, measured elsewhere, into bench/RESULTS.md
The product's headline
  --tales            train the default, in Node, until the tales' judge accepts enough
  --backend LIST     with --tales: wasm, webgpu, cpu (default wasm)
  --seconds N        with --tales: longest training (default 300)
  --share X          with --tales: share of sentences to be accepted (default 0.6)`;

const SUBJECTS = /** @type {const} */ (['train', 'generate', 'gemm', 'attention']);
const RIVALS = /** @type {const} */ (['reference', 'wasm', 'genai']);
const ADAPTERS = /** @type {const} */ (['swiftshader', 'lavapipe', 'default']);
const DTYPES = /** @type {const} */ (['f32', 'f16']);
const BACKENDS = /** @type {const} */ (['wasm', 'webgpu', 'cpu']);

/**
 * @typedef {typeof SUBJECTS[number]} Subject
 * @typedef {typeof RIVALS[number]} Rival
 * @typedef {typeof ADAPTERS[number]} AdapterName
 * @typedef {import('./contestants/contestant.ts').Shape} Shape
 * @typedef {typeof SIZES[number]} Size
 */

/** @satisfies {Readonly<Record<string, Shape>>} */
export const SHAPES = {
  S: { name: 'S', layers: 4, embd: 64, heads: 4, context: 64, batch: 8, vocab: 65 },
  M: { name: 'M', layers: 6, embd: 128, heads: 4, context: 128, batch: 8, vocab: 512 },
  nanogpt: { name: 'nanogpt', layers: 6, embd: 384, heads: 6, context: 256, batch: 16, vocab: 65 },
};
const SIZES = /** @type {const} */ (['layers', 'heads', 'embd', 'context', 'batch', 'vocab']);

/** A mistake in what was asked; its message is for the person. */
export class UsageError extends Error {}

const isCount = (/** @type {number} */ value) => Number.isInteger(value) && value > 0;
const isPositive = (/** @type {number} */ value) => value > 0 && Number.isFinite(value);

/** @type {(name: string, text: string, isRight?: (value: number) => boolean) => number} */
function numberOf(name, text, isRight = isCount) {
  const value = Number(text);
  const wanted = isRight === isCount ? 'a whole number above 0' : 'a number above 0';
  if (!isRight(value)) throw new UsageError(`--${name} ${text} cannot be: give ${wanted}.`);
  return value;
}

/** @type {<T extends string>(name: string, text: string, known: readonly T[]) => T} */
function oneOf(name, text, known) {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new UsageError(`--${name} ${text} is not known: choose from ${known.join(', ')}.`);
  return found;
}

/** @type {<T extends string>(name: string, text: string, known: readonly T[]) => T[]} */
const listOf = (name, text, known) => [...new Set(text.split(',').map((part) => oneOf(name, part.trim(), known)))];

const text = /** @type {const} */ ({ type: 'string' });
const flag = /** @type {const} */ ({ type: 'boolean', default: false });

/** @param {readonly string[]} words */
function read(words) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        shape: text,
        layers: text,
        heads: text,
        embd: text,
        context: text,
        batch: text,
        vocab: text,
        dtype: text,
        against: text,
        adapter: text,
        browser: flag,
        rounds: text,
        steps: text,
        json: text,
        dry: flag,
        record: text,
        tales: flag,
        backend: text,
        seconds: text,
        share: text,
        help: flag,
      },
    });
  } catch (error) {
    // Node's message goes on with advice on how to pass a word that begins with dashes.
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

/**
 * @param {readonly string[]} words of the command line, without the program's name
 * @throws {UsageError} with one sentence on the first thing that cannot be
 */
export function readOptions(words) {
  const { values, positionals } = read(words);
  const { json, record, dry, browser, tales, help } = values;
  if (browser && tales)
    throw new UsageError('--tales is measured in Node; npm run bench:page measures it in Chromium.');
  const talesOnly = /** @type {const} */ (['backend', 'seconds', 'share']);
  const stray = talesOnly.find((name) => values[name] !== undefined);
  if (!tales && stray) throw new UsageError(`--${stray} goes with --tales only.`);
  const subject = positionals.find((word) => !SUBJECTS.some((known) => known === word));
  if (subject !== undefined) {
    throw new UsageError(`There is nothing named “${subject}” to measure: choose from ${SUBJECTS.join(', ')}.`);
  }
  const subjects = SUBJECTS.filter((known) => positionals.includes(known));
  const dtype = oneOf('dtype', values.dtype ?? 'f32', DTYPES);
  const against = values.against === undefined ? [] : listOf('against', values.against, RIVALS);
  return {
    help,
    /** @type {readonly Subject[]} */
    subjects: subjects.length > 0 ? subjects : /** @type {const} */ (['train', 'generate', 'gemm']),
    shapes: shapesOf(values),
    dtype,
    against,
    adapter: oneOf('adapter', values.adapter ?? 'default', ADAPTERS),
    browser,
    rounds: numberOf('rounds', values.rounds ?? '5'),
    ...(values.steps !== undefined && { steps: numberOf('steps', values.steps) }),
    ...(json !== undefined && { json }),
    ...(record !== undefined && { record }),
    dry,
    tales: tales && {
      backends: listOf('backend', values.backend ?? 'wasm', BACKENDS),
      seconds: numberOf('seconds', values.seconds ?? '300', isPositive),
      share: numberOf('share', values.share ?? '0.6', isPositive),
    },
  };
}

/** @typedef {ReturnType<typeof readOptions>} BenchOptions */

/**
 * @param {Partial<Record<'shape' | Size, string>>} values
 * @returns {Shape[]}
 */
function shapesOf(values) {
  const names = /** @type {(keyof typeof SHAPES)[]} */ (Object.keys(SHAPES));
  const chosen = listOf('shape', values.shape ?? 'S', names).map((name) => SHAPES[name]);
  const changed = SIZES.filter((size) => values[size] !== undefined);
  if (changed.length === 0) return chosen;
  if (chosen.length > 1) throw new UsageError(`--${changed[0]} changes one shape, but --shape names several.`);
  return chosen.map((shape) => {
    const sizes = Object.fromEntries(changed.map((size) => [size, numberOf(size, values[size] ?? '')]));
    const custom = { ...shape, ...sizes, name: 'custom' };
    if (custom.embd % custom.heads !== 0) {
      throw new UsageError(`A width of ${custom.embd} cannot be shared by ${custom.heads} heads: choose a multiple.`);
    }
    return custom;
  });
}
