// The whole main job on WebGPU: train, watch the loss fall, generate, look inside, reload, resume, save, load.
import { expect, test } from './fixtures/page.ts';
import {
  button,
  chooseBackend,
  downloadedMetrics,
  ready,
  region,
  runStatus,
  statusStep,
  tinyRun,
  waitForStep,
} from './fixtures/tinyRun.ts';

test.setTimeout(300_000);

test('a user trains on WebGPU, generates, looks at attention, reloads, resumes, saves and loads', async ({
  page,
  openApp,
}) => {
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'webgpu', 'WebGPU');
  await expect(region(page, 'Data')).toContainText('Vocabulary');

  await button(page, 'Train').click();
  await waitForStep(page, 30);

  // Mid-training: generate, and see what else the model considered.
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Once there was');
  await region(page, 'Generation').getByRole('spinbutton', { name: 'Length' }).fill('12');
  await button(page, 'Generate').click();
  const tokens = region(page, 'Generation').getByRole('listbox').getByRole('option');
  await expect(tokens).not.toHaveCount(0);
  await expect(page.getByTestId('generated-at')).toHaveAttribute('data-status', 'done', { timeout: 60_000 });
  await tokens.first().hover();
  const card = page.getByRole('tooltip');
  await expect(card.getByRole('listitem')).not.toHaveCount(0);
  expect(await card.getByRole('listitem').count()).toBeGreaterThanOrEqual(10);

  // The loss has fallen: on the curve and against guessing blindly.
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible({ timeout: 60_000 });
  const rows = await downloadedMetrics(page);
  const losses = rows.filter(({ loss }) => loss !== '').map(({ loss }) => Number(loss));
  expect(losses.length).toBeGreaterThanOrEqual(30);
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.5);
  expect(Math.abs((losses[0] ?? 0) - Math.log(300))).toBeLessThan(0.3);
  await expect(region(page, 'Training').getByRole('img', { name: /Training loss fell/ })).toBeVisible();
  await expect(region(page, 'Training').getByRole('heading', { name: 'Step 20', exact: true })).toBeVisible();

  // Attention: every layer and head is there; another head, another token.
  const attention = region(page, 'Attention');
  for (const name of ['Layer 1 head 1', 'Layer 1 head 2', 'Layer 2 head 1', 'Layer 2 head 2']) {
    await expect(attention.getByRole('button', { name })).toBeVisible();
  }
  await attention.getByRole('button', { name: 'Layer 2 head 2' }).click();
  await expect(attention.getByRole('heading', { name: 'Layer 2, head 2' })).toBeVisible();
  const attending = attention.getByRole('listbox').getByRole('option');
  await attending.nth(2).click();
  await expect(attention.locator('[data-attention="above"]').getByRole('listitem')).not.toHaveCount(0);
  await page.getByTestId('attention-matrix').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(attention.locator('[data-readout="cell"]')).toContainText('%');

  // Reload: the run is still there, and goes on.
  const stepBefore = await statusStep(page);
  await page.reload();
  await expect(button(page, 'Resume')).toBeEnabled({ timeout: 60_000 });
  expect(await statusStep(page)).toBe(stepBefore);
  await expect(page.getByRole('banner')).toContainText('WebGPU ·');
  await button(page, 'Resume').click();
  await waitForStep(page, stepBefore + 5);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible({ timeout: 60_000 });

  // Save to a file, start anew, load the file: back at the same step.
  const savedStep = await statusStep(page);
  await page.getByRole('button', { name: /^Runs/ }).click();
  const download = page.waitForEvent('download');
  await button(page, 'Save to file').click();
  const file = await (await download).path();
  await page.keyboard.press('Escape');
  await button(page, 'New run').click();
  await expect(runStatus(page)).toContainText('Step 0 of', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Runs/ }).click();
  await page.getByLabel('Run file').setInputFiles(file);
  await expect.poll(() => statusStep(page), { timeout: 60_000 }).toBe(savedStep);
});
