// Where the page cannot start it says why, in one sentence: it was opened as a file, JavaScript is off, a frame or a
// policy allows no worker, a part cannot be loaded, the browser lacks something.
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';

const DIST = new URL('../dist/', import.meta.url);

test.use({ allowedErrors: [/^/] });

const said = (page: Page) => page.locator('#startup');

test('opened as a file', async ({ page }) => {
  await page.goto(pathToFileURL(fileURLToPath(new URL('index.html', DIST))).href);
  await expect(said(page)).toContainText('npm start');
});

test('without JavaScript', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(baseURL ?? '');
  // A driven browser does not show it; the text is what one without a driver shows.
  expect(await page.locator('noscript').textContent()).toContain('JavaScript');
  await context.close();
});

test('in a frame that allows neither storage nor workers', async ({ page, baseURL }) => {
  await page.route('**/framed.html', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe sandbox="allow-scripts" src="${baseURL}"></iframe>` }),
  );
  await page.goto(`${baseURL}framed.html`);
  await expect(page.frameLocator('iframe').locator('#startup')).toContainText('frame');
});

test('under a policy that allows no worker, the rest of the page is there and says so', async ({ page, baseURL }) => {
  await page.route(`${baseURL}`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': "worker-src 'none'" },
      body: readFileSync(new URL('index.html', DIST)),
    }),
  );
  await page.goto('./');
  await expect(page.getByRole('banner').getByRole('alert')).toContainText('frame');
  await expect(page.getByRole('region', { name: 'Data' })).toBeVisible();
});

test('with a part that does not load', async ({ page }) => {
  await page.route('**/assets/index-*.js', (route) => route.abort());
  await page.goto('./');
  await expect(said(page)).toContainText('connection');
});

test('in a browser that lacks what it needs', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Intl, 'NumberFormat', {
      value: function refuse() {
        throw new RangeError('no locale');
      },
    });
  });
  await page.goto('./');
  await expect(said(page)).toContainText('no locale');
  expect(await said(page).locator('p').count()).toBe(2);
});

test('in a browser that does not know the language’s newer forms', async ({ page }) => {
  await page.route('**/assets/index-*.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: 'const a = 1 ?!? 2;' }),
  );
  await page.goto('./');
  await expect(said(page)).toContainText('newer browser');
});

test('says nothing where it starts', async ({ page, openApp }) => {
  await openApp();
  await expect(said(page)).toHaveCount(0);
});
