// What a model is built of and how it is trained: switches, recipes, contradictions, and the schedule before it begins.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { field, note, problem, ready, region, tinyRun } from './fixtures/tinyRun.ts';

const architecture = (page: Page) => page.getByTestId('architecture');
const settings = (page: Page) => page.getByTestId('training-settings');
const recipe = (page: Page) => field(page, 'recipe');
const schedule = (page: Page) => page.locator('[data-chart="schedule"]');

/** The exact number of parameters. */
async function parameters(page: Page): Promise<number> {
  return Number(await region(page, 'Model').locator('[data-parameters]').getAttribute('data-parameters'));
}

async function fill(page: Page, name: string, value: string): Promise<void> {
  await field(page, name).fill(value);
  await field(page, name).blur();
}

test('switches change the summary and the counts', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const model = region(page, 'Model');
  await expect(architecture(page)).toContainText(/learned.*pre-norm.*GELU/);
  await architecture(page).click();
  const before = await parameters(page);

  await field(page, 'model.positions').selectOption('rotary');
  await expect(architecture(page)).toContainText('rotary');
  // 16 positions of 16 numbers.
  expect(before - (await parameters(page))).toBe(256);

  await field(page, 'model.norm').selectOption('rms');
  await expect(architecture(page)).toContainText('RMS norm');
  // The biases of five norms.
  expect(before - (await parameters(page))).toBe(256 + 5 * 16);

  const work = page.getByTestId('cost-work');
  const dense = await work.textContent();
  await fill(page, 'model.band', '4');
  await expect(architecture(page)).toContainText('window 4');
  await expect(work).not.toHaveText(dense ?? '');
  await expect(recipe(page)).toHaveValue('custom');

  await field(page, 'model.tiedOutput').focus();
  await page.keyboard.press('Space');
  await expect(architecture(page)).toContainText('untied');
  await page.getByTestId('parameter-breakdown').click();
  await expect(model).toContainText('Output layer');
  await expect.poll(() => new URL(page.url()).hash).toContain('model.tiedOutput=false');
});

test('what contradicts itself says so and is put right by a button', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'model.nHead': 4, 'model.dropout': 0.1 }));
  await ready(page);
  const model = region(page, 'Model');
  await architecture(page).focus();
  await page.keyboard.press('Enter');
  await fill(page, 'model.nKeyValueHead', '3');
  await expect(problem(page, 'model.nKeyValueHead')).toContainText('4 ÷ 3');
  await problem(page, 'model.nKeyValueHead').getByRole('button').click();
  await expect(model.getByRole('alert')).toHaveCount(0);
  await expect(field(page, 'model.nKeyValueHead')).toHaveValue('4');

  const afterNorm = field(page, 'model.dropoutAfterNorm');
  await expect(afterNorm).toBeDisabled();
  await expect(afterNorm).toHaveAccessibleDescription(/post-norm/);
  await field(page, 'model.normPlacement').selectOption('post');
  await afterNorm.check();
  await field(page, 'model.normPlacement').selectOption('pre');
  await problem(page, 'model.dropoutAfterNorm').getByRole('button').click();
  await expect(model.getByRole('alert')).toHaveCount(0);
  await expect(afterNorm).not.toBeChecked();
});

test('a contradiction in the address opens what is folded away', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'model.band': 99, 'training.rampTokens': 500 }));
  await expect(region(page, 'Model').getByRole('alert')).toContainText('context of 16');
  await problem(page, 'model.band').getByRole('button').click();
  await problem(page, 'training.rampTokens').getByRole('button').click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await ready(page);
});

test('a recipe changes architecture and training at once, and sizes keep it', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await expect(recipe(page)).toHaveValue('gpt2');
  await recipe(page).selectOption('llama');
  await expect(architecture(page)).toContainText(/rotary.*RMS norm.*SwiGLU/);
  await field(page, 'size').selectOption('small');
  await expect(recipe(page)).toHaveValue('llama');
  await expect(architecture(page)).toContainText('3:1 heads');

  await recipe(page).selectOption('blog-last');
  await expect(settings(page)).toContainText('rate 0.00001 · constant · Adam · decay 0 · clip 0');
  await expect(field(page, 'training.batchSize')).toHaveValue('8');
  await expect(page.getByTestId('recipe-mended')).toContainText('batch');

  await recipe(page).selectOption('gpt3-unmasked');
  await note(page, 'model.causal').getByRole('button').click();
  await expect(note(page, 'model.causal')).toHaveCount(0);
  await expect(recipe(page)).toHaveValue('gpt3');
  await expect(architecture(page)).toContainText('window 64');
});

test('the schedule is drawn before it begins, and said in words and numbers', async ({ page, openApp }) => {
  await openApp(tinyRun({ 'training.steps': 200 }));
  await ready(page);
  await settings(page).click();
  // Steps of 32 tokens, 160 of warm-up.
  await expect(schedule(page)).toHaveAccessibleName(
    /0\.01 .*step 5 \(160 tokens\).* 0\.001 .*step 200 \(6\.4k tokens\)/,
  );
  await expect(schedule(page).locator('canvas')).toBeVisible();

  await expect(field(page, 'training.rampTokens')).toBeDisabled();
  await fill(page, 'training.accumulation', '4');
  await fill(page, 'training.rampTokens', '3000');
  await expect(schedule(page)).toHaveAccessibleName(/32 to 128 tokens .*step \d+/);
  await page.getByTestId('schedule-numbers').click();
  const rows = page.getByTestId('schedule-table').getByRole('row');
  await expect(rows.nth(1)).toContainText('132');
  await expect(rows.last()).toContainText(/^200.*128$/);

  await field(page, 'training.schedule').selectOption('constant');
  await expect(schedule(page)).toHaveAccessibleName(/0\.01 .*step 200/);
  await expect(field(page, 'training.decayTokens')).toBeDisabled();
  await field(page, 'training.optimizer').selectOption('sgd');
  await expect(field(page, 'training.beta2')).toBeDisabled();
  await expect(field(page, 'training.beta2')).toHaveAccessibleDescription(/SGD/);
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
    await recipe(page).selectOption('gpt3-unmasked');
    await expect(note(page, 'model.causal')).toBeVisible();
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.getByRole('tab', { name: 'Training' }).click();
    await settings(page).click();
    await fill(page, 'training.decayTokens', '1');
    await expect(problem(page, 'training.decayTokens')).toBeVisible();
    expect(await sideways()).toBeLessThanOrEqual(0);
  });
}
