// What the browser keeps and for whom: two tabs, texts that change at their address, a full disk, and browsers that keep
// nothing or have no locks.
import type { BrowserContext, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, statusStep, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const ADDRESS = 'https://texts.example.org/rain.txt';
const OWN = 'The rain fell on the quiet hill and the river rose. '.repeat(40);

/** Runs a line of code in every worker before its own, as a browser that differs would. */
const inWorkers = (context: BrowserContext, code: string): Promise<unknown> =>
  context.route('**/*worker*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code};${await response.text()}` });
  });

/** Numbers of rows on the page's disk. */
const stored = (page: Page): Promise<{ runs: number; texts: number }> =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('glassbox');
      opening.addEventListener('success', () => resolve(opening.result));
      opening.addEventListener('error', () => reject(new Error('It cannot be opened.')));
    });
    const count = (name: string): Promise<number> =>
      new Promise((resolve) => {
        const counting = database.transaction(name).objectStore(name).count();
        counting.addEventListener('success', () => resolve(counting.result));
      });
    const counts = { runs: await count('runs'), texts: await count('texts') };
    database.close();
    return counts;
  });

const runsDialog = (page: Page) => page.getByRole('dialog', { name: 'Runs' });
async function openRuns(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Runs/ }).click();
  await expect(runsDialog(page).getByRole('region', { name: 'Storage' })).toBeVisible();
}
async function paste(page: Page, text: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('own');
  await page.getByLabel('Paste a text').fill(text);
  await button(page, 'Use this text').click();
  await ready(page);
}

for (const [browser, code] of [
  ['with locks', ''],
  ['without locks', 'Object.defineProperty(self.navigator, "locks", { value: undefined })'],
] as const) {
  test(`two tabs ${browser} leave each other runs and texts`, async ({ page, context, openApp }) => {
    if (code !== '') await inWorkers(context, code);
    await openApp(tinyRun());
    await ready(page);
    await paste(page, OWN);
    await stepTo(page, 2);

    const other = await context.newPage();
    await other.goto('./');
    await expect(button(other, 'Resume')).toBeEnabled({ timeout: 60_000 });
    await expect(other.getByRole('banner')).toContainText('(copy)');
    await stepTo(other, 3);
    await openRuns(other);
    // The run that the first tab has open can be neither deleted nor taken over.
    await expect(runsDialog(other).getByRole('button', { name: /^Delete/ })).toHaveCount(0);
    await expect(runsDialog(other).getByRole('button', { name: /^Open a copy/ })).toHaveCount(1);
    expect(await stored(other)).toEqual({ runs: 2, texts: 1 });
    await stepTo(page, 3);
    expect(await stored(page)).toEqual({ runs: 2, texts: 1 });

    // Closed, it is free at last.
    await page.close();
    await other.keyboard.press('Escape');
    await expect
      .poll(
        async () => {
          await openRuns(other);
          const count = await runsDialog(other)
            .getByRole('button', { name: /^Delete/ })
            .count();
          if (count === 0) await other.keyboard.press('Escape');
          return count;
        },
        { timeout: 20_000, intervals: [500] },
      )
      .toBeGreaterThan(0);
    const storage = runsDialog(other).getByRole('region', { name: 'Storage' });
    await storage.getByRole('button').click();
    await storage.getByRole('button').first().click();
    await expect.poll(() => stored(other)).toEqual({ runs: 1, texts: 1 });
  });
}

