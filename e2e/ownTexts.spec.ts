// A person's own texts as they are: old encodings, records with fields to choose, marks between documents, drops beside
// their place, files that went away.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, fault, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const data = (page: Page): Locator => region(page, 'Data');
const reading = (page: Page): Locator => page.getByTestId('reading');
const documents = (page: Page): Locator => data(page).locator('dl dd').first();
const tokens = (page: Page): Locator => data(page).locator('figure');

async function choose(page: Page, name: string, content: string | Buffer): Promise<void> {
  const another = button(page, 'Use a different text…');
  if (await another.isVisible()) await another.click();
  const buffer = typeof content === 'string' ? Buffer.from(content) : content;
  await page.locator('input[type="file"]').first().setInputFiles({ name, mimeType: '', buffer });
}

/** Drops files or a link somewhere. @returns whether the page kept the browser from acting on it */
const drop = (page: Page, selector: string, files: readonly string[], link = ''): Promise<boolean> =>
  page
    .locator(selector)
    .first()
    .evaluate(
      (element, [names, address]) => {
        const transfer = new DataTransfer();
        for (const name of names) transfer.items.add(new File(['dropped text'], name));
        if (address !== '') transfer.setData('text/uri-list', address);
        const send = (type: string): boolean => !element.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer })); // prettier-ignore
        return [send('dragover'), send('drop')].every(Boolean);
      },
      [files, link] as const,
    );

test.beforeEach(async ({ page, openApp }) => {
  await openApp(tinyRun({ 'tokenizer.kind': 'byte' }));
  await ready(page);
  await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('own');
});

test('are decoded, and read again as the person chooses', async ({ page }) => {
  const german = 'Die Füchse liefen über die grüne Wiese, während die Bäume rauschten.\r\n'.repeat(300);
  await choose(page, 'alt.txt', Buffer.from(german, 'latin1'));
  await expect(reading(page)).toContainText('Windows-1252');
  await expect(tokens(page)).toContainText('üchse');

  await reading(page).locator('summary').click();
  await reading(page).getByRole('combobox').selectOption('windows-1251');
  await reading(page).locator('button[type="submit"]').click();
  await expect(reading(page)).toContainText('Windows-1251');
  await expect(tokens(page)).toContainText('ьchse');

  await choose(page, 'stray.txt', `${'Once upon a time. '.repeat(200)}\0${'And then. '.repeat(200)}`);
  await expect(page.getByTestId('reading-remarks')).toContainText('NUL');
});

test('give the fields that a person chooses, and documents where the marks are', async ({ page }) => {
  const records = Array.from({ length: 50 }, (_, i) =>
    JSON.stringify({ id: `a${i}`, title: `Tale ${i}`, content: `Once upon a time, number ${i}.<|endoftext|>The end.` }),
  );
  await choose(page, 'tales.jsonl', records.join('\n'));
  await expect(reading(page)).toContainText(/“content”.* 50 /);
  await expect(tokens(page)).toContainText('Once upon a time, number 0.');
  await expect(documents(page)).toHaveText('50');

  await reading(page).locator('summary').click();
  await reading(page)
    .getByRole('checkbox', { name: /^title/ })
    .check();
  await reading(page).locator('button[type="submit"]').click();
  await expect(reading(page)).toContainText('“title”');
  await expect(tokens(page)).toContainText('Tale 0');

  const marks = page.getByTestId('end-of-text-marks');
  await expect(marks).toContainText('50');
  await marks.getByRole('button').click();
  await expect(documents(page)).toHaveText('100');
  // The run that is trained has them, also after a reload.
  await stepTo(page, 1);
  await page.reload();
  await expect(documents(page)).toHaveText('100');
});

test('name what does not fit, and can be read as they stand', async ({ page }) => {
  await choose(page, 'pie.csv', 'id,text\n1,Hello there you all\n2,I ate pie, cake, and jam\n3,The end of the tale\n');
  await expect(page.getByTestId('reading-remarks')).toContainText('Row 3');
  await expect(tokens(page)).toContainText('cake, and jam');
  await choose(page, 'open.csv', 'id,text\n0,"a, b"\n1,"open\n2,x');
  await expect(fault(data(page), 'text')).toContainText('row 3');
  await fault(data(page), 'text').getByRole('button').click();
  await expect(tokens(page)).toContainText('id,text');
});

test('may be dropped beside their place, may be folders, and may go away', async ({ page }, testInfo) => {
  const address = page.url();
  const alerts = page.getByRole('alert');
  expect(await drop(page, 'header', ['stray.txt'])).toBe(true);
  await expect(alerts.filter({ hasText: 'stray.txt' })).toBeVisible();
  expect(await drop(page, 'main', [], 'https://example.org/a')).toBe(true);
  const zone = 'section[aria-label="Data"] textarea';
  expect(await drop(page, zone, ['a.txt', 'b.txt'])).toBe(true);
  await expect(data(page)).toContainText('a.txt and 1 more');
  await expect(alerts).toHaveCount(0);
  expect(page.url()).toContain(new URL(address).pathname);

  // A file that goes away after it was chosen, before it is read again.
  const path = testInfo.outputPath('gone.txt');
  mkdirSync(testInfo.outputDir, { recursive: true });
  writeFileSync(path, 'Once upon a time there was a text.<|endoftext|>'.repeat(30));
  await button(page, 'Use a different text…').click();
  await page.locator('input[type="file"]').first().setInputFiles(path);
  await expect(page.getByTestId('end-of-text-marks')).toBeVisible();
  rmSync(path);
  await page.getByTestId('end-of-text-marks').getByRole('button').click();
  await expect(fault(data(page), 'text')).toContainText('“gone.txt”');
  await expect(page.getByRole('banner').getByRole('alert')).toHaveCount(0);
});
