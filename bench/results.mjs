// What the benches found, as text: tables for the terminal and for RESULTS.md, ratios first.
// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const RESULTS = new URL('./RESULTS.md', import.meta.url);
const TITLE = `# What was measured
Ratios first: absolute figures drift with the machine and with what else it does. Each section says when and on what.
`;

/** @typedef {import('./speed.ts').SpeedResult} SpeedResult */
/** @typedef {import('./speed.ts').Spread} Spread */
/** @typedef {import('./tales.ts').TalesResult} TalesResult */

/** @param {string} command */
export const origin = (command) => {
  const all = cpus();
  const model = all[0]?.model.trim() || 'unknown processor';
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, ${model} (${all.length} cores), Node ${process.versions.node}.`;
};

/** @type {(spread: Spread, digits?: number) => string} "12.0 (11.5–13.1)" */
const range = ({ median, low, high }, digits = 0) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;

/** @type {(share: number) => string} */
const percent = (share) => `${Math.round(100 * share)} %`;

/** @type {(result: SpeedResult | undefined) => number} */
const defaultSpeed = (result) => result?.shapes[0]?.trainedTokensPerSecond.median ?? Number.NaN;

/**
 * @param {readonly SpeedResult[]} results
 * @param {string} command
 * @returns {string}
 */
export function speedSection(results, command) {
  const rows = results.flatMap(({ backend, detail, gigaflopsPerSecond, shapes }) =>
    shapes.map(
      (speed) =>
        `| ${backend}, ${detail} | ${speed.shape}, vocabulary ${speed.vocabSize} | ${speed.rounds} | ${range(speed.efficiency, 2)} | ${range(speed.trainedTokensPerSecond)} | ${range(speed.millisecondsPerStep, 1)} | ${range(gigaflopsPerSecond, 1)} | ${range(speed.decodedTokensPerSecond)} |`,
    ),
  );
  const fastest = results.toSorted((a, b) => defaultSpeed(b) - defaultSpeed(a));
  const ratios = fastest
    .slice(1)
    .map(
      (slower) =>
        `${(defaultSpeed(fastest[0]) / defaultSpeed(slower)).toPrecision(2)} × as fast as on ${slower.backend} (${slower.detail})`,
    );
  const comparison = ratios.length > 0 ? `\nThe default trains on ${fastest[0]?.backend} ${ratios.join(', ')}.\n` : '';
  return `## Training and decoding speed
${origin(command)} Medians, ranges in brackets. Step ÷ products: the FLOP rate of a whole training step as a share of the rate of
matrix products alone (\`STEP_EFFICIENCY\` in \`src/config/estimate.ts\`). Slow backends are measured in fewer rounds.
${comparison}
| backend | model | rounds | step ÷ products | tokens/s trained | ms per step | GFLOP/s of products | tokens/s decoded, one sample |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

/**
 * @param {readonly TalesResult[]} results
 * @param {string} command
 * @returns {string}
 */
export function talesSection(results, command) {
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
${origin(command)} From pressing Train on the proposed default, in Node, without the page.

${lines.join('\n')}
`;
}

/**
 * Puts a section into RESULTS.md, in place of the former one of its heading.
 * @param {string} section
 */
export function recordSection(section) {
  const heading = section.slice(0, section.indexOf('\n'));
  const text = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : TITLE;
  const parts = text.split(/^(?=## )/m).map((part) => `${part.trim()}\n`);
  const place = parts.findIndex((part) => part.startsWith(`${heading}\n`));
  if (place < 0) parts.push(section);
  else parts[place] = section;
  writeFileSync(RESULTS, parts.join('\n'));
}
