// Help for everyone: it opens on keyboard focus, tap and hover, describes its control, closes with Escape, and stays in a
// narrow window.
import type { Locator, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { ready, region, tinyRun } from './fixtures/tinyRun.ts';

/** The bubble that describes an element. */
async function helpOf(page: Page, element: Locator): Promise<Locator> {
  const ids = ((await element.getAttribute('aria-describedby')) ?? '').split(' ').filter((id) => id !== '');
  expect(ids.length).toBeGreaterThan(0);
  return page.locator(ids.map((id) => `[id="${id}"]`).join(', ')).and(page.locator('[role="tooltip"]'));
}

async function expectWithinWindow(page: Page, bubble: Locator): Promise<void> {
  await expect(bubble).toBeVisible();
  const [box, size] = [await bubble.boundingBox(), page.viewportSize()];
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect(box?.y).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(size?.width ?? 0);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size?.height ?? 0);
}

test('help opens on focus and hover, one at a time, and closes with Escape', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const model = region(page, 'Model');
  const [layers, width] = [
    model.getByRole('spinbutton', { name: 'Layers' }),
    model.getByRole('spinbutton', { name: 'Width' }),
  ];
  const [ofLayers, ofWidth] = [await helpOf(page, layers), await helpOf(page, width)];
  await expect(ofLayers).toBeHidden();
  await expect(layers).toHaveAccessibleDescription(/\w/);

  await layers.focus();
  await expectWithinWindow(page, ofLayers);
  await page.keyboard.press('Escape');
  await expect(ofLayers).toBeHidden();
  await expect(layers).toBeFocused();

  await width.hover();
  await expectWithinWindow(page, ofWidth);
  // The pointer may go to the bubble to read it.
  await ofWidth.hover();
  await page.waitForTimeout(300);
  await expect(ofWidth).toBeVisible();
  await layers.blur();
  await layers.focus();
  await expect(ofLayers).toBeVisible();
  await expect(ofWidth).toBeHidden();

  // No help is left to a title, which neither a keyboard nor a finger opens.
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
  await expect(page.locator('body [title]')).toHaveCount(0);

  // Terms are buttons: a press opens them, a press elsewhere closes them.
  const term = model.getByRole('term').getByRole('button').first();
  const ofTerm = await helpOf(page, term);
  await term.focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await expectWithinWindow(page, ofTerm);
  await page.mouse.click(2, 2);
  await expect(ofTerm).toBeHidden();
});

test.describe('with a finger, 390 pixels wide', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('help opens on tap, within the window', async ({ page, openApp }) => {
    await openApp(tinyRun());
    await ready(page);
    await page.getByRole('tab', { name: 'Setup' }).tap();
    const model = region(page, 'Model');
    for (const control of [
      model.getByRole('combobox', { name: 'Model size' }),
      model.getByRole('spinbutton', { name: 'Width' }),
      model.getByRole('term').getByRole('button').first(),
      model.getByRole('term').getByRole('button').last(),
    ]) {
      const bubble = await helpOf(page, control);
      await control.tap();
      await expectWithinWindow(page, bubble);
      await page.touchscreen.tap(5, 838);
      await expect(bubble).toBeHidden();
    }
  });
});
