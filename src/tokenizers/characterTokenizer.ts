// Tokenizer of single characters: the distinct code points of a text, in order, then end-of-text.
// It knows no other characters; the byte and BPE tokenizers do.

import type { SerializedTokenizer, Tokenizer } from './tokenizer.ts';
import { UnknownCharactersError } from './tokenizer.ts';
import type { WorkContext } from './workPace.ts';
import { WorkPace } from './workPace.ts';

const CODE_POINTS = 0x110000;
const REPLACEMENT = '\ufffd';

/**
 * The distinct code points of the documents in ascending order. A surrogate without its other half counts as
 * a character of its own.
 */
export async function distinctCharacters(documents: readonly string[], context: WorkContext): Promise<string[]> {
  const pace = new WorkPace(context);
  const total = documents.reduce((sum, document) => sum + document.length, 0);
  const seen = new Uint8Array(CODE_POINTS);
  await pace.yieldToEvents(0, 'Collecting characters');
  let before = 0;
  let steps = 0;
  for (const document of documents) {
    for (let i = 0; i < document.length; i++) {
      const codePoint = document.codePointAt(i) ?? 0;
      seen[codePoint] = 1;
      if (codePoint > 0xffff) i++;
      if ((++steps & 0x3ffff) === 0) await pace.tick((before + i) / total, 'Collecting characters');
    }
    before += document.length;
  }
  const characters: string[] = [];
  for (let codePoint = seen.indexOf(1); codePoint >= 0; codePoint = seen.indexOf(1, codePoint + 1)) {
    characters.push(String.fromCodePoint(codePoint));
  }
  return characters;
}

/** @param characters the vocabulary: distinct single code points in ascending order, which is that of the ids. */
export function createCharacterTokenizer(characters: readonly string[]): Tokenizer {
  const endOfText = characters.length;
  const utf8 = new TextEncoder();
  const idOfCodePoint = new Int32Array((characters.at(-1)?.codePointAt(0) ?? -1) + 1).fill(-1);
  characters.forEach((character, id) => {
    idOfCodePoint[character.codePointAt(0) ?? 0] = id;
  });
  return {
    kind: 'character',
    vocabSize: characters.length + 1,
    endOfText,
    encode(text) {
      const ids = new Int32Array(text.length);
      const unknown = new Set<string>();
      let length = 0;
      for (let i = 0; i < text.length; i++) {
        const codePoint = text.codePointAt(i) ?? 0;
        const id = idOfCodePoint[codePoint] ?? -1;
        if (id < 0) unknown.add(String.fromCodePoint(codePoint));
        ids[length++] = id;
        if (codePoint > 0xffff) i++;
      }
      if (unknown.size > 0) throw new UnknownCharactersError([...unknown]);
      return ids.slice(0, length);
    },
    decode(ids) {
      const pieces: string[] = [];
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i] ?? -1;
        if (id !== endOfText) pieces.push(characters[id] ?? REPLACEMENT);
      }
      return pieces.join('');
    },
    tokenBytes(id) {
      if (id === endOfText) return new Uint8Array(0);
      const character = characters[id];
      if (character === undefined) {
        throw new RangeError(`There is no token ${id}: this vocabulary's ids are 0 to ${endOfText}.`);
      }
      return utf8.encode(character);
    },
    serialize: (): SerializedTokenizer => ({ kind: 'character', characters }),
  };
}
