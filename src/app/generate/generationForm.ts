// Checks the generation form as typed and turns it into settings, or into a sentence per field that cannot be used.
import { PLAIN_DECODING, type DecodingMethod, type GenerationSettings } from '../../protocol/messages.ts';
import type { GenerationForm } from '../../state/generationStore.ts';

export type NumberField =
  | 'maxTokens'
  | 'temperature'
  | 'samples'
  | 'seed'
  | 'beamWidth'
  | 'lengthPenalty'
  | 'topK'
  | 'topP'
  | 'minP'
  | 'repetitionPenalty'
  | 'noRepeatNgram';

export interface FieldRule {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** What the number means, in a sentence. */
  readonly meaning: string;
}

export const FIELD_RULES: Record<NumberField, FieldRule> = {
  maxTokens: { label: 'Length', min: 1, max: 2000, step: 1, meaning: 'How many tokens to write at most.' },
  temperature: {
    label: 'Temperature',
    min: 0,
    max: 5,
    step: 0.1,
    meaning: 'Below 1 the model keeps to what is likely, above 1 it dares more. 0 always takes the most likely token.',
  },
  samples: { label: 'Samples', min: 1, max: 4, step: 1, meaning: 'How many continuations to write.' },
  seed: {
    label: 'Seed',
    min: 0,
    max: 4_294_967_295,
    step: 1,
    meaning: 'The same seed, model and settings write the same text.',
  },
  beamWidth: {
    label: 'Beam width',
    min: 1,
    max: 32,
    step: 1,
    meaning: 'How many beginnings are followed at once; GPT-3 uses 4.',
  },
  lengthPenalty: {
    label: 'Length penalty α',
    min: 0,
    max: 5,
    step: 0.1,
    meaning: 'Makes up to longer texts for the probability that every token costs. 0: off, 0.6 in GPT-3.',
  },
  topK: {
    label: 'Top-k',
    min: 0,
    max: 100_000,
    step: 1,
    meaning: 'Choose only among the k most likely tokens. 0: off.',
  },
  topP: {
    label: 'Top-p',
    min: 0,
    max: 1,
    step: 0.05,
    meaning: 'Choose only among the likeliest tokens that together have this probability. 1: off.',
  },
  minP: {
    label: 'Min-p',
    min: 0,
    max: 1,
    step: 0.05,
    meaning: 'Leave out tokens less likely than this share of the likeliest one’s probability. 0: off.',
  },
  repetitionPenalty: {
    label: 'Repetition penalty',
    min: 1,
    max: 10,
    step: 0.1,
    meaning: 'Makes tokens that the text already has less likely. 1: off, 1.2 is usual.',
  },
  noRepeatNgram: {
    label: 'No repeated n-gram',
    min: 0,
    max: 100,
    step: 1,
    meaning: 'No n tokens in a row come twice, the prompt’s included. 0: off.',
  },
};

/** Fields that are always in sight, and those behind “Decoding”. */
export const basicFields = (method: DecodingMethod): readonly NumberField[] =>
  method === 'beam' ? ['maxTokens', 'temperature', 'seed'] : ['maxTokens', 'temperature', 'samples', 'seed'];
export const decodingFields = (method: DecodingMethod): readonly NumberField[] => [
  ...(method === 'beam' ? (['beamWidth', 'lengthPenalty'] as const) : []),
  'topK',
  'topP',
  'minP',
  'repetitionPenalty',
  'noRepeatNgram',
];

export type FormProblems = Partial<Record<NumberField, string>>;
export type FormCheck =
  | { readonly ok: true; readonly settings: GenerationSettings }
  | { readonly ok: false; readonly problems: FormProblems };

/**
 * @param prompt the text box's content, a suggestion put in where it is untouched
 * @param vocabSize of the open run's model, where there is one
 */
export function checkGenerationForm(form: GenerationForm, prompt: string, vocabSize = Infinity): FormCheck {
  const { method } = form;
  const problems: Partial<Record<NumberField, string>> = {};
  const asked = new Set([...basicFields(method), ...decodingFields(method)]);
  // What the method does not use cannot stand in its way.
  const read = (field: NumberField, unused: number): number => {
    if (!asked.has(field)) return unused;
    const problem = fieldProblem(field, form[field], vocabSize);
    if (problem !== undefined) problems[field] = problem;
    return Number(form[field]);
  };
  const beamWidth = read('beamWidth', PLAIN_DECODING.beamWidth);
  const settings: GenerationSettings = {
    prompt,
    method,
    maxTokens: read('maxTokens', 1),
    temperature: read('temperature', 0),
    topK: read('topK', 0),
    topP: read('topP', 1),
    minP: read('minP', 0),
    repetitionPenalty: read('repetitionPenalty', 1),
    noRepeatNgram: read('noRepeatNgram', 0),
    stop: readStopStrings(form.stop),
    stopAtEndOfText: form.stopAtEndOfText,
    // All that a search has found can be looked at.
    samples: read('samples', beamWidth),
    seed: read('seed', 0),
    beamWidth,
    lengthPenalty: read('lengthPenalty', PLAIN_DECODING.lengthPenalty),
  };
  return Object.keys(problems).length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** The seed to use: the one before, or the next if it has just been used and a new one is wanted each time. */
export function nextSeed(form: GenerationForm, { seed, temperature }: SeedUse, lastSeed: number | undefined): number {
  return form.newSeedEachTime && temperature > 0 && lastSeed === seed ? (seed + 1) % 2 ** 32 : seed;
}
type SeedUse = Pick<GenerationSettings, 'seed' | 'temperature'>;

/** One string a line; \n, \t and \\ stand for a line break, a tab and a backslash. Empty lines count for nothing. */
export function readStopStrings(typed: string): string[] {
  const meanings: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };
  return typed
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.replaceAll(/\\([nt\\])/g, (whole, letter: string) => meanings[letter] ?? whole));
}

function fieldProblem(field: NumberField, typed: string, vocabSize: number): string | undefined {
  const { label, min, max, step } = FIELD_RULES[field];
  const value = Number(typed);
  const whole = step === 1;
  const isUsable = typed.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value));
  if (!isUsable) return `${label} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max.toLocaleString('en')}.`;
  if (field === 'beamWidth' && value > vocabSize) {
    return `${label} must be at most ${vocabSize}: so many tokens has this model’s vocabulary.`;
  }
  return undefined;
}
