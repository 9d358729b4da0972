// The bench's main program: starts the contestants, lets them take turns round by round, and puts what they found
// together. Where contestants run and where results go is told by its caller.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { HELP, readOptions, UsageError } from './options.mjs';
import { kernelText, talesSection, trainingText, writingText } from './results.mjs';
import { fail, measureTraining, measureWriting, say, sentence } from './rounds.mjs';

/**
 * @typedef {import('./hosts/process.mjs').Host} Host
 * @typedef {import('./options.mjs').BenchOptions} BenchOptions
 * @typedef {import('./options.mjs').Shape} Shape
 * @typedef {import('./contestants/contestant.ts').Engine} Engine
 * @typedef {import('./contestants/contestant.ts').Settings} Settings
 * @typedef {import('./rounds.mjs').Contestant} Contestant
 * @typedef {import('./results.mjs').BenchRecord} BenchRecord
 * @typedef {import('./results.mjs').Circumstances} Circumstances
 * @typedef {(line: string) => void} Tell
 */

/**
 * Where contestants run.
 * @typedef {object} Place
 * @property {string} runtime for people
 * @property {(tell: Tell) => Promise<Host>} start
 * @property {() => Promise<void>} close
 */

/**
 * What surrounds the bench.
 * @typedef {object} Workshop
 * @property {() => Pick<Circumstances, 'date' | 'commit' | 'processor'>} circumstances
 * @property {(options: BenchOptions, tell: Tell) => Promise<Place>} openPlace
 * @property {(records: readonly BenchRecord[]) => void} record keeps results
 * @property {(section: string) => void} recordText keeps a section of text
 */

/**
 * @param {readonly string[]} words of the command line
 * @param {Workshop} workshop
 */
export async function runBench(words, workshop) {
  try {
    const options = readOptions(words);
    if (options.help) say(HELP);
    else if (options.record !== undefined) workshop.record(readRecords(options.record));
    else if (options.tales) await measureTales(options, words, workshop);
    else await measureAll(options, words, workshop);
  } catch (error) {
    console.error(sentence(error));
    if (error instanceof UsageError) console.error('npm run bench -- --help lists what can be asked.');
    process.exitCode = 1;
  }
}

/**
 * @param {string} file
 * @returns {BenchRecord[]}
 */
function readRecords(file) {
  let records;
  try {
    records = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`${file} cannot be read as figures of this bench.`);
  }
  if (!Array.isArray(records) || records.some((record) => typeof record?.kind !== 'string')) {
    throw new UsageError(`${file} holds no figures of this bench.`);
  }
  return records;
}

/**
 * The command without where its figures go.
 * @param {readonly string[]} words
 */
function commandOf(words) {
  const kept = words.filter((word, i) => !/^--(dry|json)\b/.test(word) && words[i - 1] !== '--json');
  return ['npm run bench', ...(kept.length > 0 ? ['--', ...kept] : [])].join(' ');
}

/**
 * @param {BenchOptions} options
 * @param {readonly string[]} words
 * @param {Workshop} workshop
 */
async function measureAll(options, words, workshop) {
  const place = await workshop.openPlace(options, say);
  const circumstances = { command: commandOf(words), runtime: place.runtime, ...workshop.circumstances() };
  /** @type {BenchRecord[]} */
  const records = [];
  try {
    for (const shape of options.shapes) records.push(...(await measureShape(shape, options, place, circumstances)));
    for (const subject of /** @type {const} */ (['gemm', 'attention'])) {
      if (!options.subjects.includes(subject)) continue;
      say(`── ${subject} ──`);
      try {
        records.push(await measureKernels(subject, options, place, circumstances));
      } catch (error) {
        fail(subject, error);
      }
    }
  } finally {
    await place.close();
  }
  if (records.length === 0) return;
  say(`\n${[trainingText(records), writingText(records), kernelText(records)].filter(Boolean).join('\n')}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(records, null, 2)}\n`);
  if (!options.dry) workshop.record(records);
}

/**
 * @param {Shape} shape
 * @param {BenchOptions} options
 * @param {Place} place
 * @param {Circumstances} circumstances
 * @returns {Promise<BenchRecord[]>}
 */
async function measureShape(shape, options, place, circumstances) {
  const { subjects, against, rounds } = options;
  const [trains, writes] = [subjects.includes('train'), subjects.includes('generate')];
  /** @type {Engine[]} */
  const engines = ['plan', ...against.filter((rival) => trains || rival !== 'genai')];
  /** @type {Contestant[]} */
  const contestants = [];
  /** @type {BenchRecord[]} */
  const records = [];
  if (!trains && !writes) return records;
  say(
    `── ${shape.name}: ${shape.layers} × ${shape.embd}, ${shape.heads} heads, context ${shape.context}, batch ${shape.batch}, vocabulary ${shape.vocab} ──`,
  );
  try {
    for (const engine of engines) {
      try {
        contestants.push({ engine, host: await start(place, { ...settingsOf(options), engine, shape }) });
      } catch (error) {
        fail(engine, error);
      }
    }
    const common = { circumstances, shape, dtype: options.dtype, rounds };
    if (trains) records.push(...(await measureTraining(contestants, common)));
    const writers = contestants.filter(({ engine }) => engine !== 'genai');
    if (writes) records.push(...(await measureWriting(writers, common)));
  } finally {
    for (const { host } of contestants) await host.close();
  }
  return records;
}

/** @param {BenchOptions} options */
const settingsOf = ({ dtype, steps }) => ({ dtype, ...(steps !== undefined && { steps }) });

/**
 * @param {Place} place
 * @param {Settings} settings
 */
async function start(place, settings) {
  const host = await place.start((line) => say(`  ${settings.engine}: ${line}`));
  try {
    await host.call('open', settings);
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

/**
 * @param {'gemm' | 'attention'} subject
 * @param {BenchOptions} options
 * @param {Place} place
 * @param {Circumstances} circumstances
 * @returns {Promise<BenchRecord>}
 */
async function measureKernels(subject, options, place, circumstances) {
  const [shape] = options.shapes;
  if (shape === undefined) throw new RangeError('No shape was chosen.');
  const host = await start(place, { ...settingsOf(options), engine: 'plan', shape });
  try {
    const { device, lines } = await host.call('kernels', subject);
    return { kind: 'kernels', subject, circumstances, adapter: device, text: lines.join('\n') };
  } finally {
    await host.close();
  }
}

/**
 * @param {BenchOptions} options
 * @param {readonly string[]} words
 * @param {Workshop} workshop
 */
async function measureTales(options, words, workshop) {
  if (!options.tales) return;
  const { backends, ...rest } = options.tales;
  const results = [];
  const place = await workshop.openPlace(options, say);
  for (const backend of backends) {
    say(`── ${backend} ──`);
    const host = await place.start(say);
    try {
      results.push(await host.call('tales', { backend, ...rest }));
    } catch (error) {
      fail(backend, error);
    } finally {
      await host.close();
    }
  }
  await place.close();
  if (results.length === 0) return;
  const circumstances = { command: commandOf(words), runtime: place.runtime, ...workshop.circumstances() };
  const section = talesSection(results, circumstances);
  say(`\n${section}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (!options.dry) workshop.recordText(section);
}
