import { describe, expect, it } from 'vitest';
import { TOKENIZER_KINDS } from '../config/runConfig.ts';
import { createTokenizer } from './createTokenizer.ts';
import { TOKENIZER_CATALOG } from './tokenizerCatalog.ts';

const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents: async () => {} };

describe('createTokenizer', () => {
  it.each(TOKENIZER_KINDS)('makes a %s tokenizer that gives its text back', async (kind) => {
    const documents = ['the cat and the dog', 'the end 😀'];
    const tokenizer = await createTokenizer({ kind, vocabSize: 260 }, documents, context);
    expect(tokenizer.kind).toBe(kind);
    for (const document of documents) expect(tokenizer.decode(tokenizer.encode(document))).toBe(document);
  });

  it('passes on the vocabulary wanted of a trained tokenizer', async () => {
    const tokenizer = await createTokenizer({ kind: 'trained', vocabSize: 260 }, ['banana bandana'], context);
    expect(tokenizer.vocabSize).toBe(260);
  });

  it.each(TOKENIZER_KINDS)('makes no %s tokenizer once cancelled', async (kind) => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createTokenizer({ kind, vocabSize: 260 }, ['text'], { ...context, signal })).rejects.toThrow('enough');
  });
});

describe('TOKENIZER_CATALOG', () => {
  it('has a label of its own and one sentence for every kind', () => {
    const entries = TOKENIZER_KINDS.map((kind) => TOKENIZER_CATALOG[kind]);
    expect(new Set(entries.map(({ label }) => label)).size).toBe(TOKENIZER_KINDS.length);
    for (const { description } of entries) expect(description).toMatch(/^[A-Z][^.]+\.$/);
  });
});
