// What the generation panel shows: the form as typed and the last generation. Only declarations;
// the actions live in `generationActions.ts`, the check of the form in the panel.
import { create } from 'zustand';
import type { Fault, GeneratedToken, GenerationSettings, PreviewToken } from '../protocol/messages.ts';

/** Fields as typed, so that a half-typed number is not lost; kept while the panel is away. */
export interface GenerationForm {
  /** As typed; undefined until then, and a suggestion stands in (`promptOf`). */
  readonly prompt: string | undefined;
  /** The suggestion that was pressed last; counts only while the text has it. */
  readonly suggestion: string | undefined;
  readonly maxTokens: string;
  readonly temperature: string;
  readonly topK: string;
  readonly topP: string;
  readonly samples: string;
  readonly seed: string;
  readonly greedy: boolean;
  /** Take the next seed whenever the present one has been used. */
  readonly newSeedEachTime: boolean;
}

export interface Generation {
  /** Counts up: tells one generation from the next. */
  readonly id: number;
  readonly runId: string;
  readonly settings: GenerationSettings;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  readonly promptTokens: readonly PreviewToken[];
  /** Tokens of each sample so far. */
  readonly samples: readonly (readonly GeneratedToken[])[];
  /** Known at the end: steps of the model when it began and ended, and its speed over all samples. */
  readonly step: number | undefined;
  readonly lastStep: number | undefined;
  readonly tokensPerSecond: number | undefined;
}

export interface GenerationStore {
  form: GenerationForm;
  generation: Generation | undefined;
  /** From pressing Generate to the end; the first token may take a while. */
  busy: boolean;
  /** Why the last Generate failed; the text before it is kept. */
  fault: Fault | undefined;
  /** The sample whose attention is shown. */
  selectedSample: number;
}

export const useGenerationStore = create<GenerationStore>(() => ({
  form: {
    prompt: undefined,
    suggestion: undefined,
    maxTokens: '100',
    temperature: '0.8',
    topK: '0',
    topP: '1',
    samples: '1',
    seed: '1',
    greedy: false,
    newSeedEachTime: true,
  },
  generation: undefined,
  busy: false,
  fault: undefined,
  selectedSample: 0,
}));

/** What the prompt box holds: what was typed, else the suggestion pressed, else the text's first. */
export function promptOf({ prompt, suggestion }: GenerationForm, suggestions: readonly string[]): string {
  if (prompt !== undefined) return prompt;
  return suggestion !== undefined && suggestions.includes(suggestion) ? suggestion : (suggestions[0] ?? '');
}

/** Tokens written so far, in all samples. */
export function generatedCount(generation: Generation): number {
  return generation.samples.reduce((sum, sample) => sum + sample.length, 0);
}
