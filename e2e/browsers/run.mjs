// `npm run test:browsers`: the built page in Firefox and WebKit. A browser that is missing counts as failed. The last
// line is "N passed, N failed".
// @ts-check
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findFirefox, findWebKit } from '../../scripts/findBrowsers.mjs';
import { buildIfOld } from '../../scripts/buildIfOld.mjs';
import { serveStatic } from '../../scripts/serveStatic.mjs';
import { openFirefox } from './firefox.mjs';
import { journey, openedAsFile, openedInNoLanguage } from './journey.mjs';
import { openWebKit } from './webKit.mjs';

/** @typedef {import('./journey.mjs').Step} Step */
/** @typedef {{ name: string, open: () => Promise<import('./browser.mjs').Browser>, steps: (browser: import('./browser.mjs').Browser) => Step[] }} Visit */

/**
 * @param {string} url
 * @param {string} file the built page's address as a file
 * @returns {Visit[]}
 */
const visits = (url, file) => [
  {
    name: 'Firefox on WASM',
    open: async () => openFirefox({ program: findFirefox({ install: true }) }),
    steps: (browser) => [...journey(browser, { url, backend: 'wasm', label: 'WASM' }), openedAsFile(browser, file)],
  },
  {
    name: 'WebKit on WASM',
    open: async () => openWebKit(findWebKit({ install: true })),
    steps: (browser) => [...journey(browser, { url, backend: 'wasm', label: 'WASM' }), openedAsFile(browser, file)],
  },
  {
    name: 'WebKit in the C locale',
    open: async () => openWebKit({ ...findWebKit({ install: true }), locale: 'C' }),
    steps: (browser) => [openedInNoLanguage(browser, url)],
  },
];

const sentence = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/**
 * Takes a browser through its steps; those after a failed one count as failed too.
 * @param {Visit} visit
 * @returns {Promise<{ passed: number, failed: number }>}
 */
async function take({ name, open, steps }) {
  console.log(`\n── ${name} ──`);
  let browser;
  try {
    browser = await open();
  } catch (error) {
    console.log(`✘ it starts\n  ${sentence(error)}`);
    return { passed: 0, failed: 1 };
  }
  const all = steps(browser);
  let passed = 0;
  try {
    for (const step of all) {
      const startMs = performance.now();
      await step.run();
      passed++;
      console.log(`✔ ${step.name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
    }
  } catch (error) {
    console.log(`✘ ${all[passed]?.name}\n  ${sentence(error)}`);
    for (const problem of browser.problems()) console.log(`  in the page: ${problem}`);
    const shown = await browser.evaluate('document.body.innerText').catch(() => '');
    console.log(`  on screen: ${String(shown).slice(0, 600).replaceAll('\n', ' | ')}`);
    for (const { name: left } of all.slice(passed + 1)) console.log(`✘ ${left}\n  not reached`);
  } finally {
    await browser.close().catch(() => {});
  }
  return { passed, failed: all.length - passed };
}

async function main() {
  await buildIfOld();
  const root = fileURLToPath(new URL('../../dist', import.meta.url));
  const server = await serveStatic({ root, base: '/some/sub/path/' });
  let [passed, failed] = [0, 0];
  try {
    for (const visit of visits(server.url, pathToFileURL(`${root}/index.html`).href)) {
      const counts = await take(visit);
      passed += counts.passed;
      failed += counts.failed;
    }
  } finally {
    await server.close();
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(sentence(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
