// A text made ready: the report's figures, one making for equal requests, progress and cancelling.
import { describe, expect, it } from 'vitest';
import { unwatched } from '../../scripts/smallRun.ts';
import { newStore } from '../../scripts/testDisk.ts';
import type { TextChoice } from '../config/runConfig.ts';
import { builtInText } from '../data/textCatalog.ts';
import { UnknownCharactersError } from '../tokenizers/tokenizer.ts';
import { DataPreparer, previewTokens, type DataRequest } from './preparedData.ts';
import { TextLibrary } from './texts.ts';

const REQUEST: DataRequest = {
  text: { kind: 'tales', seed: 2, kilobytes: 16 },
  tokenizer: { kind: 'character', vocabSize: 258 },
  validationFraction: 0.2,
  seed: 1,
};
async function ownText(documents: readonly string[]): Promise<{ preparer: DataPreparer; text: TextChoice }> {
  const library = new TextLibrary(newStore());
  const text = library.lend({ kind: 'own', id: '', name: 'mine.txt' }, { name: 'mine.txt', documents: [...documents] });
  return { preparer: new DataPreparer(library), text };
}
const onTales = (): DataPreparer => new DataPreparer(new TextLibrary(newStore()));

describe('DataPreparer', () => {
  it('reports figures that agree with each other and with the streams', async () => {
    const { report, dataset, tokenizer, documents } = await onTales().prepare(REQUEST, unwatched());
    expect(report).toMatchObject({
      name: 'Tiny tales',
      documents: documents.documents.length,
      vocabSize: tokenizer.vocabSize,
      trainTokens: dataset.train.length,
      validationTokens: dataset.validation.length,
    });
    const text = documents.documents.join('');
    expect(report.characters).toBe([...text].length);
    expect(report.bytes).toBe(new TextEncoder().encode(text).length);
    expect(report.tokens).toBe(report.trainTokens + report.validationTokens);
    // Characters, each a token, and an end-of-text after each document.
    expect(report.tokens).toBe(report.characters + report.documents);
    expect(report.bytesPerToken).toBeCloseTo(report.bytes / report.tokens, 9);
    expect(report.uniformLoss).toBeCloseTo(Math.log(report.vocabSize), 9);
    expect(report.unigramLoss).toBeGreaterThan(2);
    expect(report.unigramLoss).toBeLessThan(report.uniformLoss);
    expect(report.validationTokens / report.tokens).toBeCloseTo(0.2, 1);
    expect(report.suggestedPrompts).toEqual(builtInText('tales')?.suggestedPrompts);
    expect(report.diaryPrompt).toBe(builtInText('tales')?.diaryPrompt);
  });

  it('previews the first tokens of the text, documents parted by end-of-text', async () => {
    const { report, documents, tokenizer } = await onTales().prepare(REQUEST, unwatched());
    expect(report.preview).toHaveLength(400);
    const shown = documents.documents.join('<|endoftext|>');
    const preview = report.preview.map(({ text }) => text).join('');
    expect(shown.startsWith(preview)).toBe(true);
    expect(report.preview.some(({ id }) => id === tokenizer.endOfText)).toBe(true);
    expect(previewTokens(tokenizer, [tokenizer.endOfText])).toEqual([
      { id: tokenizer.endOfText, text: '<|endoftext|>' },
    ]);
  });

  it('previews a long document of pairs without cutting one in half', async () => {
    const { preparer, text } = await ownText([`x${'🦊'.repeat(4000)}`]);
    const { report } = await preparer.prepare({ ...REQUEST, text }, unwatched());
    expect(report.preview.slice(0, 3).map((token) => token.text)).toEqual(['x', '🦊', '🦊']);
    expect(report.suggestedPrompts).toEqual([`x${'🦊'.repeat(39)}`]);
    expect(report.diaryPrompt).toBe(report.suggestedPrompts[0]);
  });

  it('makes equal requests once, and others anew', async () => {
    const preparer = onTales();
    const first = await preparer.prepare(REQUEST, unwatched());
    expect(await preparer.prepare({ ...REQUEST }, unwatched())).toBe(first);
    const other = await preparer.prepare({ ...REQUEST, tokenizer: { kind: 'byte', vocabSize: 258 } }, unwatched());
    expect(other.report.vocabSize).toBe(257);
    expect(other.documents).toBe(first.documents);
    const split = await preparer.prepare({ ...REQUEST, seed: 9 }, unwatched());
    expect(split.dataset.validation).not.toEqual(first.dataset.validation);
  });

  it('uses the tokenizer of a saved run instead of making one', async () => {
    const preparer = onTales();
    const tokenizer = { kind: 'trained', vocabSize: 300 } as const;
    const made = await preparer.prepare({ ...REQUEST, tokenizer }, unwatched());
    const saved = made.tokenizer.serialize();
    const restored = await preparer.prepare(
      { ...REQUEST, tokenizer: { kind: 'trained', vocabSize: 400 } },
      unwatched(),
      saved,
    );
    expect(restored.report.vocabSize).toBe(made.report.vocabSize);
    expect(restored.dataset.train).toEqual(made.dataset.train);
  });

  it('says which characters of a changed text a saved tokenizer does not know', async () => {
    const { preparer, text } = await ownText(['Ein Schloß am Meer. '.repeat(30)]);
    const saved = { kind: 'character', characters: [' ', '.', 'E', 'S', 'a', 'i', 'n'] } as const;
    const refused = preparer.prepare({ ...REQUEST, text }, unwatched(), saved);
    await expect(refused).rejects.toThrow(UnknownCharactersError);
  });

  it('tells progress that never goes back, with what is being done', async () => {
    const told: [number, string][] = [];
    const context = {
      ...unwatched(),
      onProgress: (fraction: number, message: string) => void told.push([fraction, message]),
    };
    await onTales().prepare({ ...REQUEST, tokenizer: { kind: 'trained', vocabSize: 512 } }, context);
    const fractions = told.map(([fraction]) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    expect(told.every(([, message]) => message !== '')).toBe(true);
    expect(new Set(told.map(([, message]) => message)).size).toBeGreaterThan(2);
  });

  it('ends when cancelled, and does the work when asked again', async () => {
    const preparer = onTales();
    const controller = new AbortController();
    const context = { ...unwatched(controller.signal), yieldToEvents: async () => controller.abort() };
    const request: DataRequest = { ...REQUEST, tokenizer: { kind: 'trained', vocabSize: 512 } };
    await expect(preparer.prepare(request, context)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect((await preparer.prepare(request, unwatched())).report.vocabSize).toBe(512);
  });

  it('judges tales by what their training documents hold, and other texts not', async () => {
    const tales = await onTales().prepare(REQUEST, unwatched());
    const { heldOut } = tales.dataset;
    const told = (wanted: boolean) => tales.documents.documents.filter((_, index) => heldOut.has(index) === wanted);
    const known = tales.judge()!.judge(told(false).join('\n'));
    expect(known).toMatchObject({ accepted: known.sentences, coherent: known.sentences, new: 0 });
    expect(known.sentences).toBeGreaterThan(0);
    const unseen = tales.judge()!.judge(told(true).join('\n'));
    expect(unseen.accepted).toBe(unseen.sentences);
    expect(unseen.new).toBeGreaterThan(0);
    const training = told(false).join(' ');
    for (const { text, isNew } of unseen.details) expect(isNew, text).toBe(!training.includes(text));
    const { preparer, text } = await ownText(['Some text of my own. '.repeat(20)]);
    expect((await preparer.prepare({ ...REQUEST, text }, unwatched())).judge()).toBeUndefined();
  });
});
