// What the benches found, as text: for the terminal and for RESULTS.md, ratios first. Figures of former measurements are
// kept in results.json, from which the sections and the chart are made; only newer ones of the same kind replace them.
// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chart } from './chart.mjs';
import { figure, megabytes, percent, range } from './figures.mjs';

/**
 * @typedef {import('./figures.mjs').Spread} Spread
 * @typedef {import('./contestants/contestant.ts').Engine} Engine
 * @typedef {import('./contestants/contestant.ts').Shape} Shape
 * @typedef {import('./contestants/contestant.ts').TrainingOpening} TrainingOpening
 * @typedef {import('./tales.ts').TalesResult} TalesResult
 */

/**
 * When, on what and how something was measured.
 * @typedef {{ command: string, date: string, commit: string, processor: string, runtime: string }} Circumstances
 */

/**
 * @typedef {object} TrainingFigures
 * @property {Omit<TrainingOpening, 'device'>} opening
 * @property {Spread} tokensPerSecond
 * @property {Spread} msPerStep
 * @property {Spread} submitMs
 * @property {Spread} [gigaflops] of a step
 * @property {Spread} [gemmGigaflops] of the best matrix product, measured in the same turns
 * @property {Spread} [shareOfGemm]
 * @property {Spread} [timesSlower] than the plan, round by round
 */

/**
 * @typedef {{ circumstances: Circumstances, adapter: string }} Measured
 * @typedef {Measured & { shape: Shape, dtype: 'f32' | 'f16', rounds: number }} ShapeMeasured
 * @typedef {ShapeMeasured & { kind: 'training', engines: Partial<Record<Engine, TrainingFigures>> }} TrainingRecord
 * @typedef {ShapeMeasured & { kind: 'writing', engines: Partial<Record<Engine, Record<string, { cached: Spread, whole: Spread, ratio: Spread }>>> }} WritingRecord
 * @typedef {Measured & { kind: 'kernels', subject: 'gemm' | 'attention', text: string }} KernelRecord
 * @typedef {TrainingRecord | WritingRecord | KernelRecord} BenchRecord
 */

const RESULTS = new URL('./RESULTS.md', import.meta.url);
const FIGURES = new URL('./results.json', import.meta.url);
const CHART = new URL('./results.svg', import.meta.url);
const TITLE = `# What was measured
Ratios first: absolute figures drift with the machine and with what else it does. Each section says when and on what.
`;

/** @type {Record<Engine, string>} */
export const ENGINE_NAMES = {
  plan: 'Glassbox, as a plan',
  genai: '@genai-fi/nanogpt 1.3.0',
  reference: 'Glassbox, operation by operation on TensorFlow.js (WebGPU)',
  wasm: 'Glassbox, operation by operation on TensorFlow.js (WASM)',
};

/** @type {<T>(engines: Partial<Record<Engine, T>>) => [Engine, T][]} as the names are listed */
const inOrder = (engines) =>
  /** @type {Engine[]} */ (Object.keys(ENGINE_NAMES)).flatMap((engine) => {
    const found = engines[engine];
    return found === undefined ? [] : [[engine, found]];
  });

/** @type {(circumstances: Circumstances) => string} */
export const origin = ({ command, date, processor, runtime, commit }) =>
  `\`${command}\`, ${date}, commit ${commit}, ${runtime}, ${processor}.`;

/** @type {(record: ShapeMeasured) => string} */
const shapeName = ({ shape, dtype }) => {
  const { name, layers, embd, heads, context, batch, vocab } = shape;
  const sizes = `${layers} × ${embd}, ${heads} heads, context ${context}, batch ${batch}, vocabulary ${vocab}`;
  return `${name === 'custom' ? '' : `${name}: `}${sizes}${dtype === 'f16' ? ', f16' : ''}`;
};

/** @type {<T extends BenchRecord, K extends T['kind']>(records: readonly T[], kind: K) => Extract<T, { kind: K }>[]} */
const ofKind = (records, kind) =>
  /** @type {Extract<typeof records[number], { kind: typeof kind }>[]} */ (records.filter((one) => one.kind === kind));

/**
 * @template {Measured} T
 * @param {readonly T[]} records
 * @param {(records: readonly T[]) => string} text
 * @returns {string} a part for each adapter and runtime
 */
