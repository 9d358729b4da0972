// Word scrambling as in Brown et al. 2020, §3.9.2: five ways to disarrange a word, and documents that ask for the
// word back. The words are those of the tiny tales.
import { Random } from '../random/random.ts';
import { pluralOf } from './tales/grammar.ts';
import { LEXICON } from './tales/lexicon.ts';

/** Cycled letters; anagrams that keep the first and last letter (A1) or two letters (A2); insertion; reversal. */
export const WORD_GAMES = ['cycle', 'anagram1', 'anagram2', 'insertion', 'reverse'] as const;
export type WordGame = (typeof WORD_GAMES)[number];

/** The paper's own words (App. G). */
export const WORD_GAME_INSTRUCTION = 'Please unscramble the letters into a word, and write that word:';

const SHORTEST_WORD = 4;
/** A2 keeps four letters and needs at least two to move. */
export const SHORTEST_WORD_A2 = 6;
const FEWEST_LINES = 4;
const MOST_LINES = 8;
const INSERTED = '.,!?/- ';

/** Distinct lower-case words of at least four letters, plurals included. */
export const GAME_WORDS: readonly string[] = [
  ...new Set(
    [...Object.values(LEXICON).flat(), ...[...LEXICON.counted, ...LEXICON.animal].map(pluralOf)].filter(
      (word) => word.length >= SHORTEST_WORD && /^[a-z]+$/.test(word),
    ),
  ),
];
const A2_WORDS = GAME_WORDS.filter((word) => word.length >= SHORTEST_WORD_A2);

/**
 * One word disarranged; never the word itself, unless all letters that may move are the same.
 * Insertion puts one mark or space between every two letters.
 */
export function disarrange(word: string, game: WordGame, random: Random): string {
  switch (game) {
    case 'reverse':
      return [...word].reverse().join('');
    case 'cycle': {
      const by = 1 + random.integer(word.length - 1);
      return word.slice(by) + word.slice(0, by);
    }
    case 'insertion':
      return [...word]
        .map((letter, i) => (i === 0 ? '' : INSERTED.charAt(random.integer(INSERTED.length))) + letter)
        .join('');
    case 'anagram1':
      return shuffledInside(word, 1, random);
    case 'anagram2':
      return shuffledInside(word, 2, random);
    default:
      return game satisfies never;
  }
}

function shuffledInside(word: string, kept: number, random: Random): string {
  const inside = word.slice(kept, -kept);
  if (new Set(inside).size < 2) return word;
  let shuffled = word;
  while (shuffled === word) shuffled = word.slice(0, kept) + random.shuffle([...inside]).join('') + word.slice(-kept);
  return shuffled;
}

/**
 * Documents of the instruction and 4 to 8 lines "scrambled = word" of one game, so that the lines before show which
 * game it is, as in the paper's few-shot setting.
 * @param bytes total size wanted (ASCII, so bytes = characters); the documents have at least that
 * @yields one document at a time
 */
export function* generateWordGames(seed: number, bytes: number): Generator<string, void, undefined> {
  const random = new Random(seed, 0x90ad);
  let written = 0;
  while (written < bytes) {
    const game = random.pick(WORD_GAMES);
    const words = game === 'anagram2' ? A2_WORDS : GAME_WORDS;
    const lines = FEWEST_LINES + random.integer(MOST_LINES - FEWEST_LINES + 1);
    let document = `${WORD_GAME_INSTRUCTION}\n`;
    for (let i = 0; i < lines; i++) {
      const word = random.pick(words);
      document += `${disarrange(word, game, random)} = ${word}\n`;
    }
    written += document.length;
    yield document;
  }
}
