// In a browser without WebGPU the page says so, takes the next best, and does its job.
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

test('without WebGPU the page trains and generates all the same', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await expect(page.getByRole('banner')).toContainText(/WASM ·|WebGL ·/);
  await expect(page.getByRole('combobox', { name: 'Backend' }).locator('option', { hasText: 'WebGPU' })).toBeDisabled();
  await stepTo(page, 3);
  await button(page, 'Generate').click();
  await expect(page.getByTestId('generated-at')).toHaveAttribute('data-status', 'done', { timeout: 60_000 });
  await expect(region(page, 'Attention').getByRole('button', { name: 'Layer 2 head 1' })).toBeVisible();
});
