// The sentence grammar: templates compiled, read (text to meaning) and written (meaning to text) with one and the
// same `surface` rule, so that whatever is written can be read. What goes before a sentence is `story.ts`.
import { IRREGULAR_PLURALS, KIND_PRONOUNS, LEXICON, NAMES, NAME_PRONOUNS, NUMBER_WORDS } from './lexicon.ts';
import type { Pronoun, WordClass } from './lexicon.ts';
import { TEMPLATES } from './templates.ts';
import type { TemplateId, TemplateSource } from './templates.ts';

/** Slots with rules of their own; all others are classes of the lexicon. */
type SpecialClass = 'S' | 'Other' | 'Name' | 'his' | 'him' | 'a' | 'n' | 'known';
type SlotClass = SpecialClass | WordClass;
/** A slot of a template; `key` tells two slots of one class apart ("action", "action2"). */
export interface Slot {
  readonly key: string;
  readonly class: SlotClass;
}

export interface Template extends TemplateSource {
  readonly id: TemplateId;
  readonly pieces: readonly (string | Slot)[];
  readonly end: string;
}

/** Meaning of a sentence: slot key → dictionary form. `whose` is the pronoun behind {his} and {him} where no {S} is. */
type Values = Readonly<Record<string, string>>;
export interface Sentence {
  readonly template: Template;
  readonly values: Values;
}

const SPECIAL: ReadonlySet<string> = new Set<SpecialClass>(['S', 'Other', 'Name', 'his', 'him', 'a', 'n', 'known']);

function slotClass(name: string): SlotClass {
  if (SPECIAL.has(name) || name in LEXICON) return name as SlotClass;
  throw new RangeError(`A template names the unknown slot {${name}}.`);
}

export const GRAMMAR: ReadonlyMap<TemplateId, Template> = new Map(
  Object.entries(TEMPLATES).map(([name, source]: [string, TemplateSource]) => {
    const id = name as TemplateId;
    const pieces = source.text
      .slice(0, -1)
      .split(' ')
      .map((piece) => {
        if (!piece.startsWith('{')) return piece;
        const key = piece.slice(1, -1);
        return { key, class: slotClass(key.replace(/\d$/, '')) };
      });
    return [id, { ...source, id, pieces, end: source.text.slice(-1) }];
  }),
);

/** Plural of a noun of the lexicon. */
export function pluralOf(noun: string): string {
  const irregular = IRREGULAR_PLURALS.get(noun);
  if (irregular !== undefined) return irregular;
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return `${noun}s`;
}

const FORMS = { she: { his: 'her', him: 'her' }, he: { his: 'his', him: 'him' } } as const;

/** Pronoun that {his} and {him} of a sentence stand for; undefined while nothing has fixed it. */
export function sentencePronoun(values: Values): Pronoun | undefined {
  const subject = values['S'] ?? values['whose'];
  if (subject === 'she' || subject === 'he') return subject;
  return subject === undefined ? undefined : NAME_PRONOUNS.get(subject);
}