test('a text fetched again says whether it changed, and each run keeps its own', async ({ page, context, openApp }) => {
  let body = OWN;
  await context.route(ADDRESS, (route) =>
    route.fulfill({ body, contentType: 'text/plain', headers: { 'access-control-allow-origin': '*' } }),
  );
  await openApp(tinyRun({ 'text.kind': 'url', 'text.url': ADDRESS }));
  await ready(page);
  await stepTo(page, 2);
  const data = region(page, 'Data');
  const fetchAgain = () => button(page, 'Fetch this text').click();
  await fetchAgain();
  await expect(data.locator('[data-since-last-fetch="same"]')).toBeVisible();
  expect(await stored(page)).toEqual({ runs: 1, texts: 1 });

  body = OWN.replaceAll('rain', 'snow');
  await fetchAgain();
  await expect(data.locator('[data-since-last-fetch="changed"]')).toBeVisible();
  await expect(data).toContainText('snow');
  await button(page, 'New run').click();
  await ready(page);
  await stepTo(page, 1);
  expect(await stored(page)).toEqual({ runs: 2, texts: 2 });

  // Both open, also after a reload and without the server.
  await context.unroute(ADDRESS);
  await page.reload();
  await expect.poll(() => statusStep(page), { timeout: 60_000 }).toBe(1);
  await expect(data).toContainText('snow');
  await openRuns(page);
  await runsDialog(page)
    .getByRole('button', { name: /^Open / })
    .click();
  await expect.poll(() => statusStep(page), { timeout: 30_000 }).toBe(2);
  await expect(data).toContainText('rain');
});

test('a browser that keeps nothing: all works for this visit, and it says so once', async ({
  page,
  context,
  openApp,
}) => {
  await inWorkers(context, 'Object.defineProperty(self, "indexedDB", { value: undefined })');
  await openApp(tinyRun());
  await ready(page);
  // Nothing was lost yet, so nothing is said.
  await expect(page.getByText('doesn’t let this page store')).toHaveCount(0);
  await paste(page, OWN);
  await expect(page.getByText('doesn’t let this page store')).toHaveCount(1);
  await stepTo(page, 2);
  await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('tales');
  await button(page, 'New run').click();
  await ready(page);
  await stepTo(page, 1);
  await openRuns(page);
  await expect(runsDialog(page)).toContainText('doesn’t let this page store');
  const started = page.waitForEvent('download');
  await button(page, 'Save to file').click();
  const path = await (await started).path();
  await runsDialog(page)
    .getByRole('button', { name: /^Open Pasted text/ })
    .click();
  await expect.poll(() => statusStep(page), { timeout: 30_000 }).toBe(2);
  await openRuns(page);
  await runsDialog(page).getByLabel('Run file', { exact: true }).setInputFiles(path);
  await expect.poll(() => statusStep(page), { timeout: 30_000 }).toBe(1);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

/** A disk with room for two runs. */
const ROOM_FOR_TWO = `
  const { put, delete: remove } = IDBObjectStore.prototype;
  const kept = new Set();
  IDBObjectStore.prototype.put = function (value, key) {
    if (this.name === "runs") {
      if (!kept.has(key) && kept.size >= 2) throw new DOMException("Full.", "QuotaExceededError");
      kept.add(key);
    }
    return put.call(this, value, key);
  };
  IDBObjectStore.prototype.delete = function (key) {
    if (this.name === "runs") kept.delete(key);
    return remove.call(this, key);
  }`;

test('a disk that is full says so, and saves again once runs are deleted', async ({ page, context, openApp }) => {
  await inWorkers(context, ROOM_FOR_TWO);
  await openApp(tinyRun());
  for (let run = 1; run <= 3; run++) {
    if (run > 1) await button(page, 'New run').click();
    await ready(page);
    await stepTo(page, 1);
  }
  await expect(page.getByRole('alert').first()).toContainText('full');
  expect(await stored(page)).toMatchObject({ runs: 2 });
  await openRuns(page);
  const storage = runsDialog(page).getByRole('region', { name: 'Storage' });
  await storage.getByRole('button').click();
  await storage.getByRole('button').first().click();
  await expect.poll(() => stored(page)).toMatchObject({ runs: 0 });
  await page.keyboard.press('Escape');
  await stepTo(page, 2);
  await page.reload();
  await expect.poll(() => statusStep(page), { timeout: 60_000 }).toBe(2);
});
