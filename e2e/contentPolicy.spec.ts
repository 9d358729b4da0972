// What people type and load stays text, whatever it looks like, and the page's policy lets nothing else run. That the
// page itself never offends the policy is watched by every browser test: an offence is an error in the console.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const HTML = '<img src=x onerror="window.broken=1"><script>window.broken=1</script><b id=bold>b</b>';
const LINES = `${HTML} said the fox, and went home.\n`.repeat(60);

/** Nothing of it has become part of the page. */
async function expectText(page: Page): Promise<void> {
  expect(
    await page.evaluate(() => ({
      made: document.querySelectorAll('#root img, #root script, #bold').length,
      broken: 'broken' in window,
    })),
  ).toEqual({ made: 0, broken: false });
}

test('HTML stays text as a text, a file name, a prompt, a run’s name and an address', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const text = page.getByRole('combobox', { name: 'Text', exact: true });
  await text.selectOption('own');
  await page.getByLabel('Paste a text').fill(LINES);
  await button(page, 'Use this text').click();
  await expect(text).toContainText('Pasted');
  await text.selectOption('own');
  await page
    .getByLabel('Text files')
    .setInputFiles({ name: `${HTML}.txt`, mimeType: 'text/plain', buffer: Buffer.from(LINES) });
  await expect(text).toContainText('<img src=x');
  await ready(page);
  await stepTo(page, 2);
  await expectText(page);

  await page.getByRole('textbox', { name: 'Prompt' }).fill(HTML);
  await button(page, 'Generate').click();
  await expect(region(page, 'Generation').getByRole('article')).toContainText('onerror', { timeout: 60_000 });
  await expect(region(page, 'Attention').locator('canvas').first()).toBeVisible();
  await expectText(page);

  await page.getByRole('button', { name: /^Runs/ }).click();
  const runs = page.getByRole('dialog');
  await runs.getByRole('textbox').first().fill(HTML);
  await runs.getByRole('button', { name: 'Rename' }).click();
  await expect(runs.locator('ul, ol').first()).toContainText('<img src=x');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('banner')).toContainText('<img src=x');
  await expectText(page);

  await text.selectOption('url');
  await page.getByLabel('Address of a text file').fill(HTML);
  await button(page, 'Fetch this text').click();
  await expect(region(page, 'Data').getByRole('alert')).toBeVisible();
  await page.goto(`./#text.kind=own&text.name=${encodeURIComponent(HTML)}&${encodeURIComponent(HTML)}=1`);
  await page.reload();
  await expect(button(page, 'Resume').or(button(page, 'Train'))).toBeVisible();
  await expectText(page);
});

test.describe('the policy', () => {
  test.use({ allowedErrors: ['Content Security Policy', 'violates', 'Refused to'] });

  test('lets neither code that is put into the page nor another site’s run', async ({ page, openApp }) => {
    await openApp(tinyRun());
    const offences = await page.evaluate(async () => {
      const met: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => met.push(effectiveDirective));
      const put = (html: string): void => document.body.append(document.createRange().createContextualFragment(html));
      put('<script>window.broken = 1</script>');
      put('<div onclick="window.broken = 1" id="clicked"></div>');
      document.querySelector<HTMLElement>('#clicked')?.click();
      put('<script src="https://example.invalid/x.js"></script>');
      put('<img src="https://example.invalid/x.png">');
      put('<iframe src="https://example.invalid/"></iframe>');
      put('<style>body { color: red }</style>');
      await new Promise((done) => setTimeout(done, 300));
      return { met: [...new Set(met)].toSorted(), broken: 'broken' in window };
    });
    expect(offences.broken).toBe(false);
    expect(offences.met).toEqual(['frame-src', 'img-src', 'script-src-attr', 'script-src-elem', 'style-src-elem']);
  });
});
