// Tokens of every kind on the page: scripts that run from right to left and join their letters, characters that cannot be
// seen, tokens of a hundred characters, and texts far longer than anyone reads.
import type { Locator, Page } from 'playwright/test';
import { expect, test } from './fixtures/page.ts';
import { button, ready, region, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const prompt = (page: Page): Locator => page.getByRole('textbox', { name: 'Prompt' });
const attention = (page: Page): Locator => region(page, 'Attention');
const tokensIn = (part: Locator): Locator => part.locator('[data-token]');
const nodesIn = (part: Locator): Promise<number> => part.evaluate((element) => element.querySelectorAll('*').length);

async function trainOn(page: Page, text: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Text', exact: true }).selectOption('own');
  await page.getByLabel('Paste a text').fill(text);
  await button(page, 'Use this text').click();
  await ready(page);
}

test('Arabic runs from right to left, joined, with keys and arcs that follow it', async ({ page, openApp }) => {
  const phrase = 'سلام عليكم يا صديقي';
  await openApp(tinyRun({ 'tokenizer.kind': 'character', 'model.contextLength': 64 }));
  await ready(page);
  await trainOn(page, `${phrase}.\nshalom שלום עולם abc 12\n`.repeat(60));
  await stepTo(page, 1);
  await prompt(page).fill(phrase);
  const tokens = tokensIn(attention(page));
  await expect(tokens).toHaveCount(phrase.length);
  await expect(attention(page).locator('path[data-side="above"]').nth(1)).toBeAttached();

  const laid = await attention(page).evaluate((panel) => {
    const spans = [...panel.querySelectorAll<HTMLElement>('[data-token]')];
    const centres = spans.map((span) => {
      const { left, width } = span.getBoundingClientRect();
      return left + width / 2;
    });
    const whole = document.createElement('span');
    whole.textContent = spans
      .slice(0, 4)
      .map((span) => span.textContent)
      .join('');
    spans[0]?.parentElement?.append(whole);
    whole.style.fontWeight = '700';
    const joined = whole.getBoundingClientRect().width;
    whole.remove();
    const apart = (spans[0]?.getBoundingClientRect().right ?? 0) - (spans[3]?.getBoundingClientRect().left ?? 0);
    return { centres, joined, apart };
  });
  expect(laid.centres).toEqual(laid.centres.toSorted((a, b) => b - a));
  expect(Math.abs(laid.apart - laid.joined)).toBeLessThan(1.5);

  // Left is where reading goes on.
  await tokens.nth(3).click();
  await expect(tokens.nth(3)).toHaveAttribute('aria-selected', 'true');
  await tokens.nth(3).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(tokens.nth(4)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(tokens.nth(2)).toBeFocused();
  await page.mouse.move(0, 0);

  // An arc begins over the middle of the token that attends.
  const [startX, centre] = await attention(page).evaluate((panel) => {
    const path = panel.querySelector('[role="listbox"] path[data-side="above"]:not([d*="C0"])');
    const box = panel.querySelector('[data-shown="true"]')?.getBoundingClientRect();
    const svg = panel.querySelector('[role="listbox"] svg')?.getBoundingClientRect();
    const starts = [...panel.querySelectorAll('[role="listbox"] path[data-side="above"]')].map((each) =>
      Number(/M([\d.]+)/.exec(each.getAttribute('d') ?? '')?.[1]),
    );
    const middle = (box?.left ?? 0) + (box?.width ?? 0) / 2 - (svg?.left ?? 0);
    const nearest = starts.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0] ?? Number.NaN;
    return [path === null ? Number.NaN : nearest, middle] as const;
  });
  expect(Math.abs(startX - centre)).toBeLessThan(1);

  // Generated text, too, takes its direction from its letters.
  await region(page, 'Generation').getByRole('spinbutton', { name: 'Length', exact: true }).fill('12');
  await button(page, 'Generate').click();
  const written = region(page, 'Generation').getByRole('listbox');
  await expect(written.getByRole('option')).not.toHaveCount(0);
  expect(await written.locator('xpath=..').evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
});

test('invisible and very long tokens are seen, pointed at and named', async ({ page, openApp }) => {
  const dashes = '-'.repeat(300);
  await openApp(tinyRun({ 'tokenizer.vocabSize': 700, 'model.contextLength': 64 }));
  await ready(page);
  await trainOn(page, `a\u200bb \u202e c\u00a0 d \u0007\t${dashes}\n\n\ufeff`.repeat(80));
  await stepTo(page, 1);
  await prompt(page).fill(`a \u200b b \u202e c \u00a0 d \u0007 ${dashes}${dashes}\t\n`);
  const panel = attention(page);
  await expect(tokensIn(panel)).not.toHaveCount(0);
  const marks = panel.getByRole('listbox').locator('[data-mark]');
  await expect
    .poll(() => marks.evaluateAll((all) => all.map((mark) => mark.getAttribute('data-mark'))))
    .toEqual(expect.arrayContaining(['⟨ZWSP⟩', '⟨RLO⟩', '⟨NBSP⟩', '⟨BEL⟩', '⇥']));
  const sizes = await panel.getByRole('listbox').evaluate((box) => ({
    over: box.scrollWidth - box.clientWidth,
    widths: [...box.querySelectorAll('[data-token]')].map((token) => token.getBoundingClientRect().width),
    longest: Math.max(...[...box.querySelectorAll('[data-token]')].map((token) => token.textContent?.length ?? 0)),
  }));
  expect(sizes.over).toBeLessThanOrEqual(0);
  expect(Math.min(...sizes.widths)).toBeGreaterThan(2);
  expect(sizes.longest).toBeLessThan(60);
  // What is copied is the text: a mark holds its character.
  expect(await marks.filter({ hasText: '\u202e' }).first().textContent()).toBe('\u202e');
});

test('a prompt of a megabyte draws only its end, and the text box stays', async ({ page, openApp }) => {
  const text = 'Once upon a time there was a very long prompt. '.repeat(22_000);
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 1);
  await region(page, 'Generation').getByRole('spinbutton', { name: 'Length', exact: true }).fill('12');
  await prompt(page).fill(text);
  await button(page, 'Generate').click();
  const panel = region(page, 'Generation');
  await expect(panel.getByRole('option')).not.toHaveCount(0, { timeout: 60_000 });
  const before = Number(await panel.locator('[data-before]').getAttribute('data-before'));
  expect(before).toBeGreaterThan(100_000);
  expect(await nodesIn(panel)).toBeLessThan(3000);
  await expect(tokensIn(attention(page))).toHaveCount(16);
  expect(await nodesIn(attention(page))).toBeLessThan(500);
  await prompt(page).press('End');
  await prompt(page).pressSequentially('xyz');
  expect((await prompt(page).inputValue()).length).toBe(text.length + 3);
});
