// Bad input gets a clear sentence near where it happened, and what was there before stays.
import { once } from 'node:events';
import { openSync, closeSync, ftruncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, field, problem, ready, region, runStatus, statusStep, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const alertIn = (part: Locator): Locator => part.getByRole('alert');

/** A figure under the text, with its name. */
const dataFigure = (page: Page, name: string): Locator =>
  region(page, 'Data').locator(`[data-figure="${name.toLowerCase()}"]`);

/** The run and its text are what they were. */
async function expectUnchanged(page: Page): Promise<void> {
  expect(await statusStep(page)).toBe(1);
  await expect(region(page, 'Data')).toContainText('Documents');
  await expect(button(page, 'Resume')).toBeEnabled();
}

async function openWithOneStep(page: Page, openApp: (address?: string) => Promise<void>): Promise<void> {
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 1);
}

test.describe('own texts', () => {
  test.beforeEach(async ({ page, openApp }) => {
    await openWithOneStep(page, openApp);
    await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('own');
  });

  test('empty', async ({ page }) => {
    await page.getByLabel('Paste a text').fill('   \n ');
    await button(page, 'Use this text').click();
    await expect(alertIn(region(page, 'Data'))).toContainText(/empty/i);
    await expectUnchanged(page);
  });

  test('a binary file', async ({ page }) => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256));
    await page.getByLabel('Text files').setInputFiles({ name: 'photo.txt', mimeType: 'text/plain', buffer: bytes });
    await expect(alertIn(region(page, 'Data'))).toContainText(/binary/i);
    await expectUnchanged(page);
  });

  test('a file of 200 MB', async ({ page }, testInfo) => {
    const path = testInfo.outputPath('huge.txt');
    writeFileSync(path, 'x');
    const handle = openSync(path, 'r+');
    ftruncateSync(handle, 200 * 1024 * 1024);
    closeSync(handle);
    await page.getByLabel('Text files').setInputFiles(path);
    await expect(alertIn(region(page, 'Data'))).toContainText(/200 MB/);
    await expect(alertIn(region(page, 'Data'))).toContainText(/50 MB/);
    await expectUnchanged(page);
  });

  test('a text shorter than the context', async ({ page }) => {
    await page.getByLabel('Paste a text').fill('Too short.');
    await button(page, 'Use this text').click();
    await expect(problem(page, 'model.contextLength').first()).toContainText('16 tokens');
    await expectUnchanged(page);
  });

  test('several good files become several documents', async ({ page }) => {
    const line = 'The sun was warm and the river was wide. ';
    await page.getByLabel('Text files').setInputFiles([
      { name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from(line.repeat(40)) },
      { name: 'two.md', mimeType: 'text/markdown', buffer: Buffer.from(line.repeat(50)) },
    ]);
    await expect(dataFigure(page, 'Documents')).toContainText('2');
    await expect(region(page, 'Data').getByRole('combobox', { name: 'Text', exact: true })).toContainText('one.txt');
    await button(page, 'New run').click();
    await expect(runStatus(page)).toContainText('Step 0 of', { timeout: 30_000 });
    await stepTo(page, 2);
  });
});

