// Writes tiny tales: seeded, endless, each one a story that agrees with itself.
// Sentences and story plans are data in `templates.ts`; this file only chooses.
import { Random } from '../../random/random.ts';
import { GRAMMAR, writeSentence } from './grammar.ts';
import type { Slot, Template } from './grammar.ts';
import { KIND_PRONOUNS, LEXICON, NAMES, NAME_PRONOUNS, NUMBER_WORDS } from './lexicon.ts';
import type { WordClass } from './lexicon.ts';
import { Story } from './story.ts';
import { ABOUT, ENDING, EPISODES, OPENING } from './templates.ts';
import type { Episode, Step, TemplateId } from './templates.ts';

/** Words of rank r (from 1) have weight r^−1.3: a few dozen make up most of the text, so small models learn fast. */
const ZIPF_EXPONENT = 1.3;
const FEWEST_SENTENCES = 4;
const MOST_SENTENCES = 9;
const PRONOUN_SHARE = 0.65;
/** Beyond this the story would run out of number words. */
const LARGEST_FIRST_COUNT = 8;

class ZipfList {
  readonly #items: readonly string[];
  readonly #cumulative: Float64Array;

  constructor(items: readonly string[]) {
    this.#items = items;
    this.#cumulative = new Float64Array(items.length);
    let sum = 0;
    for (let i = 0; i < items.length; i++) this.#cumulative[i] = sum += (i + 1) ** -ZIPF_EXPONENT;
  }

  pick(random: Random): string {
    const target = random.uniform() * (this.#cumulative[this.#items.length - 1] ?? 0);
    let low = 0;
    let high = this.#items.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return this.#items[low] ?? '';
  }
}

const ZIPF = new Map<string, ZipfList>(Object.entries(LEXICON).map(([name, list]) => [name, new ZipfList(list)]));
ZIPF.set('Name', new ZipfList(NAMES));
ZIPF.set('n', new ZipfList(NUMBER_WORDS.slice(0, LARGEST_FIRST_COUNT)));

/** Picks by class until `fits`; the lists hold far more words than any story excludes. */
function pickWord(
  list: WordClass | 'Name' | 'n',
  random: Random,
  fits: (word: string) => boolean = () => true,
): string {
  for (;;) {
    const word = ZIPF.get(list)?.pick(random) ?? '';
    if (fits(word)) return word;
  }
}

function pickWeighted<K extends string>(weights: readonly (readonly [K, number])[], random: Random): K | undefined {
  let target = random.uniform() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of weights) {
    target -= weight;
    if (target < 0) return key;
  }
  return weights.at(-1)?.[0];
}

/**
 * Stories, one per document: 4 to 9 sentences on a single line, ASCII only.
 * Equal seeds give equal stories, and asking for more bytes only adds stories at the end.
 * @param bytes total UTF-8 size wanted; the stories have at least that
 * @yields one story at a time
 */
export function* generateTales(seed: number, bytes: number): Generator<string, void, undefined> {
  const random = new Random(seed, 0x7a1e5);
  let written = 0;
  while (written < bytes) {
    const sentences = new Teller(random).tell();
    if (sentences.length < FEWEST_SENTENCES || sentences.length > MOST_SENTENCES) continue;
    const tale = sentences.join(' ');
    written += tale.length;
    yield tale;
  }
}

