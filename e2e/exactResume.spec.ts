// Resuming after a reload continues exactly: every later loss equals that of a run that was never interrupted.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import {
  button,
  chooseBackend,
  downloadedMetrics,
  ready,
  runStatus,
  statusStep,
  stepTo,
  tinyRun,
} from './fixtures/tinyRun.ts';

test.setTimeout(300_000);

const HALF = 4;
const WHOLE = 8;
// Dropout on, so that its random state is proved to come along; validation measured on the way.
const ADDRESS = tinyRun({ 'model.dropout': 0.1, 'training.evalEvery': 2, 'training.sampleEvery': 3 });

async function exactNumbers(page: Page): Promise<string[]> {
  const rows = await downloadedMetrics(page);
  return rows.map(({ step, loss, validationLoss, learningRate, gradientNorm }) =>
    [step, loss, validationLoss, learningRate, gradientNorm].join(' '),
  );
}

for (const [value, label] of [
  ['wasm', 'WASM'],
  ['webgpu', 'WebGPU'],
] as const) {
  test(`on ${label}, a reload in the middle changes no later number`, async ({ page, openApp }) => {
    await openApp(ADDRESS);
    await ready(page);
    await chooseBackend(page, value, label);
    await stepTo(page, WHOLE);
    const uninterrupted = await exactNumbers(page);
    expect(uninterrupted.length).toBeGreaterThanOrEqual(WHOLE);

    await button(page, 'New run').click();
    await expect(runStatus(page)).toContainText('Step 0 of', { timeout: 30_000 });
    await expect(button(page, 'Step')).toBeEnabled({ timeout: 30_000 });
    await stepTo(page, HALF);
    await expect(page.getByRole('banner')).toContainText(/saved/);
    await page.reload();
    await expect(button(page, 'Resume')).toBeEnabled({ timeout: 60_000 });
    await stepTo(page, WHOLE);
    expect(await exactNumbers(page)).toEqual(uninterrupted);
  });
}

test('a second tab opens a copy, so that neither run overwrites the other', async ({ page, context, openApp }) => {
  await openApp(ADDRESS);
  await ready(page);
  await stepTo(page, HALF);
  const other = await context.newPage();
  await other.goto('./');
  await expect(button(other, 'Resume')).toBeEnabled({ timeout: 60_000 });
  await expect(other.getByRole('banner')).toContainText('(copy)');
  await stepTo(other, WHOLE);
  await stepTo(page, HALF + 1);
  await page.reload();
  await expect(button(page, 'Resume')).toBeEnabled({ timeout: 60_000 });
  expect(await statusStep(page)).toBe(HALF + 1);
  await page.getByRole('button', { name: /^Runs/ }).click();
  const runs = page.getByRole('dialog').getByRole('listitem');
  const at = (step: number) => new RegExp(`\\b${step}\\b`);
  await expect(runs.filter({ hasText: '(copy)' })).toContainText(at(WHOLE));
  await expect(runs.filter({ hasNotText: '(copy)' })).toContainText(at(HALF + 1));
});