function byAdapter(records, text) {
  const places = [...new Set(records.map(placeOf))];
  return places
    .map((place) => `### ${place}\n${text(records.filter((record) => placeOf(record) === place))}`)
    .join('\n');
}
/** @type {(record: Measured) => string} */
const placeOf = ({ adapter, circumstances }) => `${adapter}, ${circumstances.runtime.split(' ')[0]}`;

/**
 * @param {readonly BenchRecord[]} all
 * @returns {string} empty where there is none
 */
export function trainingText(all) {
  const records = ofKind(all, 'training');
  if (records.length === 0) return '';
  return `## Training
Medians over rounds in which all took turns, ranges in brackets. *Times slower*: than Glassbox' plan, round by round.
*Step ÷ product*: the FLOP rate of a step as a share of the engine's best matrix product in the same turns (what
PLAN_EFFICIENCY and STEP_EFFICIENCY in src/config/estimate.ts rest on). *CPU ms*: of the calling thread until one step
is handed to the device. *First step*: from an open device to the end of the first step; for the plan, of which choosing
among kernels, and then once more with the choices known.

${byAdapter(records, (group) => group.map(trainingTable).join('\n'))}`;
}

/** @type {(record: TrainingRecord) => string} */
function trainingTable(record) {
  const { engines, circumstances } = record;
  const rows = inOrder(engines).map(([engine, figures]) => {
    const { opening, tokensPerSecond, msPerStep, submitMs, timesSlower, shareOfGemm } = figures;
    const { tuningMs, warmFirstStepMs } = opening;
    const tuning = tuningMs === undefined ? '' : ` (tuning ${seconds(tuningMs)})`;
    const warm = warmFirstStepMs === undefined ? '' : `, then ${seconds(warmFirstStepMs)}`;
    const cells = [
      ENGINE_NAMES[engine],
      range(tokensPerSecond),
      timesSlower ? range(timesSlower) : '',
      range(msPerStep),
      shareOfGemm ? share(shareOfGemm) : '',
      figure(submitMs.median),
      opening.dispatches ?? '',
      `${seconds(opening.firstStepMs)}${tuning}${warm}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const { plan } = engines;
  const more = [];
  if (plan?.gigaflops && plan.gemmGigaflops) {
    more.push(
      `The plan's step runs at ${figure(plan.gigaflops.median)} GFLOP/s, its best matrix product at ${figure(plan.gemmGigaflops.median)}.`,
    );
  }
  const memory = plan?.opening.memory;
  if (memory) {
    more.push(
      `Its buffers between operations take ${megabytes(memory.plannedBytes)}, without sharing ${megabytes(memory.uncolouredBytes)}; with parameters, gradients and optimizer ${megabytes(memory.totalBytes)}.`,
    );
  }
  return `**${shapeName(record)}** (${figure(plan?.opening.parameters ?? 0)} parameters). ${origin(circumstances)}

| engine | tokens/s | times slower | ms per step | step ÷ product | CPU ms | dispatches | first step |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}

${more.join('\n')}
`;
}

/** @type {(spread: Spread) => string} */
const share = ({ median, low, high }) =>
  low === high ? percent(median) : `${percent(median)} (${percent(low)}–${percent(high)})`;

/** @type {(ms: number) => string} */
const seconds = (ms) => `${figure(ms / 1000)} s`;

/**
 * @param {readonly BenchRecord[]} all
 * @returns {string} empty where there is none
 */
export function writingText(all) {
  const records = ofKind(all, 'writing');
  if (records.length === 0) return '';
  return `## Writing
Tokens per second of all samples together, up to the end of the context: from cached keys and values, and reading the
whole context for every token.

${byAdapter(records, (group) => group.map(writingTable).join('\n'))}`;
}

/** @type {(record: WritingRecord) => string} */
function writingTable(record) {
  const rows = inOrder(record.engines).flatMap(([engine, bySamples]) =>
    Object.entries(bySamples).map(([samples, { cached, whole, ratio }]) => {
      return `| ${ENGINE_NAMES[engine]} | ${samples} | ${range(ratio)} | ${range(cached)} | ${range(whole)} |`;
    }),
  );
  return `**${shapeName(record)}**. ${origin(record.circumstances)}

| engine | samples | cached ÷ whole | cached | whole context |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

const SUBJECTS = { gemm: 'Matrix products', attention: 'Attention' };

/**
 * @param {readonly BenchRecord[]} all
 * @returns {string} empty where there is none
 */
export function kernelText(all) {
  const records = ofKind(all, 'kernels');
  if (records.length === 0) return '';
  return `## Kernels
Each variant alone; the tuner chooses among them on the person's own device.

${byAdapter(records, (group) =>
  group
    .map(
      ({ subject, circumstances, text }) =>
        `**${SUBJECTS[subject]}**. ${origin(circumstances)}\n\n\`\`\`\n${text}\n\`\`\`\n`,
    )
    .join('\n'),
)}`;
}

/**
 * @param {readonly TalesResult[]} results
 * @param {Circumstances} circumstances
 * @returns {string}
 */
export function talesSection(results, circumstances) {
  const lines = results.map((result) => {
    const { backend, detail, preset, share, preparationSeconds, reached, kept, last } = result;
    /** @param {import('./tales.ts').TalesEntry | undefined} entry */
    const when = (entry) => (entry ? `${entry.seconds.toFixed(0)} s (step ${entry.step})` : 'not reached');
    const end = last
      ? `At the end (${last.seconds.toFixed(0)} s, step ${last.step}) ${percent(last.accepted)} of ${last.sentences} sentences accepted, ${percent(last.coherent)} coherent, ${percent(last.isNew)} new.`
      : 'Nothing was sampled.';
    return `- ${backend}, ${detail}, preset ${preset}: ${percent(share)} accepted after ${when(reached)}, and ever after from ${when(kept)}. ${end}
  Validation loss ${result.validationLoss.toFixed(2)} against ${result.unigramLoss.toFixed(2)} by token frequencies. Making text, tokenizer and model took ${preparationSeconds.toFixed(1)} s.`;
  });
  return `## Tiny tales: until the judge accepts most sentences
${origin(circumstances)} From pressing Train on the proposed default, without the page.

${lines.join('\n')}
`;
}

/** @type {(record: BenchRecord) => string} */
const keyOf = (record) => {
  const what = record.kind === 'kernels' ? record.subject : shapeName(record);
  return [record.kind, placeOf(record), what].join(' · ');
};

/**
 * Keeps figures, and renews what is made from all of them.
 * @param {readonly BenchRecord[]} records
 */
export function recordFigures(records) {
  /** @type {Record<string, BenchRecord>} */
  const kept = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, 'utf8')) : {};
  for (const record of records) kept[keyOf(record)] = record;
  writeFileSync(FIGURES, `${JSON.stringify(kept, null, 2)}\n`);
  const all = Object.values(kept);
  const training = ofKind(all, 'training');
  writeFileSync(CHART, chart(training, ENGINE_NAMES));
  const picture = '![Tokens per second by engine, for each model and adapter](results.svg)\n';
  recordSection(trainingText(all).replace('\n### ', () => `\n${picture}\n### `));
  for (const section of [writingText(all), kernelText(all)]) if (section !== '') recordSection(section);
}

/** Sections in the order in which they are read; others come last. */
const ORDER = ['Training', 'Writing', 'Tiny tales', 'The page', 'Kernels'];

/** @type {(part: string) => number} */
function placeInOrder(part) {
  if (!part.startsWith('## ')) return -1;
  const place = ORDER.findIndex((name) => part.startsWith(`## ${name}`));
  return place < 0 ? ORDER.length : place;
}

/**
 * Puts a section into RESULTS.md, in place of the former one of its heading.
 * @param {string} section
 */
export function recordSection(section) {
  if (section === '') return;
  const heading = section.slice(0, section.indexOf('\n'));
  const text = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : TITLE;
  const parts = text.split(/^(?=## )/m).map((part) => `${part.trim()}\n`);
  const place = parts.findIndex((part) => part.startsWith(`${heading}\n`));
  if (place < 0) parts.push(section);
  else parts[place] = section;
  const sorted = parts.toSorted((a, b) => placeInOrder(a) - placeInOrder(b));
  writeFileSync(RESULTS, `${sorted.map((part) => part.trim()).join('\n\n')}\n`);
}
