// What can break does, on purpose: a lost GPU device, a worker that crashes, dies in silence or hangs, a full disk, a
// diverging run.
// Each leads to a sentence and a way on, and the run is still there.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, ready, region, statusStep, stepTo, tinyRun, waitForStep } from './fixtures/tinyRun.ts';

test.setTimeout(240_000);
test.use({ allowedErrors: ['Crashed on purpose', /device (is|was) (lost|destroyed)/i, 'WebGPU', 'GPUDevice'] });

/** Lets a test speak to the page's newest worker, as the page itself does. */
async function watchWorkers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const workers: Worker[] = [];
    const Original = window.Worker;
    window.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push(this);
      }
    };
    Object.assign(window, {
      drill: (kind: string) =>
        workers.at(-1)?.postMessage({ type: 'request', id: 1_000_000, name: 'drill', params: { kind } }),
    });
  });
}

const drill = (page: Page, kind: string): Promise<void> =>
  page.evaluate((name) => {
    (window as unknown as { drill: (kind: string) => void }).drill(name);
  }, kind);

test('a lost GPU device: the run goes on from its last good state', async ({ page, openApp }) => {
  await watchWorkers(page);
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'webgpu', 'WebGPU');
  await button(page, 'Train').click();
  await waitForStep(page, 6);
  await drill(page, 'lose-device');
  await expect(page.getByRole('alert').first()).toContainText(/device was lost.*step \d+/, { timeout: 60_000 });
  // It was training, so it trains on.
  const step = await statusStep(page);
  await waitForStep(page, step + 3);
  await expect(page.getByRole('banner')).toContainText('WebGPU ·');
});

test('a crashed worker: another one takes over the saved run', async ({ page, openApp }) => {
  await watchWorkers(page);
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 3);
  await drill(page, 'crash-worker');
  await expect(page.getByRole('banner')).toContainText(/stopped unexpectedly/, { timeout: 30_000 });
  await expect(button(page, 'Resume')).toBeEnabled({ timeout: 60_000 });
  await expect.poll(() => statusStep(page)).toBe(3);
  await stepTo(page, 5);
});

test('a worker that dies in silence, or hangs: another one takes over, and Pause is answered', async ({
  page,
  openApp,
}) => {
  await watchWorkers(page);
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 3);
  await drill(page, 'end-worker');
  const notice = page.getByRole('banner').getByRole('alert');
  await expect(notice).toContainText(/step 3\b/, { timeout: 60_000 });
  await button(page, 'Resume').click();
  await waitForStep(page, 30);
  await drill(page, 'hang-worker');
  await button(page, 'Pause').click();
  // What was asked of the worker that hung is done by the next.
  await expect(button(page, 'Resume')).toBeEnabled({ timeout: 60_000 });
  const step = await statusStep(page);
  expect(step).toBeGreaterThan(0);
  await stepTo(page, step + 1);
  await button(page, 'Resume').click();
  await waitForStep(page, step + 5);
});

test('a full disk: a sentence, and training goes on', async ({ page, openApp }) => {
  await watchWorkers(page);
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 1);
  await drill(page, 'fill-disk');
  await button(page, 'Resume').click();
  await expect(page.getByRole('alert').first()).toContainText(/is full/, { timeout: 30_000 });
  const step = await statusStep(page);
  await waitForStep(page, step + 5);
});

test('a learning rate far too high: the run stops, names the cause, and goes back', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 3);
  await region(page, 'Training').locator('summary', { hasText: 'Settings' }).click();
  const set = async (name: string, value: string): Promise<void> => {
    await page.getByRole('spinbutton', { name }).fill(value);
    await page.getByRole('spinbutton', { name }).press('Enter');
  };
  await set('Learning rate', '1');
  await set('Clip norm', '0');
  await button(page, 'Resume').click();
  await expect(page.getByRole('alert').first()).toContainText(/cause/i, { timeout: 60_000 });
  await set('Learning rate', '0.003');
  await set('Clip norm', '1');
  await page.getByRole('button', { name: /^Go back to step/ }).click();
  await expect(button(page, 'Step')).toBeEnabled({ timeout: 30_000 });
  // The state that it went back to is a good one: with a sound rate it learns on.
  const step = await statusStep(page);
  expect(step).toBeGreaterThan(0);
  await stepTo(page, step + 4);
  await expect(button(page, 'Resume')).toBeEnabled();
});
