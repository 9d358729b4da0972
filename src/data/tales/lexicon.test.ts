// The word lists hold what the grammar relies on.
import { describe, expect, it } from 'vitest';
import { GRAMMAR, pluralOf } from './grammar.ts';
import { LEXICON, NAME_PRONOUNS, NAMES } from './lexicon.ts';
import { EPISODES } from './templates.ts';

describe('the lexicon', () => {
  it('repeats no word within a class and holds no empty or odd ones', () => {
    for (const [name, entries] of Object.entries(LEXICON)) {
      expect(new Set(entries).size, name).toBe(entries.length);
      for (const entry of entries) expect(entry).toMatch(/^[A-Za-z]+([ -][A-Za-z]+)?$/);
    }
  });

  it('gives every name exactly one pronoun', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    expect(NAME_PRONOUNS.size).toBe(NAMES.length);
  });

  it('holds no word whose article its first letter would get wrong', () => {
    const all = Object.values(LEXICON).flat();
    expect(all.filter((word) => /^(uni|use|eu|one|hour|honest|heir)/.test(word))).toEqual([]);
  });

  it('never says how a thing looks twice over', () => {
    const looks = new Set<string>(LEXICON.look);
    expect(LEXICON.quality.filter((word) => looks.has(word))).toEqual([]);
    const sad = new Set<string>(LEXICON.sad);
    expect(LEXICON.glad.filter((word) => sad.has(word))).toEqual([]);
  });

  it('forms plurals', () => {
    const plurals = ['apple', 'berry', 'toy', 'fox', 'peach', 'mouse', 'sheep', 'leaf', 'potato', 'brush', 'wolf'].map(
      pluralOf,
    );
    expect(plurals).toEqual([
      'apples',
      'berries',
      'toys',
      'foxes',
      'peaches',
      'mice',
      'sheep',
      'leaves',
      'potatoes',
      'brushes',
      'wolves',
    ]);
  });
});

describe('the templates', () => {
  it('are all used by some episode, opening or ending, and each reads differently', () => {
    const inEpisodes = new Set(
      Object.values(EPISODES).flatMap(({ steps }) => steps.flatMap(({ from }) => Object.keys(from))),
    );
    const elsewhere = [
      'once',
      'onceUpon',
      'onceLived',
      'likedTo',
      'likedEating',
      'wantedToBe',
      'friends',
      'slept',
      'whatADay',
    ];
    expect([...GRAMMAR.keys()].filter((id) => !inEpisodes.has(id) && !elsewhere.includes(id))).toEqual([]);
    expect(new Set([...GRAMMAR.values()].map(({ text }) => text)).size).toBe(GRAMMAR.size);
  });
});
