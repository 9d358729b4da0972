// Draws training rates as bars: one group for each adapter and model, one bar for each engine. The scale is each group's
// own, since adapters differ a thousandfold; every bar says its number.
// @ts-check
import { figure } from './figures.mjs';

const WIDTH = 860;
const LABELS = 330;
const BAR = 18;
const GAP = 6;
const HEAD = 34;
const PADDING = 16;
/** Told apart by lightness too. */
const COLOURS = { plan: '#0b6e4f', genai: '#c8553d', reference: '#7a8793', wasm: '#b9c2ca' };

const escaped = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * @param {readonly import('./results.mjs').TrainingRecord[]} records
 * @param {Readonly<Record<import('./contestants/contestant.ts').Engine, string>>} names
 * @returns {string} SVG
 */
export function chart(records, names) {
  let y = PADDING;
  const groups = records.map(({ adapter, circumstances, shape, dtype, engines }) => {
    const rates = Object.entries(engines)
      .map(([engine, { tokensPerSecond }]) => ({
        engine: /** @type {import('./contestants/contestant.ts').Engine} */ (engine),
        rate: tokensPerSecond.median,
      }))
      .toSorted((a, b) => b.rate - a.rate);
    const most = Math.max(...rates.map(({ rate }) => rate));
    const title = `${shape.name} (${shape.layers} × ${shape.embd}${dtype === 'f16' ? ', f16' : ''}) · ${adapter} · ${circumstances.runtime.split(' ')[0]}`;
    const head = `<text x="${PADDING}" y="${y + 18}" font-weight="600">${escaped(title)}</text>`;
    y += HEAD;
    const bars = rates.map(({ engine, rate }) => {
      const length = Math.max(1, (rate / most) * (WIDTH - LABELS - 130));
      const middle = y + BAR / 2 + 4;
      const bar = [
        `<text x="${LABELS - 8}" y="${middle}" text-anchor="end">${escaped(shortName(names[engine]))}</text>`,
        `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" fill="${COLOURS[engine]}"/>`,
        `<text x="${(LABELS + length + 6).toFixed(1)}" y="${middle}">${figure(rate)} tokens/s</text>`,
      ];
      y += BAR + GAP;
      return bar.join('\n');
    });
    y += GAP;
    return [head, ...bars].join('\n');
  });
  const height = y + PADDING;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Training rates by engine" font-family="system-ui, sans-serif" font-size="13" fill="#1c2429">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${groups.join('\n')}
</svg>
`;
}

const shortName = (/** @type {string} */ name) => name.replace('operation by operation on', 'op by op on');
