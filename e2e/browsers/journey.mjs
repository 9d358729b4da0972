// The journey that every browser is taken on: open, train, pause, generate, attention, reload, resume. It knows the
// page by its roles, names and figures, not by its sentences.
// @ts-check
import { until } from './browser.mjs';

const SETTINGS = {
  'model.nLayer': 2,
  'model.nHead': 2,
  'model.nEmbd': 32,
  'model.contextLength': 32,
  'training.batchSize': 4,
  'training.steps': 100_000,
  'training.evalEvery': 20,
  'training.sampleEvery': 100,
  'training.sampleLength': 8,
  'text.kilobytes': 24,
  'tokenizer.vocabSize': 300,
};
const PROMPT = 'Once there was';
const LIMIT_MS = 90_000;

const PRIMARY = '#primary-run-button';
const BACKEND = 'header select';
const GENERATION = 'section[aria-label="Generation"]';
const ATTENTION = 'section[aria-label="Attention"]';

/** What the page shows, read in one go. */
const STATE = `(() => {
  const number = (name) => Number(document.querySelector('header [role="progressbar"]')?.getAttribute(name) ?? -1);
  const button = document.querySelector('${PRIMARY}');
  const article = document.querySelector('${GENERATION} article');
  const canvases = [...document.querySelectorAll('${ATTENTION} canvas')];
  const drawn = canvases.filter((canvas) => {
    const { width, height } = canvas;
    if (width === 0 || height === 0) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    return data.some((value, index) => value !== data[index % 4]);
  });
  return {
    step: number('aria-valuenow'),
    phase: document.querySelector('header [data-phase]')?.getAttribute('data-phase') ?? '',
    primary: button?.textContent?.trim() ?? '',
    ready: button !== null && button.getAttribute('aria-disabled') !== 'true' && !button.disabled,
    device: document.querySelector('header')?.textContent ?? '',
    written: article?.textContent?.length ?? 0,
    heads: drawn.length,
    loss: [...document.querySelectorAll('header b')].map((b) => Number(b.textContent)).find((n) => n > 0 && n % 1 > 0) ?? 0,
  };
})()`;

/** The button of a region that has this name, as a selector: marked, since CSS knows no names. */
const mark = (/** @type {string} */ region, /** @type {string} */ name) => `(() => {
  const found = [...document.querySelectorAll('${region} button')].find((b) => b.textContent.trim() === '${name}');
  for (const old of document.querySelectorAll('[data-journey]')) old.removeAttribute('data-journey');
  found?.setAttribute('data-journey', '');
  return found !== undefined && found.getAttribute('aria-disabled') !== 'true' && !found.disabled;
})()`;

/** @param {string} backend */
const choose = (backend) => `(() => {
  const select = document.querySelector('${BACKEND}');
  select.value = '${backend}';
  select.dispatchEvent(new Event('change', { bubbles: true }));
  return select.value;
})()`;

/** @typedef {{ name: string, run: () => Promise<void> }} Step */

/**
 * That the page says why it stays empty where it is opened as a file.
 * @param {import('./browser.mjs').Browser} browser
 * @param {string} file the built page's address as a file
 * @returns {Step}
 */
export const openedAsFile = (browser, file) => ({
  name: 'opened as a file it says how to start it',
  run: async () => {
    await browser.open(file);
    const sentence = "document.querySelector('#startup')?.textContent ?? ''";
    await until('a sentence', LIMIT_MS, async () => String(await browser.evaluate(sentence)).includes('npm start'));
  },
});

/**
 * That a browser in the C locale, which knows no language, opens the page.
 * @param {import('./browser.mjs').Browser} browser
 * @param {string} url
 * @returns {Step}
 */
export const openedInNoLanguage = (browser, url) => ({
  name: 'the page opens',
  run: async () => {
    await browser.open(url);
    await until('a button to train', LIMIT_MS, async () => (await browser.evaluate(STATE)).primary === 'Train');
  },
});

/**
 * @param {import('./browser.mjs').Browser} browser
 * @param {{ url: string, backend: 'wasm' | 'webgpu', label: string }} options `label`: the backend's name on screen
 * @returns {Step[]} to be taken one after another
 */
export function journey(browser, { url, backend, label }) {
  const state = () => browser.evaluate(STATE);
  /** @type {(what: string, isSo: (shown: any) => boolean) => Promise<void>} */
  const shows = (what, isSo) => until(what, LIMIT_MS, async () => isSo(await state()));
  /** @type {(region: string, name: string) => Promise<void>} */
  const press = async (region, name) => {
    await until(`the button “${name}” can be pressed`, LIMIT_MS, () => browser.evaluate(mark(region, name)));
    await browser.click('[data-journey]');
  };
  const hash = new URLSearchParams(Object.entries(SETTINGS).map(([name, value]) => [name, String(value)]));
  let pausedAt = -1;
  return [
    {
      name: 'the page opens and proposes to train',
      run: async () => {
        await browser.open(`${url}#${hash}`);
        await shows('“Train” can be pressed at step 0', (s) => s.ready && s.primary === 'Train' && s.step === 0);
      },
    },
    {
      name: `it computes on ${label}`,
      run: async () => {
        await browser.evaluate(choose(backend));
        await shows(`the header names ${label}`, (s) => s.ready && s.device.includes(`${label} ·`));
      },
    },
    {
      name: 'Train takes steps, and the loss falls below guessing',
      run: async () => {
        await press('header', 'Train');
        await shows('40 steps and a loss', (s) => s.step >= 40 && s.loss > 0 && s.loss < Math.log(300));
      },
    },
    {
      name: 'Pause stops them',
      run: async () => {
        await press('header', 'Pause');
        await shows('the run is paused', (s) => s.phase === 'paused' && s.primary === 'Resume' && s.ready);
        pausedAt = (await state()).step;
        await new Promise((done) => setTimeout(done, 500));
        const later = (await state()).step;
        if (later !== pausedAt) throw new Error(`it went on from step ${pausedAt} to ${later}`);
      },
    },
    {
      name: 'Generate writes on from a prompt',
      run: async () => {
        await browser.type(`${GENERATION} textarea`, PROMPT);
        await press(GENERATION, 'Generate');
        await shows('a text longer than its prompt', (s) => s.written > PROMPT.length + 20);
        await until('it is done', LIMIT_MS, () => browser.evaluate(mark(GENERATION, 'Generate')));
      },
    },
    {
      name: 'Attention draws every head',
      run: () => shows('four pictures of heads', (s) => s.heads >= 4),
    },
    {
      name: 'a reload opens the run at the step that was shown',
      run: async () => {
        await browser.reload();
        await shows('“Resume” can be pressed', (s) => s.ready && s.primary === 'Resume');
        const { step } = await state();
        if (step !== pausedAt) throw new Error(`paused at step ${pausedAt}, opened at step ${step}`);
      },
    },
    {
      name: 'Resume goes on from there',
      run: async () => {
        await press('header', 'Resume');
        await shows('20 more steps', (s) => s.step >= pausedAt + 20 && s.loss > 0 && s.loss < Math.log(300));
        await press('header', 'Pause');
        await shows('the run is paused', (s) => s.phase === 'paused');
      },
    },
    {
      name: 'nothing was refused and nothing went wrong in the page',
      run: async () => {
        const problems = browser.problems();
        if (problems.length > 0) throw new Error(problems.join('\n'));
      },
    },
  ];
}
