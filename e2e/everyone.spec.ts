// For everyone: names that stay, keyboard, narrow screens, dark and light, and other backends.
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, ready, region, runStatus, stepTo, tinyRun } from './fixtures/tinyRun.ts';

test('the promised names are there', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  for (const name of ['Data', 'Model', 'Training', 'Generation', 'Attention']) {
    await expect(region(page, name)).toBeVisible();
  }
  for (const name of ['Text', 'Tokenizer', 'Model size', 'Backend']) {
    await expect(page.getByRole('combobox', { name, exact: true })).toBeVisible();
  }
  for (const name of ['Train', 'Step', 'New run', 'Generate', 'Stop']) await expect(button(page, name)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Prompt' })).toBeVisible();
  await expect(runStatus(page)).toHaveText(/Step 0 of 20,000/);
});

test('the keyboard alone trains, generates and reads a token', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'training.steps': 3 }));
  await ready(page);
  await button(page, 'Train').focus();
  await page.keyboard.press('Enter');
  await expect(runStatus(page)).toContainText('Step 3 of 3', { timeout: 60_000 });
  await page.getByRole('textbox', { name: 'Prompt' }).focus();
  await page.keyboard.press('Enter');
  const tokens = region(page, 'Generation').getByRole('listbox');
  await expect(tokens.getByRole('option')).not.toHaveCount(0);
  await expect(page.getByTestId('generated-at')).toHaveAttribute('data-status', 'done', { timeout: 60_000 });
  await tokens.getByRole('option').first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tooltip')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('tooltip')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`390 pixels wide, ${colorScheme}: tabs, the run bar, no sideways scrolling`, async ({ page, openApp }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openApp(tinyRun());
    await ready(page);
    for (const tab of ['Setup', 'Training', 'Generation', 'Attention']) {
      await page.getByRole('tab', { name: tab }).click();
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(sideways, `sideways scroll on ${tab}`).toBeLessThanOrEqual(0);
      await expect(button(page, 'Train')).toBeInViewport();
    }
    await stepTo(page, 1);
  });
}

for (const [value, label] of [
  ['webgl', 'WebGL'],
  ['cpu', 'CPU'],
] as const) {
  test(`the run moves to ${label} and back without losing a step`, async ({ page, openApp }) => {
    await openApp(tinyRun());
    await ready(page);
    await stepTo(page, 2);
    await chooseBackend(page, value, label);
    await stepTo(page, 4);
    await chooseBackend(page, 'wasm', 'WASM');
    await stepTo(page, 5);
  });
}

for (const kind of ['character', 'byte', 'gpt3-restricted']) {
  test(`the tokenizer “${kind}” trains`, async ({ page, openApp }) => {
    await openApp(tinyRun());
    await ready(page);
    await page.getByRole('combobox', { name: 'Tokenizer' }).selectOption(kind);
    await ready(page);
    await stepTo(page, 2);
    await expect(region(page, 'Data')).toContainText('Vocabulary');
  });
}

for (const kind of ['arithmetic', 'word-games']) {
  test(`the text “${kind}” trains`, async ({ page, openApp }) => {
    await openApp(tinyRun());
    await ready(page);
    await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption(kind);
    await expect(region(page, 'Data').locator('figure [role="group"]')).toContainText(/What|Please/);
    await ready(page);
    await stepTo(page, 2);
  });
}
