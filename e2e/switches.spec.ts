// What a model is built of and how it is trained: switches, recipes, contradictions, and the schedule before it begins.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { ready, region, tinyRun } from './fixtures/tinyRun.ts';

const architecture = (page: Page) => region(page, 'Model').locator('summary', { hasText: 'Architecture' });
const settings = (page: Page) => region(page, 'Training').locator('summary', { hasText: 'Settings' });
const recipe = (page: Page) => page.getByRole('combobox', { name: 'Recipe' });
const schedule = (page: Page) => region(page, 'Training').getByRole('img', { name: /^The learning rate/ });

/** The exact number of parameters, which stands in the tooltip of the rounded one. */
async function parameters(page: Page): Promise<number> {
  const title = await region(page, 'Model').locator('strong[title]').getAttribute('title');
  return Number(title?.replaceAll(',', ''));
}

async function fill(page: Page, part: string, name: string, value: string): Promise<void> {
  const field = region(page, part).getByRole('spinbutton', { name, exact: true });
  await field.fill(value);
  await field.blur();
}

test('switches change the summary and the counts', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const model = region(page, 'Model');
  await expect(architecture(page)).toContainText('learned positions · pre-norm · GELU');
  await architecture(page).click();
  const before = await parameters(page);

  await model.getByRole('combobox', { name: 'Position encoding' }).selectOption('rotary');
  await expect(architecture(page)).toContainText('rotary positions');
  // 16 positions of 16 numbers.
  expect(before - (await parameters(page))).toBe(256);

  await model.getByRole('combobox', { name: 'Kind of norm' }).selectOption('rms');
  await expect(architecture(page)).toContainText('RMS norm');
  // The biases of five norms.
  expect(before - (await parameters(page))).toBe(256 + 5 * 16);

  const work = model.getByRole('term').filter({ hasText: 'Work per step' }).locator('..').getByRole('definition');
  const dense = await work.textContent();
  await fill(page, 'Model', 'Band', '4');
  await expect(architecture(page)).toContainText('band 4');
  await expect(work).not.toHaveText(dense ?? '');
  await expect(recipe(page)).toHaveValue('custom');

  await model.getByRole('checkbox', { name: 'Tie the output to the embedding' }).focus();
  await page.keyboard.press('Space');
  await expect(architecture(page)).toContainText('untied');
  await model.locator('summary', { hasText: 'Where they are' }).click();
  await expect(model).toContainText('Output layer');
  await expect.poll(() => new URL(page.url()).hash).toContain('model.tiedOutput=false');
});

test('what contradicts itself says so and is put right by a button', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'model.nHead': 4, 'model.dropout': 0.1 }));
  await ready(page);
  const model = region(page, 'Model');
  await architecture(page).focus();
  await page.keyboard.press('Enter');
  await fill(page, 'Model', 'Key and value heads', '3');
  await expect(model.getByRole('alert')).toContainText('4 ÷ 3 is not a whole number');
  await model.getByRole('button', { name: 'Use 4 key and value heads' }).click();
  await expect(model.getByRole('alert')).toHaveCount(0);
  await expect(model.getByRole('spinbutton', { name: 'Key and value heads' })).toHaveValue('4');

  const afterNorm = model.getByRole('checkbox', { name: 'Drop after the norm' });
  await expect(afterNorm).toBeDisabled();
  await expect(afterNorm).toHaveAccessibleDescription(/Only with post-norm/);
  await model.getByRole('combobox', { name: 'Place of the norms' }).selectOption('post');
  await afterNorm.check();
  await model.getByRole('combobox', { name: 'Place of the norms' }).selectOption('pre');
  await expect(model.getByRole('alert')).toContainText('no norm after the residual sum');
  await model.getByRole('button', { name: 'Drop before the residual sum' }).click();
  await expect(model.getByRole('alert')).toHaveCount(0);
  await expect(afterNorm).not.toBeChecked();
});

