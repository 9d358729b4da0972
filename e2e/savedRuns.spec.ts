// Saved runs: named, kept when another begins, opened again, deleted with the text that only they needed.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, runStatus, statusStep, stepTo, tinyRun } from './fixtures/tinyRun.ts';

/** Numbers of runs and texts in the browser's store. */
const stored = (page: Page): Promise<{ runs: number; texts: number }> =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('glassbox');
      opening.addEventListener('success', () => resolve(opening.result));
      opening.addEventListener('error', () => reject(opening.error));
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

test('a run on a person’s own text is named, left, opened again and deleted', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('own');
  await page.getByLabel('Paste a text').fill('The rain fell on the quiet hill and the river rose. '.repeat(60));
  await button(page, 'Use this text').click();
  await expect(region(page, 'Data').getByRole('combobox', { name: 'Text', exact: true })).toContainText('Pasted text');
  await ready(page);
  await stepTo(page, 2);

  const runs = page.getByRole('dialog', { name: 'Runs' });
  await page.getByRole('button', { name: /^Runs/ }).click();
  await runs.getByLabel('Name of the open run').fill('Rainy river');
  await runs.getByRole('button', { name: 'Rename' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Runs: Rainy river' })).toBeVisible();

  // Another run begins; the former is kept and can be opened again.
  await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('tales');
  await button(page, 'New run').click();
  await expect(runStatus(page)).toContainText('Step 0 of', { timeout: 30_000 });
  await stepTo(page, 1);
  expect(await stored(page)).toEqual({ runs: 2, texts: 1 });
  await page.getByRole('button', { name: /^Runs/ }).click();
  await runs.getByRole('button', { name: 'Open Rainy river' }).click();
  await expect.poll(() => statusStep(page), { timeout: 30_000 }).toBe(2);
  await expect(region(page, 'Data')).toContainText('rain');

  // Back to the tales, and the run on the own text goes with its text.
  await page.getByRole('button', { name: /^Runs/ }).click();
  await runs.getByRole('button', { name: /^Open Tiny tales/ }).click();
  await expect.poll(() => statusStep(page), { timeout: 30_000 }).toBe(1);
  await page.getByRole('button', { name: /^Runs/ }).click();
  await runs.getByRole('button', { name: 'Delete Rainy river' }).click();
  await runs.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(runs.getByText('Rainy river')).toHaveCount(0);
  expect(await stored(page)).toEqual({ runs: 1, texts: 0 });
});
