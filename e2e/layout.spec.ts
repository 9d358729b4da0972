// Where things stand: nothing makes the page longer than what it shows, nothing focused is covered, and on a phone or at
// high zoom what was asked for comes into view.
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, tinyRun } from './fixtures/tinyRun.ts';

const openFolds = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });

/** Pixels by which the document goes on below, or beside, the last thing that can be seen. */
const excess = (page: Page): Promise<{ readonly below: number; readonly beside: number }> =>
  page.evaluate(() => {
    const { scrollHeight, scrollWidth } = document.documentElement;
    const page = document.querySelector('#root > *');
    const bottom = (page?.getBoundingClientRect().bottom ?? 0) + scrollY;
    return {
      below: Math.max(0, scrollHeight - Math.max(Math.ceil(bottom), innerHeight)),
      beside: scrollWidth - innerWidth,
    };
  });

test('the document ends where the page ends, with everything open', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await openFolds(page);
  await button(page, 'Step').click();
  await button(page, 'Generate').click();
  await expect(region(page, 'Generation').locator('[data-token]').first()).toBeVisible({ timeout: 60_000 });
  await openFolds(page);
  for (const [width, height] of [
    [1440, 900],
    [1024, 768],
    [390, 844],
    [720, 450],
  ] as const) {
    await page.setViewportSize({ width, height });
    await expect.poll(() => excess(page), `at ${width} × ${height}`).toEqual({ below: 0, beside: 0 });
    if (width >= 1200) expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height);
  }
});

/** Tabs through the whole page. @returns what had the focus while less than half of it could be seen */
async function coveredStops(page: Page): Promise<{ readonly stops: number; readonly covered: readonly string[] }> {
  await page.evaluate(() => {
    scrollTo(0, 0);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  const covered: string[] = [];
  const first = 'first-stop';
  for (let stops = 0; ; stops++) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate((mark) => {
      const element = document.activeElement;
      if (element === null || element === document.body) return 'end';
      if (element.hasAttribute(`data-${mark}`)) return 'end';
      if (document.querySelector(`[data-${mark}]`) === null) element.setAttribute(`data-${mark}`, '');
      const { left, top, width, height } = element.getBoundingClientRect();
      const points = [0.1, 0.5, 0.9].map((share) => [left + width / 2, top + share * height] as const);
      const seen = points.filter(([x, y]) => {
        const hit = document.elementFromPoint(x, y);
        return hit !== null && (element.contains(hit) || hit.contains(element));
      });
      // What is higher than the window is seen in part.
      if (seen.length >= 2 || (height > innerHeight / 2 && seen.length > 0)) return '';
      return `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 30) ?? ''} at ${Math.round(top)}`;
    }, first);
    if (found === 'end' || stops > 250) return { stops, covered };
    if (found !== '') covered.push(found);
  }
}

for (const [width, height] of [
  [1024, 768],
  [390, 844],
  [720, 450],
] as const) {
  test(`nothing that has the focus is covered at ${width} × ${height}`, async ({ page, openApp }) => {
    await page.setViewportSize({ width, height });
    await openApp(tinyRun());
    await ready(page);
    const { stops, covered } = await coveredStops(page);
    expect(stops).toBeGreaterThan(width === 1024 ? 30 : 10);
    expect(covered).toEqual([]);
  });
}

test('at high zoom the bar leaves the page its room', async ({ page, openApp }) => {
  await page.setViewportSize({ width: 720, height: 450 });
  await openApp(tinyRun());
  await ready(page);
  const { height } = (await page.getByRole('banner').boundingBox()) ?? { height: Number.NaN };
  expect(height).toBeLessThan(0.25 * 450);
  expect(await excess(page)).toEqual({ below: 0, beside: 0 });
});

test('on a phone the text that was asked for comes into view', async ({ page, openApp }) => {
  await page.setViewportSize({ width: 390, height: 640 });
  await openApp(tinyRun());
  await ready(page);
  await page.getByRole('tab', { name: 'Generation' }).click();
  await button(page, 'Generate').click();
  await expect(region(page, 'Generation').locator('[data-token]').first()).toBeInViewport({ timeout: 60_000 });
});
