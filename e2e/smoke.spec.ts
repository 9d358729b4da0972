// The page arrives, whole and without an error, from a sub-path of a plain static host.
import { expect, test } from './fixtures/page.ts';

test('the page opens', async ({ page, openApp }) => {
  await openApp();
  await expect(page).toHaveTitle(/Glassbox/);
  expect(new URL(page.url()).pathname).toBe('/some/sub/path/');
});
