// Every sentence of the tiny tales as a template, and the order in which a story uses them. Plain data, read by
// the generator and by the judge alike; what the slots mean is `grammar.ts`, what a story remembers is `story.ts`.

/** What a sentence does to a count ("had two apples"): starts it, adds, takes away, or states the present number. */
type CountEffect = 'starts' | 'adds' | 'takes' | 'states';

export interface TemplateSource {
  /** Words and {slots}; a slot's class is its name without a trailing digit. */
  readonly text: string;
  /** First sentence of a story. */
  readonly opens?: true;
  /** What must be known already: two characters ("They"), a thing ("It"), a place ("There"). */
  readonly needs?: 'two characters' | 'thing' | 'place';
  readonly count?: CountEffect;
}

/**
 * Slots: {S} a character by name or pronoun, {Other} another character's name, {his} {him} agree with {S} (or stand
 * alone), {a} "a" or "an", {kind} and {Name} a new character, {n} a number word with {counted} or {animal} agreeing,
 * {thing} a thing that enters the story, {known} one that is in it; all others are classes of the lexicon.
 */
export const TEMPLATES = {
  // Openings
  once: { text: 'Once there was {a} {trait} {kind} named {Name}.', opens: true },
  onceUpon: { text: 'Once upon a time there was {a} {trait} {kind} named {Name}.', opens: true },
  onceLived: { text: 'Once {a} {trait} {kind} named {Name} lived near the {place}.', opens: true },
  // About the hero
  likedTo: { text: '{S} liked to {activity}.' },
  likedEating: { text: '{S} liked to eat {foods}.' },
  wantedToBe: { text: '{S} wanted to be {a} {job}.' },
  // Where and when
  weather: { text: 'It was {a} {weather} {daytime}.' },
  went: { text: '{when} {S} went to the {place}.' },
  // A thing enters
  hadThing: { text: '{S} had {a} {look} {thing}.' },
  found: { text: '{S} found {a} {look} {thing} near the {place}.' },
  got: { text: '{when} {S} {got} {a} {look} {thing}.' },
  gift: { text: '{his} {relative} gave {him} {a} {look} {thing}.' },
  // What became of it
  itWas: { text: 'It was very {quality}.', needs: 'thing' },
  handled: { text: '{S} {handled} the {known}.' },
  tookHome: { text: '{S} took the {known} home.' },
  showed: { text: '{S} showed the {known} to {his} {relative}.' },
  gaveThing: { text: '{S} gave the {known} to {Other}.' },
  playedWith: { text: 'They played with the {known}.', needs: 'two characters' },
  // Lost and found
  lost: { text: '{when} {S} lost {his} {thing}.' },
  whereWas: { text: 'Where was the {known}?' },
  looked: { text: '{S} looked for the {known} under the {spot}.' },
  helped: { text: '{his} {relative} helped {him}.' },
  foundAgain: { text: 'Then {S} found the {known} behind the {spot}.' },
  // Counting
  hadSome: { text: '{S} had {n} {counted}.', count: 'starts' },
  foundMore: { text: 'Then {S} found {n} more {counted}.', count: 'adds' },
  givenMore: { text: '{his} {relative} gave {him} {n} more {counted}.', count: 'adds' },
  lostSome: { text: 'Then {S} lost {n} {counted}.', count: 'takes' },
  gaveSome: { text: '{S} gave {n} {counted} to {Other}.', count: 'takes' },
  nowHad: { text: 'Now {S} had {n} {counted}.', count: 'states' },
  // Company
  met: { text: 'There {S} met {a} {trait} {kind} named {Name}.', needs: 'place' },
  theyActed: { text: 'They {action} together.', needs: 'two characters' },
  bothActed: { text: '{S} and {Other} {action} and {action2} all day.' },
  theyAte: { text: 'They ate {foods} and {foods2}.', needs: 'two characters' },
  // Pastimes
  acted: { text: '{S} {action} {manner}.' },
  actedAllDay: { text: '{S} {action} and {action2} all day.' },
  sawAnimals: { text: '{S} saw {n} {animal} near the {place}.' },
  // Feelings
  wasGlad: { text: '{S} was very {glad}.' },
  wasSad: { text: '{S} was very {sad}.' },
  madeGlad: { text: 'This made {him} {glad}.' },
  // Endings
  friends: { text: 'They were good friends.', needs: 'two characters' },
  slept: { text: 'Then {S} went home and slept.' },
  whatADay: { text: 'What {a} {dayKind} day!' },
} as const satisfies Record<string, TemplateSource>;

export type TemplateId = keyof typeof TEMPLATES;

/** One sentence of an episode, with probability `chance`, one of `from` (id → weight). */
export interface Step {
  readonly chance: number;
  readonly from: Readonly<Partial<Record<TemplateId, number>>>;
}

export const OPENING: Step = { chance: 1, from: { once: 6, onceUpon: 2, onceLived: 2 } };
export const ABOUT: Step = { chance: 0.7, from: { likedTo: 5, likedEating: 2, wantedToBe: 2 } };
export const ENDING: Step = { chance: 0.75, from: { friends: 4, slept: 3, whatADay: 3 } };

const GLAD: Step = { chance: 0.5, from: { wasGlad: 3, madeGlad: 2 } };
const WITH_THING: Step = { chance: 0.8, from: { handled: 3, tookHome: 2, showed: 2, gaveThing: 2, playedWith: 3 } };

/** An episode ends early where a step of chance 1 has no template that suits the story so far. */
export interface Episode {
  readonly weight: number;
  readonly steps: readonly Step[];
}

/** What can happen in a story; each at most once. */
export const EPISODES: Readonly<Record<'find' | 'lose' | 'count' | 'meet' | 'gift' | 'pastime', Episode>> = {
  find: {
    weight: 4,
    steps: [
      { chance: 1, from: { found: 2, got: 3, hadThing: 2 } },
      { chance: 0.6, from: { itWas: 1 } },
      WITH_THING,
      GLAD,
    ],
  },
  lose: {
    weight: 3,
    steps: [
      { chance: 1, from: { lost: 1 } },
      { chance: 0.6, from: { wasSad: 1 } },
      { chance: 0.7, from: { looked: 3, whereWas: 1 } },
      { chance: 0.3, from: { helped: 1 } },
      { chance: 1, from: { foundAgain: 1 } },
      GLAD,
    ],
  },
  count: {
    weight: 3,
    steps: [
      { chance: 1, from: { hadSome: 1 } },
      { chance: 1, from: { foundMore: 3, givenMore: 2, lostSome: 1, gaveSome: 2 } },
      { chance: 1, from: { nowHad: 1 } },
    ],
  },
  meet: {
    weight: 4,
    steps: [
      { chance: 1, from: { went: 1 } },
      { chance: 1, from: { met: 1 } },
      { chance: 0.8, from: { theyActed: 3, bothActed: 1, theyAte: 2 } },
    ],
  },
  gift: { weight: 2, steps: [{ chance: 1, from: { gift: 1 } }, { chance: 0.6, from: { itWas: 1 } }, WITH_THING, GLAD] },
  pastime: {
    weight: 3,
    steps: [
      { chance: 0.8, from: { weather: 2, went: 3 } },
      { chance: 1, from: { acted: 2, actedAllDay: 2, sawAnimals: 3 } },
      GLAD,
    ],
  },
};