test('a contradiction in the address opens what is folded away', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'model.band': 99, 'training.rampTokens': 500 }));
  await expect(region(page, 'Model').getByRole('alert')).toContainText('wider than the context of 16');
  await expect(region(page, 'Training').getByRole('alert')).toContainText('a step has only one batch');
  await page.getByRole('button', { name: 'Use a band of 16' }).click();
  await page.getByRole('button', { name: 'Use no ramp' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await ready(page);
});

test('a recipe changes architecture and training at once, and sizes keep it', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const model = region(page, 'Model');
  await expect(recipe(page)).toHaveValue('gpt2');
  await recipe(page).selectOption({ label: 'LLaMA-like' });
  await expect(architecture(page)).toContainText('rotary positions · pre-norm · RMS norm · SwiGLU');
  await page.getByRole('combobox', { name: 'Model size' }).selectOption('small');
  await expect(recipe(page)).toHaveValue('llama');
  await expect(architecture(page)).toContainText('3:1 heads');

  await recipe(page).selectOption({ label: 'Blog model (a), last position' });
  await expect(settings(page)).toContainText('rate 0.00001 · constant · Adam · decay 0 · clip 0');
  await expect(model.getByRole('spinbutton', { name: 'Batch size' })).toHaveValue('8');

  await recipe(page).selectOption({ label: 'GPT-3 without its mask' });
  const remark = model.getByRole('note');
  await expect(remark).toContainText('the answer is in view');
  await remark.getByRole('button', { name: 'Hide the future' }).click();
  await expect(remark).toHaveCount(0);
  await expect(recipe(page)).toHaveValue('gpt3');
  await expect(architecture(page)).toContainText('band 64');
});

test('the schedule is drawn before it begins, and said in words and numbers', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'training.steps': 200 }));
  await ready(page);
  const training = region(page, 'Training');
  await settings(page).click();
  // Steps of 32 tokens, 160 of warm-up.
  await expect(schedule(page)).toHaveAccessibleName(
    'The learning rate rises to 0.01 until step 5 (160 tokens), then falls along a cosine to 0.001 at step 200 (6.4k tokens).',
  );
  await expect(schedule(page).locator('canvas')).toBeVisible();

  await expect(training.getByRole('spinbutton', { name: 'Batch ramp' })).toBeDisabled();
  await fill(page, 'Training', 'Batches per step', '4');
  await fill(page, 'Training', 'Batch ramp', '3000');
  await expect(schedule(page)).toHaveAccessibleName(/A step grows from 32 to 128 tokens until step \d+/);
  await training.locator('summary', { hasText: 'In numbers' }).click();
  const rows = training.getByRole('region', { name: 'Table of the schedule' }).getByRole('row');
  await expect(rows.nth(1)).toContainText('132');
  await expect(rows.last()).toContainText(/^200.*128$/);

  await training.getByRole('combobox', { name: 'Schedule' }).selectOption('constant');
  await expect(schedule(page)).toHaveAccessibleName(/then stays there until step 200/);
  await expect(training.getByRole('spinbutton', { name: 'Decay tokens' })).toBeDisabled();
  await training.getByRole('combobox', { name: 'Optimizer' }).selectOption('sgd');
  await expect(training.getByRole('spinbutton', { name: 'β₂' })).toBeDisabled();
  await expect(training).toContainText('SGD keeps no mean square.');
  await expect(settings(page)).toContainText('constant · SGD');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`390 pixels wide, ${colorScheme}: all switches open, no sideways scrolling`, async ({ page, openApp }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openApp(tinyRun({ 'training.accumulation': 2, 'training.rampTokens': 1000 }));
    await ready(page);
    const sideways = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.getByRole('tab', { name: 'Setup' }).click();
    await architecture(page).click();
    await recipe(page).selectOption({ label: 'GPT-3 without its mask' });
    await expect(region(page, 'Model').getByRole('note')).toBeVisible();
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.getByRole('tab', { name: 'Training' }).click();
    await settings(page).click();
    await fill(page, 'Training', 'Decay tokens', '1');
    await expect(region(page, 'Training').getByRole('alert')).toContainText('its warm-up takes');
    expect(await sideways()).toBeLessThanOrEqual(0);
  });
}
