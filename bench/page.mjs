// Measures the built page as a person meets it, in a real Chromium without a GPU: how soon it is usable, how it
// answers while it trains, and how long the default takes until the tales' judge accepts 60 % of the sentences.
// Run by `npm run bench:page`. Reports; asserts nothing.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { build } from 'vite';
import { findChromium } from '../scripts/findChromium.mjs';
import { serveStatic } from '../scripts/serveStatic.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    /** Chromium's software WebGPU is offered as well; the page still has to choose. */
    webgpu: { type: 'boolean', default: true },
    screenshots: { type: 'string' },
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
console.log(`first screen with Train: ${(performance.now() - openedMs).toFixed(0)} ms`);
await page.getByText('Ready', { exact: true }).waitFor();
console.log(`text, tokenizer and model ready: ${(performance.now() - openedMs).toFixed(0)} ms`);
console.log(
  `backend: ${await page
    .getByText(/(WebGPU|WebGL|WASM|CPU) · /)
    .first()
    .textContent()}`,
);

await page.getByRole('button', { name: 'Train', exact: true }).click();
const pressedMs = performance.now();
const startedMs = await page.evaluate(() => performance.now());
const seconds = () => ((performance.now() - pressedMs) / 1000).toFixed(0);
let firstReached;
let shown = '';
let toldTasks = false;
while (performance.now() - pressedMs < Number(options.minutes) * 60_000) {
  await page.waitForTimeout(1000);
  if (!toldTasks && performance.now() - pressedMs > 20_000) {
    toldTasks = true;
    const tasks = await page.evaluate(
      (from) => window.longTasks.filter(({ startMs }) => startMs >= from && startMs < from + 20_000),
      startedMs,
    );
    const longest = Math.max(0, ...tasks.map(({ ms }) => ms));
    console.log(
      `main thread, 20 s of training: ${tasks.length} tasks over 50 ms, the longest ${longest.toFixed(0)} ms`,
    );
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
console.log(`status: ${await page.getByRole('banner').getByRole('status').textContent()}`);
if (options.screenshots !== undefined) await page.screenshot({ path: join(options.screenshots, 'page.png') });
await browser.close();
await server.close();
