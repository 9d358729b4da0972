// What the wheel, a held key and an input method do to fields: nothing that was not asked for; and a change of a run
// under way is shown beside its field and can be undone.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, tinyRun, waitForStep } from './fixtures/tinyRun.ts';

const rate = (page: Page) => page.getByRole('spinbutton', { name: 'Learning rate' });

test('the wheel scrolls and changes no number, and a live change can be undone', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await button(page, 'Train').click();
  await waitForStep(page, 2);
  await region(page, 'Training').locator('summary').filter({ hasText: 'Settings' }).click();
  for (const name of ['Learning rate', 'Steps', 'Weight decay']) {
    const field = page.getByRole('spinbutton', { name, exact: true });
    const value = await field.inputValue();
    await field.focus();
    await field.hover();
    for (const delta of [120, -120, 240]) await page.mouse.wheel(0, delta);
    await page.waitForTimeout(500);
    await expect(field).toHaveValue(value);
  }
  await expect(page.locator('[data-live-change]')).toHaveCount(0);

  await rate(page).fill('0.02');
  const change = page.locator('[data-live-change="learningRate"]');
  await expect(change).toContainText('0.01 → 0.02');
  await expect(page).toHaveURL(/learningRate=0.02/);
  await change.getByRole('button').click();
  await expect(rate(page)).toHaveValue('0.01');
  await expect(change).toHaveCount(0);
  await expect(page).toHaveURL(/learningRate=0.01/);
});

test('the wheel over a focused number scrolls the page', async ({ page, openApp }) => {
  await page.setViewportSize({ width: 1000, height: 400 });
  await openApp(tinyRun());
  await ready(page);
  const field = page.getByRole('spinbutton', { name: 'Layers' });
  await field.scrollIntoViewIfNeeded();
  await field.focus();
  await field.hover();
  const top = (): Promise<number> => field.evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  await page.mouse.wheel(0, 100);
  await expect.poll(top).toBeLessThan(before - 50);
  await expect(field).toHaveValue('2');
});

test('Enter asks once, and not while an input method composes', async ({ page, openApp }) => {
  await page.addInitScript(() => {
    const asked: string[] = [];
    Object.assign(window, { asked });
    window.Worker = class extends Worker {
      override postMessage(message: { readonly name?: string }): void {
        if (message.name !== undefined) asked.push(message.name);
        super.postMessage(message);
      }
    };
  });
  await openApp(tinyRun());
  await ready(page);
  const generations = (): Promise<number> =>
    page.evaluate(() => (window as unknown as { asked: string[] }).asked.filter((name) => name === 'generate').length);
  const prompt = page.getByRole('textbox', { name: 'Prompt' });
  await prompt.focus();
  const press = (init: {
    readonly isComposing?: boolean;
    readonly keyCode?: number;
    readonly repeat?: boolean;
  }): Promise<void> => prompt.dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init });
  // Chromium and Firefox; Safari, which has ended the composition by then.
  await press({ isComposing: true });
  await press({ keyCode: 229 });
  await press({ repeat: true });
  expect(await generations()).toBe(0);
  await page.keyboard.down('Enter');
  for (let i = 0; i < 20; i++) await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await expect.poll(generations).toBe(1);
});