/** The form a value takes in its sentence. Values of {his} and {him} are pronouns; {a} is handled by the callers. */
function surface(slot: Slot, value: string, values: Values): string {
  switch (slot.class) {
    case 'his':
    case 'him':
      return value === 'she' || value === 'he' ? FORMS[value][slot.class] : '';
    case 'foods':
      return pluralOf(value);
    case 'counted':
    case 'animal':
      return values['n'] === 'one' ? value : pluralOf(value);
    default:
      return value;
  }
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const articleFor = (word: string): string => (/^[aeiou]/.test(word) ? 'an' : 'a');

/** Rules between the slots of one sentence, beyond forms. */
function agrees(slot: Slot, value: string, values: Values): boolean {
  switch (slot.class) {
    case 'his':
    case 'him':
      return (sentencePronoun(values) ?? value) === value;
    case 'Other':
      return value !== values['S'];
    case 'Name': {
      const wanted = KIND_PRONOUNS.get(values['kind'] ?? '');
      return value !== values['S'] && (wanted === undefined || wanted === NAME_PRONOUNS.get(value));
    }
    default:
      // Two slots of one class in a sentence name two different things ("apples and pears").
      return slot.key === slot.class || values[slot.class] !== value;
  }
}

/** Text of a sentence. Every slot but {a}, {his} and {him} needs its value. */
export function writeSentence({ template, values }: Sentence): string {
  const out: string[] = [];
  for (let i = template.pieces.length - 1; i >= 0; i--) {
    const piece = template.pieces[i] ?? '';
    let text: string;
    if (typeof piece === 'string') text = piece;
    else if (piece.class === 'a') text = articleFor(out[out.length - 1] ?? '');
    else {
      const pronounSlot = piece.class === 'his' || piece.class === 'him';
      const value = pronounSlot ? sentencePronoun(values) : values[piece.key];
      if (value === undefined) throw new RangeError(`Sentence “${template.id}” lacks a value for {${piece.key}}.`);
      text = surface(piece, value, values);
    }
    out.push(i === 0 ? capitalised(text) : text);
  }
  return out.reverse().join(' ') + template.end;
}

/** Possible values behind a word, by slot class. Phrases are found by their first word. */
const READINGS: ReadonlyMap<SlotClass, ReadonlyMap<string, readonly string[]>> = buildReadings();

function buildReadings(): Map<SlotClass, Map<string, string[]>> {
  const readings = new Map<SlotClass, Map<string, string[]>>();
  const add = (cls: SlotClass, word: string, value: string): void => {
    const ofClass = readings.get(cls) ?? new Map<string, string[]>();
    readings.set(cls, ofClass);
    const values = ofClass.get(word) ?? [];
    ofClass.set(word, values);
    if (!values.includes(value)) values.push(value);
  };
  for (const [cls, entries] of Object.entries(LEXICON)) {
    for (const entry of entries) {
      const slot = slotClass(cls);
      add(slot, entry.split(' ')[0] ?? '', entry);
      if (slot === 'foods' || slot === 'counted' || slot === 'animal') add(slot, pluralOf(entry), entry);
      if (slot === 'thing') add('known', entry, entry);
    }
  }
  for (const cls of ['S', 'Other', 'Name'] as const) for (const name of NAMES) add(cls, name, name);
  for (const number of NUMBER_WORDS) add('n', number, number);
  for (const pronoun of ['she', 'he'] as const) {
    for (const cls of ['his', 'him'] as const) {
      for (const form of [FORMS[pronoun][cls], capitalised(FORMS[pronoun][cls])]) add(cls, form, pronoun);
    }
    for (const form of [pronoun, capitalised(pronoun)]) add('S', form, pronoun);
  }
  return readings;
}

const TEMPLATES_BY_FIRST_WORD = new Map<string, Template[]>();
const TEMPLATES_WITH_FIRST_SLOT: Template[] = [];
for (const template of GRAMMAR.values()) {
  const first = template.pieces[0];
  if (typeof first !== 'string') TEMPLATES_WITH_FIRST_SLOT.push(template);
  else TEMPLATES_BY_FIRST_WORD.set(first, [...(TEMPLATES_BY_FIRST_WORD.get(first) ?? []), template]);
}

/** Either the meaning, or how many leading words some template could follow before none could. */
type Reading =
  | { readonly ok: true; readonly sentence: Sentence }
  | { readonly ok: false; readonly understoodWords: number };

/**
 * Reads one sentence.
 * @param words its words, without the final mark @param end the mark: `.`, `!` or `?`
 */
export function readSentence(words: readonly string[], end: string): Reading {
  let furthest = 0;

  const follow = (template: Template, piece: number, at: number, values: Values): Values | undefined => {
    if (at > furthest) furthest = at;
    const wanted = template.pieces[piece];
    const word = words[at];
    if (wanted === undefined) return word === undefined && template.end === end ? values : undefined;
    if (word === undefined) return undefined;
    if (typeof wanted === 'string') return word === wanted ? follow(template, piece + 1, at + 1, values) : undefined;
    if (wanted.class === 'a') {
      const right = word === articleFor(words[at + 1] ?? '');
      return right ? follow(template, piece + 1, at + 1, values) : undefined;
    }
    for (const value of READINGS.get(wanted.class)?.get(word) ?? []) {
      if (!agrees(wanted, value, values)) continue;
      const form = surface(wanted, value, values);
      const expected = at === 0 ? capitalised(form) : form;
      const length = expected.split(' ').length;
      if (words.slice(at, at + length).join(' ') !== expected) continue;
      const key = wanted.class === 'his' || wanted.class === 'him' ? 'whose' : wanted.key;
      const result = follow(template, piece + 1, at + length, { ...values, [key]: value });
      if (result !== undefined) return result;
    }
    return undefined;
  };

  for (const candidates of [TEMPLATES_BY_FIRST_WORD.get(words[0] ?? '') ?? [], TEMPLATES_WITH_FIRST_SLOT]) {
    for (const template of candidates) {
      const values = follow(template, 0, 0, {});
      if (values !== undefined) return { ok: true, sentence: { template, values } };
    }
  }
  return { ok: false, understoodWords: furthest };
}