test.describe('addresses of texts', () => {
  let server: Server;
  let origin = '';
  test.use({ allowedErrors: ['Failed to load resource', 'blocked by CORS policy'] });

  test.beforeAll(async () => {
    // Another origin than the page's: what it allows is what its headers say.
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path !== '/closed.txt') response.setHeader('access-control-allow-origin', '*');
      if (path === '/page') response.writeHead(302, { location: '/page.html' }).end();
      else if (path === '/page.html') {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><title>Not a text</title>');
      } else if (path === '/gone.txt') response.writeHead(404).end();
      else {
        response.setHeader('content-type', 'text/plain');
        response.end('A small boat came to the shore and the wind was still. '.repeat(60));
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  test.afterAll(() => server.close());

  for (const { what, path, sentence } of [
    { what: 'that does not exist', path: '/gone.txt', sentence: /404/ },
    { what: 'that redirects to a web page', path: '/page', sentence: /web page|HTML/i },
    { what: 'that does not allow other pages to read it', path: '/closed.txt', sentence: /allow|CORS/ },
  ]) {
    test(`an address ${what}`, async ({ page, openApp }) => {
      await openWithOneStep(page, openApp);
      await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('url');
      await page.getByLabel('Address of a text file').fill(origin + path);
      await button(page, 'Fetch this text').click();
      await expect(alertIn(region(page, 'Data'))).toContainText(sentence);
      await expectUnchanged(page);
    });
  }

  test('an address that is none, and then a good one', async ({ page, openApp }) => {
    await openWithOneStep(page, openApp);
    await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('url');
    await page.getByLabel('Address of a text file').fill('not an address');
    await button(page, 'Fetch this text').click();
    await expect(alertIn(region(page, 'Data'))).toContainText(/address/i);
    await expectUnchanged(page);
    await page.getByLabel('Address of a text file').fill(`${origin}/story.txt`);
    await button(page, 'Fetch this text').click();
    await expect(dataFigure(page, 'Characters')).toContainText('3,300');
  });
});

test('invalid sizes: a width that the heads cannot divide, with a fix', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await field(page, 'model.nEmbd').fill('17');
  await field(page, 'model.nEmbd').blur();
  await expect(problem(page, 'model.nEmbd')).toContainText('17 ÷ 2');
  await problem(page, 'model.nEmbd').getByRole('button').click();
  await expect(alertIn(region(page, 'Model'))).toHaveCount(0);
  await ready(page);
});

test('invalid sizes: a context longer than the text', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'text.kilobytes': 2 }));
  await ready(page);
  await field(page, 'model.contextLength').fill('4096');
  await field(page, 'model.contextLength').blur();
  await expect(problem(page, 'model.contextLength')).toContainText('4,096');
  await expect(button(page, 'Step')).toBeVisible();
});

test('invalid sizes: more than the device has', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await field(page, 'model.nEmbd').fill('8192');
  await field(page, 'model.nLayer').fill('96');
  await field(page, 'model.nLayer').blur();
  await expect(problem(page, 'model')).toContainText(/[\d.]+ [MG]B.*[\d.]+ [MG]B/);
  await problem(page, 'model').getByRole('button').click();
  await expect(alertIn(region(page, 'Model'))).toHaveCount(0);
});

for (const { what, bytes, sentence } of [
  { what: 'not ours', bytes: Buffer.from('PK\u0003\u0004 something else entirely'), sentence: 'not a Glassbox run' },
  { what: 'of another version', bytes: Buffer.from('GLASSBOX\u0009\0\0\0\0\0\0\0'), sentence: 'format 9' },
]) {
  test(`a run file that is ${what}`, async ({ page, openApp }) => {
    await openWithOneStep(page, openApp);
    await page.getByRole('button', { name: /^Runs/ }).click();
    const file = { name: 'run.glassbox', mimeType: 'application/octet-stream', buffer: bytes };
    await page.getByLabel('Run file').setInputFiles(file);
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText(sentence);
    await page.keyboard.press('Escape');
    await expectUnchanged(page);
  });
}

test('a run file that is cut off', async ({ page, openApp }) => {
  await openWithOneStep(page, openApp);
  await page.getByRole('button', { name: /^Runs/ }).click();
  const download = page.waitForEvent('download');
  await button(page, 'Save to file').click();
  const stream = await (await download).createReadStream();
  const whole = Buffer.concat(await stream.toArray());
  const cut = { name: 'cut.glassbox', mimeType: 'application/octet-stream', buffer: whole.subarray(0, 20_000) };
  await page.getByLabel('Run file').setInputFiles(cut);
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('cut off');
  await page.keyboard.press('Escape');
  await expectUnchanged(page);
});

test('a malformed address bar', async ({ page, openApp }) => {
  await openApp('#model.nLayer=lots&seed=');
  await expect(page.getByRole('alert').first()).toContainText('address');
  await expect(page.getByRole('alert').first()).toContainText('model.nLayer=lots');
  await ready(page);
});

test('characters outside the vocabulary', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'tokenizer.kind': 'character' }));
  await ready(page);
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Once ☃ and 龍');
  await button(page, 'Generate').click();
  await expect(alertIn(region(page, 'Generation'))).toContainText('“☃”, “龍”');
  await expect(page.getByRole('textbox', { name: 'Prompt' })).toHaveValue('Once ☃ and 龍');
});
