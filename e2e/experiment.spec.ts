// The ready experiment at toy size: a user starts it on WASM, reads cards, charts and table, downloads the figures, runs
// it again and stops it; what it found stays when the panel is closed.
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, field, ready, region, runStatus, tinyRun } from './fixtures/tinyRun.ts';

const TITLE = 'Experiment: why the mask matters';
const PATIENCE = { timeout: 90_000 };

test('a user compares the four models, and keeps what was found', async ({ page, openApp }) => {
  test.slow();
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'wasm', 'WASM');
  const experiment = region(page, TITLE);
  await experiment.locator('summary').first().click();
  const [run, status] = [page.getByTestId('run-experiment'), page.getByTestId('experiment-status')];
  await field(page, 'experiment.steps').fill('12');
  await expect(page.getByTestId('experiment-cost')).toContainText(/1,536 tokens.*12 steps.* 8 .* 16 /);
  await run.click();
  await expect(run).toHaveAttribute('aria-busy', 'true');

  await expect(status).toHaveAttribute('data-status', 'done', PATIENCE);
  await expect(status).toContainText(/2 × 16.* 16, 12 steps/);
  await expect(page.getByTestId('experiment-verdict')).toContainText(/\d\.\d\d nats/);
  await expect(page.getByTestId('experiment-choices').getByRole('listitem')).toHaveCount(3);
  for (const [id, causal] of [
    ['gpt3', true],
    ['blog-last', false],
    ['blog-mean', false],
    ['gpt3-unmasked', false],
  ] as const) {
    const card = experiment.locator(`article[data-variant="${id}"]`);
    await expect(card).toContainText(/\d\.\d\d nats/);
    await expect(card).toContainText('12 of 12');
    await expect(card).toContainText('Once there was a little fox named Mia.');
    const heads = card.getByTestId('heads').first();
    const later = Number(await heads.getAttribute('data-later'));
    if (causal) expect(later).toBe(0);
    else expect(later).toBeGreaterThan(0);
  }
  await expect(runStatus(page)).toContainText('Step 0 of');

  await experiment.getByRole('button', { name: 'Table', exact: true }).click();
  // Before the first step, and at each of twelve.
  await expect(experiment.getByRole('table').getByRole('row')).toHaveCount(14);
  const started = page.waitForEvent('download');
  await page.getByTestId('experiment-csv').click();
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
  await field(page, 'experiment.steps').fill('4000');
  await expect(page.getByTestId('experiment-cost')).toContainText('4,000 steps');
  await run.click();
  await expect(experiment).toContainText(/\d+ of 4,?000/, PATIENCE);
  await button(page, 'Train').click();
  await expect(page.getByTestId('also-training')).toBeVisible();
  await expect.poll(async () => /Step (\d+) of/.exec((await runStatus(page).textContent()) ?? '')?.[1]).not.toBe('0');
  await run.click();
  await expect(status).toHaveAttribute('data-status', 'stopped');
  await expect(experiment.getByRole('alert')).toHaveCount(0);
  await button(page, 'Pause').click();
});
