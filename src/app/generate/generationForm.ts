// Checks the generation form as typed and turns it into settings, or into a sentence per field that cannot be used.
import { PLAIN_DECODING, type DecodingMethod, type GenerationSettings } from '../../protocol/messages.ts';
import type { GenerationForm } from '../../state/generationStore.ts';
import { formatNumber } from '../formatNumber.ts';
import { FIELD_COPY, FORM_COPY } from './generationCopy.ts';

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
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export const FIELD_RULES: Record<NumberField, FieldRule> = {
  maxTokens: { min: 1, max: 2000, step: 1 },
  temperature: { min: 0, max: 5, step: 0.1 },
  samples: { min: 1, max: 4, step: 1 },
  seed: { min: 0, max: 4_294_967_295, step: 1 },
  beamWidth: { min: 1, max: 32, step: 1 },
  lengthPenalty: { min: 0, max: 5, step: 0.1 },
  topK: { min: 0, max: 100_000, step: 1 },
  topP: { min: 0, max: 1, step: 0.05 },
  minP: { min: 0, max: 1, step: 0.05 },
  repetitionPenalty: { min: 1, max: 10, step: 0.1 },
  noRepeatNgram: { min: 0, max: 100, step: 1 },
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
  // What the method does not use is no obstacle.
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
    // Every text that a search finds is shown.
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
  const { min, max, step } = FIELD_RULES[field];
  const { label } = FIELD_COPY[field];
  const value = Number(typed);
  const whole = step === 1;
  const isUsable = typed.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value));
  if (!isUsable) return FORM_COPY.range(label, whole, formatNumber(min), formatNumber(max));
  if (field === 'beamWidth' && value > vocabSize) {
    return FORM_COPY.beyondVocabulary(label, formatNumber(vocabSize));
  }
  return undefined;
}