class Teller {
  readonly #random: Random;
  readonly #story = new Story();
  readonly #sentences: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  tell(): string[] {
    this.#step(OPENING, undefined);
    const hero = this.#story.characters[0];
    this.#step(ABOUT, hero);
    const episodes = new Set(Object.values(EPISODES));
    const wanted = this.#random.uniform() < 0.6 ? 2 : 1;
    for (let i = 0; i < wanted; i++) this.#episode(episodes);
    this.#step(ENDING, hero);
    return this.#sentences;
  }

  /** Plays one episode and takes it out of the set. */
  #episode(left: Set<Episode>): void {
    const keyed = [...left].map((episode, i) => [String(i), episode.weight] as const);
    const episode = [...left][Number(pickWeighted(keyed, this.#random))];
    if (episode === undefined) return;
    left.delete(episode);
    const [hero, friend] = this.#story.characters;
    // Now and then the friend has the adventure.
    const about = friend !== undefined && this.#random.uniform() < 0.25 ? friend : hero;
    for (const step of episode.steps) {
      if (!this.#step(step, about)) return;
    }
  }

  /** @returns false if a step that must be taken could not be. */
  #step(step: Step, about: string | undefined): boolean {
    if (this.#random.uniform() >= step.chance) return true;
    const ids = Object.entries(step.from) as [TemplateId, number][];
    const possible = ids.filter(([id]) => this.#suits(GRAMMAR.get(id), about));
    const chosen = pickWeighted(possible, this.#random);
    const template = chosen === undefined ? undefined : GRAMMAR.get(chosen);
    if (template === undefined) return step.chance < 1;
    const sentence = { template, values: this.#fill(template, about) };
    this.#sentences.push(writeSentence(sentence));
    this.#story.tell(sentence);
    return true;
  }

  /** Whether a template can be filled with what the story holds, about that character. */
  #suits(template: Template | undefined, about: string | undefined): boolean {
    if (template === undefined) return false;
    const keys = new Set(template.pieces.map((piece) => (typeof piece === 'string' ? '' : piece.key)));
    const two = this.#story.characters.length >= 2;
    if ((keys.has('Other') || template.needs === 'two characters') && !two) return false;
    if (keys.has('Name') && two) return false;
    if (keys.has('known') && this.#story.lastThing === undefined) return false;
    if (template.count === 'takes' && this.#count(about).number < 2) return false;
    // {his} and {him} without {S} must lead to the right character.
    if (!keys.has('S') && (keys.has('his') || keys.has('him'))) {
      const pronoun = NAME_PRONOUNS.get(about ?? '');
      if (pronoun === undefined || this.#story.resolve(pronoun) !== about) return false;
    }
    return true;
  }

  #count(about = ''): { noun: string; number: number } {
    const noun = this.#story.countedBy(about).at(-1) ?? '';
    return { noun, number: this.#story.countOf(about, noun) ?? 0 };
  }

  #fill(template: Template, about: string | undefined): Record<string, string> {
    const values: Record<string, string> = {};
    const hasSubject = template.pieces.some((piece) => typeof piece !== 'string' && piece.key === 'S');
    const pronoun = NAME_PRONOUNS.get(about ?? '');
    if (!hasSubject && pronoun !== undefined) values['whose'] = pronoun;
    for (const piece of template.pieces) {
      if (typeof piece === 'string') continue;
      const value = this.#valueFor(piece, template, values, about);
      if (value !== undefined) values[piece.key] = value;
    }
    return values;
  }

  #valueFor(
    slot: Slot,
    template: Template,
    values: Readonly<Record<string, string>>,
    about: string | undefined,
  ): string | undefined {
    const random = this.#random;
    const story = this.#story;
    switch (slot.class) {
      case 'a':
      case 'his':
      case 'him':
        return undefined;
      case 'S': {
        const mayBePronoun = about === story.lastSubject && random.uniform() < PRONOUN_SHARE;
        return mayBePronoun ? NAME_PRONOUNS.get(about ?? '') : about;
      }
      case 'Other':
        return story.characters.find((name) => name !== about);
      case 'Name': {
        const wanted = KIND_PRONOUNS.get(values['kind'] ?? '');
        return pickWord('Name', random, (name) => {
          return !story.characters.includes(name) && (wanted === undefined || NAME_PRONOUNS.get(name) === wanted);
        });
      }
      case 'known':
        return story.lastThing;
      case 'thing':
        return pickWord('thing', random, (thing) => !story.knowsThing(thing));
      case 'n':
        return this.#number(template, about);
      case 'counted':
        return template.count === 'starts'
          ? pickWord('counted', random, (noun) => story.countOf(about ?? '', noun) === undefined)
          : this.#count(about).noun;
      default:
        return pickWord(slot.class, random, (word) => word !== values[slot.class]);
    }
  }

  #number(template: Template, about: string | undefined): string | undefined {
    const { number } = this.#count(about);
    switch (template.count) {
      case 'states':
        return NUMBER_WORDS[number - 1];
      case 'takes':
        return pickWord('n', this.#random, (word) => NUMBER_WORDS.indexOf(word) + 1 < number);
      case 'adds':
        return pickWord('n', this.#random, (word) => NUMBER_WORDS.indexOf(word) + 1 + number <= NUMBER_WORDS.length);
      default:
        // Stories start with two or more; a single one is "a".
        return pickWord('n', this.#random, (word) => word !== 'one');
    }
  }
}
