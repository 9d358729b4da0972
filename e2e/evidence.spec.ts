// The Evidence panel: a user checks the numbers on WASM, WebGL and WebGPU while the run goes on, reads the tables, copies
// them, and stops a check.
import type { Locator, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, ready, region, runStatus, statusStep, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const PATIENCE = { timeout: 90_000 };
const check = (page: Page): Locator => page.getByTestId('check-evidence');

test('a user checks the numbers on every backend and copies what was found', async ({ page, context, openApp }) => {
  test.slow();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openApp(tinyRun({ 'model.nLayer': 1 }));
  await ready(page);
  const evidence = region(page, 'Evidence');
  await evidence.locator('summary').first().click();

  for (const [value, label] of [
    ['wasm', 'WASM'],
    ['webgl', 'WebGL'],
    ['webgpu', 'WebGPU'],
  ] as const) {
    await chooseBackend(page, value, label);
    await check(page).click();
    await expect(check(page)).toHaveAttribute('aria-busy', 'true');
    await expect(evidence.getByText('Device', { exact: true }).locator('..')).toContainText(label, PATIENCE);
    await expect(page.getByTestId('verdict')).toHaveAttribute('data-passed', 'true', PATIENCE);
    await expect(page.getByTestId('verdict')).toContainText(/16 groups .* 4 comparisons/);
    const groups = evidence.getByRole('table').first();
    await expect(groups.getByRole('row')).toHaveCount(17);
    await expect(groups.getByRole('row', { name: /blocks\.0\.qkvWeight/ })).toContainText('✓');
    const parity = evidence.getByRole('table').nth(1);
    await expect(parity).toContainText(value === 'webgpu' ? 'plan, f32' : 'operations one by one');
    await expect(parity.getByRole('row', { name: /Gradient float64/ })).toContainText('✓');
  }

  await button(page, 'Copy as text').click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('WebGPU');
  expect(copied).toMatch(/finalNormGain +16 +16\/16/);

  // A restarted device is another one: what was found says that it is from before.
  await chooseBackend(page, 'wasm', 'WASM');
  await expect(page.getByTestId('evidence-stale')).toBeVisible();
});

test('a check goes on beside the training run, and can be stopped', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'wasm', 'WASM');
  await stepTo(page, 1);
  const evidence = region(page, 'Evidence');
  await evidence.locator('summary').first().click();
  await check(page).click();
  await expect(check(page)).toHaveAttribute('aria-busy', 'true');
  await check(page).click();
  await expect(check(page)).not.toHaveAttribute('aria-busy');
  await expect(evidence.getByRole('table')).toHaveCount(0);
  await expect(evidence.getByRole('alert')).toHaveCount(0);

  await button(page, 'Resume').click();
  await check(page).click();
  await expect(page.getByTestId('verdict')).toHaveAttribute('data-passed', 'true', PATIENCE);
  const from = await statusStep(page);
  await expect.poll(() => statusStep(page)).toBeGreaterThan(from);
  await button(page, 'Pause').click();
  await expect(runStatus(page)).toContainText('Paused');
});
