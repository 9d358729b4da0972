// The evidence panel: a person checks the engine on WASM, WebGL and WebGPU while the run goes on, reads the tables, copies
// them, and stops a check.
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, ready, region, runStatus, statusStep, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const PATIENCE = { timeout: 90_000 };

test('a person checks the engine on every backend and copies what was found', async ({ page, context, openApp }) => {
  test.slow();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openApp(tinyRun({ 'model.nLayer': 1 }));
  await ready(page);
  const evidence = region(page, 'Evidence');
  await evidence.locator('summary').first().click();
  await expect(evidence).toContainText('The gradient that trains the model is the derivative of its loss.');

  for (const [value, label] of [
    ['wasm', 'WASM'],
    ['webgl', 'WebGL'],
    ['webgpu', 'WebGPU'],
  ] as const) {
    await chooseBackend(page, value, label);
    await evidence.getByRole('button', { name: /^Check (now on this device|again)$/ }).click();
    await expect(button(page, 'Stop the check')).toBeVisible();
    await expect(evidence.getByText('Device', { exact: true }).locator('..')).toContainText(label, PATIENCE);
    await expect(evidence).toContainText('✓ Everything agrees: 16 groups of parameters and 4 comparisons.', PATIENCE);
    const groups = evidence.getByRole('table').first();
    await expect(groups.getByRole('row')).toHaveCount(17);
    await expect(groups.getByRole('row', { name: /blocks\.0\.qkvWeight/ })).toContainText('✓ passed');
    const parity = evidence.getByRole('table').nth(1);
    await expect(parity).toContainText(value === 'webgpu' ? 'plan, f32' : 'operations one by one');
    await expect(parity.getByRole('row', { name: /Gradient float64 in reverse/ })).toContainText('✓ passed');
  }

  await button(page, 'Copy as text').click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('Everything agrees');
  expect(copied).toContain('Device: WebGPU');
  expect(copied).toMatch(/finalNormGain +16 +16\/16/);

  // Opened anew, the device is another; what was found says that it is from before.
  await chooseBackend(page, 'wasm', 'WASM');
  await expect(evidence).toContainText('From before the device was opened anew.');
});

test('a check goes on beside the training run, and can be stopped', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'wasm', 'WASM');
  await stepTo(page, 1);
  const evidence = region(page, 'Evidence');
  await evidence.locator('summary').first().click();
  await button(page, 'Check now on this device').click();
  await button(page, 'Stop the check').click();
  await expect(button(page, 'Check now on this device')).toBeVisible();
  await expect(evidence.getByRole('table')).toHaveCount(0);
  await expect(evidence.getByRole('alert')).toHaveCount(0);

  await button(page, 'Resume').click();
  await button(page, 'Check now on this device').click();
  await expect(evidence).toContainText('Everything agrees', PATIENCE);
  const from = await statusStep(page);
  await expect.poll(() => statusStep(page)).toBeGreaterThan(from);
  await button(page, 'Pause').click();
  await expect(runStatus(page)).toContainText('Paused');
});
