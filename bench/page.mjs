// Measures the built page as a person meets it, in a real Chromium without a GPU: how soon it is usable, how it
// answers while it trains, and how long the default takes until the tales' judge accepts 60 % of the sentences.
// Run by `npm run bench:page`. Writes what it finds into RESULTS.md; asserts nothing.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { build } from 'vite';
import { findChromium } from '../scripts/findChromium.mjs';
import { serveStatic } from '../scripts/serveStatic.mjs';
import { circumstances } from './circumstances.mjs';
import { origin, recordSection } from './results.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    /** Chromium's software WebGPU is offered as well; the page still has to choose. */
    webgpu: { type: 'boolean', default: true },
    screenshots: { type: 'string' },
    /** Leaves RESULTS.md as it is. */
    dry: { type: 'boolean', default: false },
  },
});
const QUIET = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const WEBGPU = options.webgpu ? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] : [];
const ENOUGH = 0.6;

const root = join(import.meta.dirname, '..');
await build({ root, logLevel: 'warn' });
const server = await serveStatic({ root: join(root, 'dist') });
const browser = await chromium.launch({ executablePath: findChromium(), args: [...QUIET, ...WEBGPU] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.addInitScript(() => {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longTasks.push({ startMs: entry.startTime, ms: entry.duration });
  }).observe({ type: 'longtask', buffered: true });
});

const openedMs = performance.now();
await page.goto(server.url);
await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
const firstScreenMs = performance.now() - openedMs;
console.log(`first screen with Train: ${firstScreenMs.toFixed(0)} ms`);
await page.getByText('Ready', { exact: true }).waitFor();
const readyMs = performance.now() - openedMs;
console.log(`text, tokenizer and model ready: ${readyMs.toFixed(0)} ms`);
const chosen = page.getByText(/(WebGPU|WebGL|WASM|CPU) · /).first();
const backend = await chosen.textContent();
console.log(`backend: ${backend}`);

await page.getByRole('button', { name: 'Train', exact: true }).click();
const pressedMs = performance.now();
const startedMs = await page.evaluate(() => performance.now());
const seconds = () => ((performance.now() - pressedMs) / 1000).toFixed(0);
let firstReached;
let shown = '';
let tasks;
while (performance.now() - pressedMs < Number(options.minutes) * 60_000) {
  await page.waitForTimeout(1000);
  if (tasks === undefined && performance.now() - pressedMs > 20_000) {
    const found = await page.evaluate(
      (from) => window.longTasks.filter(({ startMs }) => startMs >= from && startMs < from + 20_000),
      startedMs,
    );
    const longest = Math.max(0, ...found.map(({ ms }) => ms)).toFixed(0);
    tasks = `${found.length} tasks over 50 ms on the main thread in the first 20 s of training, the longest ${longest} ms`;
    console.log(tasks);
  }
  // The newest diary entry comes first.
  const entry = page.getByRole('list', { name: 'Newest first' }).getByRole('listitem').first();
  const text = ((await entry.count()) > 0 && (await entry.textContent())) || '';
  const step = /Step ([\d,]+)/.exec(text)?.[1];
  const accepted = /accepted by the grammar\D*(\d+)\s*%/.exec(text)?.[1];
  const sentences = /n\s=\s(\d+)\ssentence/.exec(text)?.[1];
  if (step !== undefined && step !== shown && accepted !== undefined) {
    shown = step;
    console.log(`${seconds()} s  step ${step}: ${accepted} % of ${sentences} sentences accepted`);
    if (firstReached === undefined && Number(accepted) >= 100 * ENOUGH) firstReached = `${seconds()} s, step ${step}`;
  }
  if (await page.getByRole('button', { name: /more steps/ }).isVisible()) break;
}
console.log(`first diary entry with at least 60 % accepted: ${firstReached ?? 'none'}`);
const status = await page.getByRole('banner').getByRole('status').textContent();
console.log(`status: ${status}`);
if (!options.dry) {
  recordSection(`## The page in Chromium
${origin({ ...circumstances(), command: 'npm run bench:page', runtime: `headless Chromium ${browser.version()}` })} No GPU, the built page with the default run; it chose ${backend}.

- First screen with Train after ${(firstScreenMs / 1000).toFixed(1)} s; text, tokenizer and model, sized to the device, after ${(readyMs / 1000).toFixed(1)} s.
- ${tasks ?? 'Too short for the main thread to be judged'}.
- From pressing Train: the first diary entry with at least 60 % of its sentences accepted by the tales' judge after ${firstReached ?? 'more than the time given'}.
- At the end: ${status}
`);
}
if (options.screenshots !== undefined) await page.screenshot({ path: join(options.screenshots, 'page.png') });
await browser.close();
await server.close();
