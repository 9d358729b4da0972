// The server goes away after the first screen: what is loaded later says so, is tried again, and costs nothing else.
import { expect, test } from './fixtures/page.ts';
import { button, ready, tinyRun } from './fixtures/tinyRun.ts';

test.use({ allowedErrors: ['Failed to load resource', 'ERR_'] });

const LATER = /\/assets\/(?!index-|engine-|worker-|rolldown|table)[^/]*\.js$/;
const FOLDED = /\/assets\/(EvaluationPanel|ExperimentPanel|EnginePanel|EvidencePanel)-[^/]*\.js$/;

test('panels and a backend that did not come are tried again', async ({ page, context, openApp }) => {
  await context.route(FOLDED, (route) => route.abort());
  await openApp(tinyRun());
  await ready(page);
  const again = page.getByRole('main').getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await expect(page.getByRole('main').getByRole('alert')).not.toContainText(/reload/i);
  await again.click();
  await expect(again).toBeVisible();
  const folds = page.getByRole('main').locator('details');
  const before = await folds.count();
  await context.unroute(FOLDED);
  await again.click();
  await expect(again).toHaveCount(0);
  await expect.poll(() => folds.count()).toBeGreaterThan(before);

  await context.route(LATER, (route) => route.abort());
  await context.route('**/assets/*.js', (route) =>
    route.request().method() === 'HEAD' ? route.abort() : route.fallback(),
  );
  const backend = page.getByRole('combobox', { name: 'Backend' });
  await backend.selectOption('cpu');
  await expect(page.getByRole('banner').getByText(/127\.0\.0\.1/)).toBeVisible({ timeout: 30_000 });
  await context.unrouteAll();
  await expect(button(page, 'Step')).toBeEnabled({ timeout: 30_000 });
  await backend.selectOption('cpu');
  await expect(page.getByRole('banner')).toContainText('CPU ·', { timeout: 60_000 });
});
