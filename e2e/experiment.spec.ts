// The ready experiment at toy size: a person starts it on WASM, reads cards, charts and table, downloads the figures, runs
// it again and stops it; what it found stays when the panel is closed.
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, ready, region, runStatus, tinyRun } from './fixtures/tinyRun.ts';

const TITLE = 'Experiment: why the mask matters';
const PATIENCE = { timeout: 90_000 };

test('a person compares the four models, and keeps what was found', async ({ page, openApp }) => {
  test.slow();
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'wasm', 'WASM');
  const experiment = region(page, TITLE);
  await experiment.locator('summary').first().click();
  await expect(experiment).toContainText('The blog’s 10 epochs over this text');
  await experiment.getByLabel('Steps of each model').fill('12');
  await expect(experiment).toContainText('Each model reads 1,536 tokens: 12 steps of 8 windows of 16');
  await button(page, 'Start the experiment').click();
  await expect(button(page, 'Stop the experiment')).toBeVisible();

  await expect(experiment).toContainText(/Done in .*Tiny tales, 2 × 16, context 16, 12 steps/, PATIENCE);
  await expect(experiment).toContainText(/At equal tokens, .* predicts best: \d\.\d\d nats/);
  await expect(experiment.getByRole('list', { name: 'What each choice did' }).getByRole('listitem')).toHaveCount(3);
  await expect(experiment).toContainText('Training losses cannot be compared');
  for (const [name, causal] of [
    ['GPT-3’s recipe', true],
    ['(a) Blog model, last position', false],
    ['(b) Blog model, mean of all', false],
    ['GPT-3 without its mask', false],
  ] as const) {
    const card = experiment.getByRole('article', { name, exact: true });
    await expect(card).toContainText(/\d\.\d\d nats/);
    await expect(card).toContainText('12 of 12');
    await expect(card).toContainText('Once there was a little fox named Mia.');
    const heads = card.getByRole('img', { name: /^Attention of layer 1, 2 heads/ });
    await expect(heads).toHaveAccessibleName(causal ? /Nothing looks ahead/ : /of the weight looks ahead/);
  }
  await expect(runStatus(page)).toContainText('Step 0 of');

  await experiment.getByRole('button', { name: 'Table', exact: true }).click();
  // Before the first step, and at each of twelve.
  await expect(experiment.getByRole('table').getByRole('row')).toHaveCount(14);
  const started = page.waitForEvent('download');
  await button(page, 'Download the experiment as CSV').click();
  const lines = readFileSync(await (await started).path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).toHaveLength(1 + 4 * 13);
  const tokens = lines.slice(1).map((line) => line.split(',').slice(1, 3).map(Number));
  for (const [step = 0, read] of tokens) expect(read).toBe(step * 8 * 16);

  await experiment.locator('summary').first().click();
  await experiment.locator('summary').first().click();
  await expect(experiment.getByRole('article')).toHaveCount(4);

  // The training loss of the run goes its own way meanwhile.
  await experiment.getByLabel('Steps of each model').fill('4000');
  await expect(experiment).toContainText('4,000 steps of 8 windows');
  await button(page, 'Run it again').click();
  await expect(experiment).toContainText(/Step \d+ of 4000/, PATIENCE);
  await button(page, 'Train').click();
  await expect(experiment).toContainText('both take turns at the device');
  await expect.poll(async () => /Step (\d+) of/.exec((await runStatus(page).textContent()) ?? '')?.[1]).not.toBe('0');
  await button(page, 'Stop the experiment').click();
  await expect(experiment).toContainText('Stopped by you');
  await expect(experiment.getByRole('alert')).toHaveCount(0);
  await button(page, 'Pause').click();
});
