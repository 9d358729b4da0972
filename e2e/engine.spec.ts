// Performance in the page: a run trains as a plan on WebGPU, moves between backends, and shows where its time goes.
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, downloadedMetrics, field, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

test('a user measures a step and sees the plan, its memory and the chosen kernels', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  const engine = region(page, 'Performance');
  await engine.locator('summary').first().click();
  await expect(page.getByTestId('no-plan')).toBeVisible();
  await chooseBackend(page, 'webgpu', 'WebGPU');
  await expect(field(page, 'precision')).toBeDisabled();
  await expect(field(page, 'precision')).toHaveAccessibleDescription(/shader-f16/);

  await stepTo(page, 2);
  await page.getByTestId('measure-step').click();
  await expect(page.getByTestId('measured-at')).toContainText('step 2', { timeout: 60_000 });
  const table = engine.getByRole('table').first();
  await expect(table.getByRole('row', { name: /matMul NN \+ biasAdd \+ gelu/ })).toBeVisible();
  await expect(table.getByRole('row', { name: /adamw/ })).toBeVisible();
  await expect(table.getByRole('row', { name: /attentionGradient/ }).first()).toBeVisible();
  expect(await table.getByRole('row').count()).toBeGreaterThan(12);
  await expect(page.getByTestId('step-figures')).toContainText(/\d ms.*[MkG]B/s);

  // The measurement leaves the run as it was: it goes on like one that was never measured.
  await stepTo(page, 4);
  const measured = await downloadedMetrics(page);
  await button(page, 'New run').click();
  await ready(page);
  await stepTo(page, 4);
  expect((await downloadedMetrics(page)).map(({ loss }) => loss)).toEqual(measured.map(({ loss }) => loss));
});

test('a run with gradient accumulation and dropout takes the same steps on WebGPU as on WASM', async ({
  page,
  openApp,
}) => {
  await openApp(tinyRun({ 'training.accumulation': 2, 'model.dropout': 0.1, 'model.nLayer': 1 }));
  await ready(page);
  const lossesOn = async (value: string, label: string): Promise<number[]> => {
    await chooseBackend(page, value, label);
    await stepTo(page, 3);
    const rows = await downloadedMetrics(page);
    return rows.filter(({ step }) => step > 0).map(({ loss }) => Number(loss));
  };
  const planned = await lossesOn('webgpu', 'WebGPU');
  await button(page, 'New run').click();
  await ready(page);
  const eager = await lossesOn('wasm', 'WASM');
  expect(planned).toHaveLength(3);
  planned.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i] ?? Number.NaN, 3));
  expect(new Set(planned).size).toBe(3);
});
