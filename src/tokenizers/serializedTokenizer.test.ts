import { describe, expect, it } from 'vitest';
import { restoreTokenizer } from './createTokenizer.ts';
import { parseSerializedTokenizer } from './serializedTokenizer.ts';

const bytes = Array.from({ length: 256 }, (_, i) => i);

describe('parseSerializedTokenizer', () => {
  it.each([
    { kind: 'byte' },
    { kind: 'gpt3' },
    { kind: 'character', characters: [] },
    { kind: 'character', characters: ['\n', 'a', '\ud83d', '\uffee', '😀'] },
    { kind: 'gpt3-restricted', tokens: bytes },
    { kind: 'gpt3-restricted', tokens: [...bytes, 300, 50255] },
    { kind: 'trained', merges: [] },
    {
      kind: 'trained',
      merges: [
        [97, 98],
        [256, 256],
        [257, 97],
      ],
    },
  ])('takes %j', async (data) => {
    const parsed = parseSerializedTokenizer(JSON.parse(JSON.stringify(data)));
    expect(parsed).toEqual(data);
    const restored = parsed && (await restoreTokenizer(parsed));
    // What says nothing of white space is from when `\s` was taken for it.
    const cutsWords = data.kind === 'gpt3' || data.kind === 'gpt3-restricted' || data.kind === 'trained';
    expect(restored?.serialize()).toEqual(cutsWords ? { ...data, whiteSpace: 'javascript' } : data);
  });

  it.each(['unicode', 'javascript'])('keeps the rule of white space: %s', async (whiteSpace) => {
    for (const kind of [
      { kind: 'gpt3' },
      { kind: 'gpt3-restricted', tokens: bytes },
      { kind: 'trained', merges: [] },
    ]) {
      const data = { ...kind, whiteSpace };
      const parsed = parseSerializedTokenizer(data);
      expect(parsed && (await restoreTokenizer(parsed)).serialize()).toEqual(data);
    }
  });

  it.each([
    undefined,
    null,
    'byte',
    {},
    { kind: 'word' },
    { kind: 'character' },
    { kind: 'character', characters: 'abc' },
    { kind: 'character', characters: ['b', 'a'] },
    { kind: 'character', characters: ['a', 'a'] },
    { kind: 'character', characters: ['ab'] },
    { kind: 'character', characters: [''] },
    { kind: 'character', characters: ['a', 7] },
    { kind: 'gpt3-restricted', tokens: [] },
    { kind: 'gpt3-restricted', tokens: bytes.slice(1) },
    { kind: 'gpt3-restricted', tokens: [...bytes, 50256] },
    { kind: 'gpt3-restricted', tokens: [...bytes, 300, 299] },
    { kind: 'gpt3-restricted', tokens: [...bytes, 300, 300] },
    { kind: 'gpt3-restricted', tokens: [...bytes, 300.5] },
    { kind: 'gpt3-restricted', tokens: [-1, ...bytes.slice(1)] },
    { kind: 'trained' },
    { kind: 'trained', merges: [[97, 256]] },
    {
      kind: 'trained',
      merges: [
        [97, 98],
        [258, 97],
      ],
    },
    { kind: 'trained', merges: [[97, -1]] },
    { kind: 'trained', merges: [[97, 98.5]] },
    {
      kind: 'trained',
      merges: [
        [97, 98],
        [97, 98],
      ],
    },
    { kind: 'trained', merges: [[97, 98, 99]] },
    { kind: 'trained', merges: [[97]] },
    { kind: 'trained', merges: ['ab'] },
    { kind: 'gpt3', whiteSpace: 'posix' },
  ])('refuses %j', (data) => {
    expect(parseSerializedTokenizer(data)).toBeUndefined();
  });

  it('refuses merges that would fill the memory', () => {
    const doubling = [[97, 97], ...Array.from({ length: 40 }, (_, i) => [256 + i, 256 + i])];
    expect(parseSerializedTokenizer({ kind: 'trained', merges: doubling })).toBeUndefined();
    expect(parseSerializedTokenizer({ kind: 'trained', merges: doubling.slice(0, 11) })).toBeDefined();
  });
});
