// What a story has said so far, and whether one more sentence agrees with it: who is there, he or she, which things,
// how many. Shared by the generator, which never breaks it, and the judge, which measures how often a model does.
import { NAME_PRONOUNS, NUMBER_WORDS } from './lexicon.ts';
import type { Pronoun } from './lexicon.ts';
import { sentencePronoun } from './grammar.ts';
import type { Sentence } from './grammar.ts';

const isPronoun = (word: string): word is Pronoun => word === 'she' || word === 'he';

export class Story {
  readonly #characters = new Map<string, Pronoun>();
  readonly #things = new Set<string>();
  /** “name noun” → how many. */
  readonly #counts = new Map<string, number>();
  #lastSubject: string | undefined;
  #lastThing: string | undefined;
  #hasPlace = false;
  #started = false;

  /** Names of the characters, in order of appearance. */
  get characters(): readonly string[] {
    return [...this.#characters.keys()];
  }
  /** Who did something last. */
  get lastSubject(): string | undefined {
    return this.#lastSubject;
  }
  /** The thing mentioned last, which "it" stands for. */
  get lastThing(): string | undefined {
    return this.#lastThing;
  }
  knowsThing(thing: string): boolean {
    return this.#things.has(thing);
  }
  /** How many of a noun a character has; undefined where the story has not said. */
  countOf(name: string, noun: string): number | undefined {
    return this.#counts.get(`${name} ${noun}`);
  }
  /** Nouns that a character has counted. */
  countedBy(name: string): string[] {
    return [...this.#counts.keys()]
      .filter((key) => key.startsWith(`${name} `))
      .map((key) => key.slice(name.length + 1));
  }

  /** Character a pronoun stands for: who acted last, else who came last; undefined if nobody fits. */
  resolve(pronoun: Pronoun): string | undefined {
    if (this.#lastSubject !== undefined && this.#characters.get(this.#lastSubject) === pronoun)
      return this.#lastSubject;
    return this.characters.findLast((name) => this.#characters.get(name) === pronoun);
  }

  /** Character that a sentence is about, known or not; undefined if its pronoun fits nobody or it is about none. */
  subjectOf({ values }: Sentence): string | undefined {
    const subject = values['S'];
    if (subject !== undefined && !isPronoun(subject)) return subject;
    const pronoun = sentencePronoun(values);
    return pronoun === undefined ? undefined : this.resolve(pronoun);
  }

  /** Why a sentence does not agree with the story so far, as a sentence; undefined if it does. */
  faultIn(sentence: Sentence): string | undefined {
    const { template, values } = sentence;
    if (template.opens && this.#started) return 'A story begins only once.';
    const subject = this.subjectOf(sentence);
    const pronoun = sentencePronoun(values);
    if (pronoun !== undefined && subject === undefined) return `Nobody in the story so far is a “${pronoun}”.`;
    for (const name of [subject, values['Other']]) {
      if (name !== undefined && !this.#characters.has(name)) return `${name} has not been introduced.`;
    }
    if (subject !== undefined && subject === values['Other']) return `${subject} appears as two characters.`;
    const newcomer = values['Name'];
    if (newcomer !== undefined && this.#characters.has(newcomer)) return `There is a ${newcomer} already.`;
    if (template.needs === 'two characters' && this.#characters.size < 2) return '“They” needs two characters.';
    if (template.needs === 'thing' && this.#lastThing === undefined) return '“It” stands for nothing mentioned before.';
    if (template.needs === 'place' && !this.#hasPlace) return '“There” stands for no place mentioned before.';
    const thing = values['known'];
    if (thing !== undefined && !this.#things.has(thing)) return `No ${thing} has been mentioned.`;
    return this.#countFault(sentence, subject ?? '');
  }

  #countFault({ template, values }: Sentence, owner: string): string | undefined {
    if (template.count === undefined) return undefined;
    const noun = values['counted'] ?? '';
    const before = this.countOf(owner, noun);
    const said = numberOf(values['n']);
    if (template.count === 'starts') {
      return before === undefined || before === said ? undefined : `${owner} had another number: ${wordFor(before)}.`;
    }
    if (before === undefined) return `The story has not said how many ${owner} had before.`;
    if (template.count === 'takes' && said >= before) return `${owner} had only ${wordFor(before)}.`;
    if (template.count === 'states' && said !== before) return `${owner} had ${wordFor(before)} by now.`;
    return undefined;
  }

  /** Takes a sentence into the story, whether or not it agrees, so that one fault is not counted again and again. */
  tell(sentence: Sentence): void {
    const { template, values } = sentence;
    this.#started = true;
    const subject = this.subjectOf(sentence);
    for (const name of [subject, values['Other'], values['Name']]) {
      const pronoun = name === undefined ? undefined : NAME_PRONOUNS.get(name);
      if (name !== undefined && pronoun !== undefined) this.#characters.set(name, pronoun);
    }
    this.#lastSubject = subject ?? (template.opens ? values['Name'] : undefined) ?? this.#lastSubject;
    const thing = values['thing'] ?? values['known'];
    if (thing !== undefined) {
      this.#things.add(thing);
      this.#lastThing = thing;
    }
    if (values['place'] !== undefined) this.#hasPlace = true;
    if (template.count === undefined || subject === undefined) return;
    const key = `${subject} ${values['counted'] ?? ''}`;
    const before = this.#counts.get(key) ?? 0;
    const said = numberOf(values['n']);
    const change = { starts: said - before, states: said - before, adds: said, takes: -said }[template.count];
    this.#counts.set(key, before + change);
  }
}

const wordFor = (n: number): string => NUMBER_WORDS[n - 1] ?? String(n);
const numberOf = (word: string | undefined): number => NUMBER_WORDS.indexOf(word ?? '') + 1;
