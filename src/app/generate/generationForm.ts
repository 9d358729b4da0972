// Checks the generation form as typed and turns it into settings, or into a sentence per field that cannot be used.
import type { GenerationSettings } from '../../protocol/messages.ts';
import type { GenerationForm } from '../../state/generationStore.ts';

export type NumberField = 'maxTokens' | 'temperature' | 'topK' | 'topP' | 'samples' | 'seed';

export interface FieldRule {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** What the number means, as a tooltip. */
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
  samples: { label: 'Samples', min: 1, max: 4, step: 1, meaning: 'How many continuations to write.' },
  seed: {
    label: 'Seed',
    min: 0,
    max: 4_294_967_295,
    step: 1,
    meaning: 'The same seed, model and settings write the same text.',
  },
};

export const NUMBER_FIELDS = Object.keys(FIELD_RULES) as readonly NumberField[];

export type FormCheck =
  | { readonly ok: true; readonly settings: GenerationSettings }
  | { readonly ok: false; readonly problems: Partial<Record<NumberField, string>> };

/** @param prompt the text box's content, a suggestion put in where it is untouched. */
export function checkGenerationForm(form: GenerationForm, prompt: string): FormCheck {
  const problems: Partial<Record<NumberField, string>> = {};
  const read = (field: NumberField): number => {
    if (field === 'temperature' && form.greedy) return 0;
    const problem = fieldProblem(field, form[field]);
    if (problem !== undefined) problems[field] = problem;
    return Number(form[field]);
  };
  const settings: GenerationSettings = {
    prompt,
    maxTokens: read('maxTokens'),
    temperature: read('temperature'),
    topK: read('topK'),
    topP: read('topP'),
    samples: read('samples'),
    seed: read('seed'),
  };
  return Object.keys(problems).length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** The seed to use: the typed one, or the next if it has just been used and a new one is wanted each time. */
export function nextSeed(form: GenerationForm, seed: number, lastSeed: number | undefined): number {
  return form.newSeedEachTime && !form.greedy && lastSeed === seed ? (seed + 1) % 2 ** 32 : seed;
}

function fieldProblem(field: NumberField, typed: string): string | undefined {
  const { label, min, max, step } = FIELD_RULES[field];
  const value = Number(typed);
  const whole = step === 1;
  if (typed.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return undefined;
  return `${label} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max.toLocaleString('en')}.`;
}
