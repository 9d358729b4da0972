// Contestants in tabs of one Chromium: builds their page, serves it and drives it.
// @ts-check
import { join } from 'node:path';
import { chromium } from 'playwright';
import { build } from 'vite';
import { findChromium } from '../../scripts/findChromium.mjs';
import { serveStatic } from '../../scripts/serveStatic.mjs';

const QUIET = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** A tab that waits for its turn is not slowed down, and one whose turn it is does not matter less for being behind. */
const AWAKE = [
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];
const SOFTWARE = '--use-webgpu-adapter=swiftshader';
const ROOT = join(import.meta.dirname, '../..');

/** @typedef {import('./process.mjs').Host} Host */

/** @param {string} outDir */
const buildPage = (outDir) =>
  build({
    root: join(ROOT, 'bench/hosts'),
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 8000 },
  });

/** @param {string[]} flags */
const launch = (flags) =>
  chromium.launch({
    executablePath: findChromium(),
    args: [...QUIET, ...AWAKE, '--enable-unsafe-webgpu', '--enable-features=Vulkan', ...flags],
  });

/**
 * What the page said, without where in its bundle it happened.
 * @param {unknown} error
 */
function reasonOf(error) {
  const [first = ''] = String(error).split('\n');
  return first.replace(/^Error: page\.evaluate: (Error: )?/, '');
}

/** @param {import('playwright').Page} page */
const hasAdapter = (page) => page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));

/**
 * @param {'swiftshader' | 'default'} adapter
 * @param {(line: string) => void} tell
 */
export async function openChromium(adapter, tell) {
  const outDir = join(ROOT, '.cache/bench-page');
  await buildPage(outDir);
  const server = await serveStatic({ root: outDir });
  /** @param {string[]} flags */
  const attempt = async (flags) => {
    const browser = await launch(flags);
    const page = await browser.newPage();
    await page.goto(server.url);
    if (await hasAdapter(page)) return browser;
    await browser.close();
    return undefined;
  };
  let browser = adapter === 'default' ? await attempt([]) : undefined;
  if (browser === undefined) {
    if (adapter === 'default') tell('Chromium offers no WebGPU adapter of this machine: its SwiftShader is used.');
    browser = await attempt([SOFTWARE]);
  }
  if (browser === undefined) {
    await server.close();
    throw new Error('Chromium offers no WebGPU adapter here, not even SwiftShader.');
  }
  const found = browser;
  return {
    runtime: `Chromium ${found.version()}`,
    /**
     * @param {(line: string) => void} tell
     * @returns {Promise<Host>}
     */
    start: async (tell) => {
      const page = await found.newPage();
      // A step may take long on an emulated GPU.
      page.setDefaultTimeout(0);
      await page.exposeFunction('tellBench', tell);
      await page.goto(server.url);
      await page.waitForFunction(() => 'answerBench' in window);
      return {
        call: (call, argument) =>
          page
            .evaluate(({ call, argument }) => window.answerBench(call, argument), { call, argument })
            .catch((error) => {
              throw new Error(reasonOf(error));
            }),
        close: () => page.close(),
      };
    },
    close: async () => {
      await found.close();
      await server.close();
    },
  };
}
