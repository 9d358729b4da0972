// Firefox, without a window, driven over WebDriver BiDi.
// @ts-check
import puppeteer from 'puppeteer-core';

/**
 * @param {{ program: string, preferences?: Record<string, unknown>, env?: Record<string, string> }} options
 * @returns {Promise<import('./browser.mjs').Browser>}
 */
export async function openFirefox({ program, preferences = {}, env = {} }) {
  const firefox = await puppeteer.launch({
    browser: 'firefox',
    executablePath: program,
    headless: true,
    // As users have it; driven Firefoxes let files read files.
    extraPrefsFirefox: { 'security.fileuri.strict_origin_policy': true, ...preferences },
    env: { ...process.env, ...env },
  });
  const page = await firefox.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  /** @type {string[]} */
  const problems = [];
  page.on('pageerror', (error) => problems.push(error instanceof Error ? error.message : String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return {
    open: async (url) => void (await page.goto(url, { waitUntil: 'domcontentloaded' })),
    reload: async () => void (await page.reload({ waitUntil: 'domcontentloaded' })),
    click: (selector) => page.locator(selector).click(),
    type: (selector, text) => page.locator(selector).fill(text),
    evaluate: (expression) => page.evaluate(expression),
    problems: () => problems,
    close: () => firefox.close(),
  };
}
