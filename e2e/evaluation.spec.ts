// Evaluating a model in the page: figures, calibration, questions of the text with prompts and answers, stop, CSV.
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, field, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const SUMS = tinyRun({
  'text.kind': 'arithmetic',
  'tokenizer.kind': 'character',
  'model.nLayer': 1,
  'model.contextLength': 64,
});

for (const [value, label] of [
  ['wasm', 'WASM'],
  ['webgpu', 'WebGPU'],
] as const) {
  test(`a user evaluates a model of sums on ${label}`, async ({ page, openApp }) => {
    await openApp(SUMS);
    await ready(page);
    await chooseBackend(page, value, label);
    await stepTo(page, 2);
    const evaluation = region(page, 'Evaluation');
    await evaluation.locator('summary').first().click();
    await field(page, 'extent').selectOption('quick');
    await button(page, 'Evaluate').click();
    await expect(evaluation.getByRole('progressbar')).toBeVisible();
    await expect(page.getByTestId('evaluated-at')).toContainText('step 2 of', { timeout: 100_000 });
    await expect(button(page, 'Evaluate')).toBeEnabled();

    await expect(page.getByTestId('held-out-figures').getByRole('term')).toHaveCount(5);
    await expect(page.getByTestId('calibration-diagram')).toBeVisible();
    const calibration = page.getByTestId('calibration-table');
    await expect(calibration.getByRole('row')).toHaveCount(11);
    const tasks = page.getByTestId('task-table');
    await expect(tasks.getByRole('row')).toHaveCount(7);
    await expect(tasks.getByRole('row', { name: /Addition 2 digits/ })).toContainText('40');
    await expect(evaluation.getByRole('group', { name: 'Addition' })).toContainText('of 40');
    await expect(evaluation.getByRole('listitem').filter({ hasText: 'Q: What is' })).toHaveCount(4);
    await evaluation.getByRole('combobox', { name: 'Task' }).selectOption({ label: 'Multiplication, 2 digits' });
    await expect(evaluation.getByRole('listitem').filter({ hasText: /What is \d+ times \d+\? A: / })).toHaveCount(4);

    const started = page.waitForEvent('download');
    await page.getByTestId('evaluation-csv').click();
    const download = await started;
    expect(download.suggestedFilename()).toMatch(/evaluation-step-2\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines.filter((line) => line.includes(',accuracy,')).length).toBeGreaterThanOrEqual(12);
    const [perplexity = ''] = lines.filter((line) => line.includes(',perplexity,'));
    expect(Number(perplexity.split(',')[6])).toBeGreaterThan(1);
  });
}

test('an evaluation can be stopped, and training goes on', async ({ page, openApp }) => {
  await openApp(SUMS);
  await ready(page);
  const evaluation = region(page, 'Evaluation');
  await evaluation.locator('summary').first().click();
  await field(page, 'extent').selectOption('thorough');
  await button(page, 'Evaluate').click();
  await button(page, 'Stop evaluating').click();
  await expect(button(page, 'Evaluate')).toBeVisible();
  await expect(evaluation.getByRole('progressbar')).toHaveCount(0);
  await expect(page.getByTestId('evaluated-at')).toHaveCount(0);
  await stepTo(page, 1);
});

test('tales are judged instead of asked', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const evaluation = region(page, 'Evaluation');
  await evaluation.locator('summary').first().click();
  await field(page, 'extent').selectOption('quick');
  await button(page, 'Evaluate').click();
  await expect(page.getByTestId('no-tasks')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('judged-figures').getByRole('term')).toHaveCount(3);
  await expect(page.getByTestId('task-table')).toHaveCount(0);
});
