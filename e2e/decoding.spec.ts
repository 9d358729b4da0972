// Decoding on the page: a beam search as a tree to open and continue from, other tokens in place of generated ones,
// stop strings, and settings that contradict each other; by pointer and by keyboard.
import type { Locator, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, chooseBackend, field, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

test.setTimeout(180_000);

const panel = (page: Page): Locator => region(page, 'Generation');
const number = (page: Page, name: string): Locator => panel(page).getByRole('spinbutton', { name, exact: true });
const optionsOf = (page: Page): Locator => panel(page).getByRole('listbox').getByRole('option');
const written = (page: Page): Promise<void> =>
  expect(page.getByTestId('generated-at')).toHaveAttribute('data-status', /done|stopped/, { timeout: 90_000 });

/** Opens or closes the settings behind “Decoding”. */
async function fold(page: Page): Promise<void> {
  await page.getByTestId('decoding').click();
}

/** Tokens of the text that is shown. */
const textOf = (page: Page): Promise<string[]> => optionsOf(page).allTextContents();

test('a user searches with beams, opens the tree, chooses a text and continues from it', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'webgpu', 'WebGPU');
  await stepTo(page, 6);

  await page.getByRole('textbox', { name: 'Prompt' }).fill('Once');
  await number(page, 'Length').fill('6');
  await fold(page);
  await page.locator('[data-preset="completion"]').click();
  await expect(page.getByTestId('decoding')).toContainText(/width 4.*0\.6/);
  await fold(page);
  await button(page, 'Generate').click();
  await written(page);

  // Four texts with scores, best first; the first is the output.
  const texts = page.getByTestId('hypotheses').getByRole('button');
  await expect(texts).toHaveCount(4);
  const figures = await texts.allTextContents();
  const scores = figures.map((text) => -Number(/score −([\d.]+)/.exec(text)?.[1]));
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  await expect(texts.first()).toHaveAttribute('aria-pressed', 'true');
  await expect(panel(page).getByRole('article', { name: 'Text 1' })).toContainText(/log p −[\d.]+ · perplexity [\d.]+/);

  // The tree, walked with the keys: along the winning path, closed and opened again.
  const tree = panel(page).getByRole('tree');
  const item = (selector: string): Locator => tree.locator(`[role="treeitem"]${selector}`);
  await item('[data-node="0"]').focus();
  await page.keyboard.press('ArrowRight');
  const first = item('[data-winning="true"][aria-level="2"]');
  await expect(first).toBeFocused();
  await expect(first).toHaveAttribute('aria-expanded', 'true');
  const open = await tree.getByRole('treeitem').count();
  await page.keyboard.press('ArrowLeft');
  await expect(first).toHaveAttribute('aria-expanded', 'false');
  expect(await tree.getByRole('treeitem').count()).toBeLessThan(open);
  await page.keyboard.press('ArrowRight');
  await expect(tree.getByRole('treeitem')).toHaveCount(open);
  await page.keyboard.press('ArrowDown');
  await expect(item(':focus')).toHaveAttribute('aria-level', '2');
  await expect(first).not.toBeFocused();
  // Eight came up for the first token; four were kept.
  await expect(item('[aria-level="2"]')).toHaveCount(8);
  await expect(item('[aria-level="2"][data-kept="true"]')).toHaveCount(4);

  // Another text, chosen in the list: it is the output, and its end is in the tree.
  const best = await textOf(page);
  await texts.nth(2).click();
  await expect(panel(page).getByRole('article', { name: 'Text 3' })).toBeVisible();
  await expect(item('[aria-selected="true"]')).toHaveAccessibleName(/text 3/);
  const third = await textOf(page);
  expect(third).not.toEqual(best);

  // On from it: what it says stays, as it was.
  await page.getByTestId('continue').click();
  await expect.poll(async () => (await textOf(page)).length, { timeout: 90_000 }).toBeGreaterThan(third.length);
  await written(page);
  expect((await textOf(page)).slice(0, third.length)).toEqual(third);

  // And from a place in the tree, here a pruned one.
  const pruned = item('[aria-level="2"][data-kept="false"]').first();
  await pruned.click();
  await expect(pruned).toHaveAttribute('aria-selected', 'true');
  const token = (await pruned.locator('span').first().textContent()) ?? '';
  await page.getByTestId('continue-here').click();
  await expect
    .poll(async () => (await textOf(page))[third.length]?.trim(), { timeout: 90_000 })
    .toBe(token.replaceAll('␣', ''));
  await written(page);
});

test('a user puts another token in place of a generated one, and texts end at stop strings', async ({
  page,
  openApp,
}) => {
  await openApp(tinyRun());
  await ready(page);
  await chooseBackend(page, 'wasm', 'WASM');
  await stepTo(page, 3);
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Once');
  await number(page, 'Length').fill('8');
  await number(page, 'Samples').fill('2');
  await fold(page);
  await field(page, 'generation.stopAtEndOfText').uncheck();
  await fold(page);
  await button(page, 'Generate').click();
  await written(page);

  // The second sample's fourth token is replaced by keyboard; the first sample stays.
  const sample = (n: number): Locator => panel(page).getByRole('article', { name: `Sample ${n}` });
  const tokens = (n: number): Locator => sample(n).getByRole('option');
  await expect(tokens(2)).toHaveCount(8);
  const [one, two] = [await tokens(1).allTextContents(), await tokens(2).allTextContents()];
  await tokens(2).nth(3).click();
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitemradio')).not.toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await expect(tokens(2).nth(3)).toBeFocused();
  await page.keyboard.press('Enter');
  const other = menu.getByRole('menuitemradio', { checked: false }).first();
  await other.focus();
  await page.keyboard.press('Enter');
  await expect(menu).toHaveCount(0);
  // Three stay, one is new, eight follow.
  await expect(tokens(2)).toHaveCount(12, { timeout: 60_000 });
  await written(page);
  const after = await tokens(2).allTextContents();
  expect(after.slice(0, 3)).toEqual(two.slice(0, 3));
  expect(after[3]).not.toBe(two[3]);
  expect(await tokens(1).allTextContents()).toEqual(one);

  // A stop string that is there, taken from what greedy writing says.
  await number(page, 'Samples').fill('1');
  await fold(page);
  await page.locator('[data-preset="greedy"]').click();
  await fold(page);
  await button(page, 'Generate').click();
  await expect(optionsOf(page)).toHaveCount(8, { timeout: 60_000 });
  await written(page);
  const letter = /\p{L}/u.exec((await textOf(page)).slice(1).join(''))?.[0] ?? '';
  expect(letter).not.toBe('');
  await fold(page);
  await field(page, 'generation.stop').fill(`never this\n${letter}`);
  await fold(page);
  await button(page, 'Generate').click();
  await expect(panel(page).getByText(`stop string “${letter}”`)).toBeVisible({ timeout: 60_000 });

  // Settings without effect are named, and invalid ones keep Generate from starting.
  await fold(page);
  await number(page, 'Top-p').fill('0.5');
  await expect(page.getByTestId('decoding-note')).toContainText('Top-p');
  await number(page, 'Min-p').fill('7');
  await expect(page.getByTestId('generation-problem')).toContainText(/Min-p.* 0 .* 1\./);
  await expect(button(page, 'Generate')).toHaveAttribute('aria-disabled', 'true');
});
