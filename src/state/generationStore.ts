// What the generation panel shows: the form as typed and the last generation. Only declarations;
// the actions live in `generationActions.ts`, the check of the form in the panel.
import { create } from 'zustand';
import type {
  BeamHypothesis,
  BeamNode,
  DecodingMethod,
  Fault,
  GeneratedToken,
  GenerationSettings,
  PreviewToken,
  TextEnd,
} from '../protocol/messages.ts';

/** Fields as typed, so that a half-typed number is not lost; kept while the panel is away. */
export interface GenerationForm {
  /** As typed; undefined until then, and a suggestion stands in (`promptOf`). */
  readonly prompt: string | undefined;
  /** The suggestion that was pressed last; counts only while the text has it. */
  readonly suggestion: string | undefined;
  readonly method: DecodingMethod;
  readonly maxTokens: string;
  readonly temperature: string;
  readonly topK: string;
  readonly topP: string;
  readonly minP: string;
  readonly repetitionPenalty: string;
  readonly noRepeatNgram: string;
  readonly samples: string;
  readonly seed: string;
  readonly beamWidth: string;
  readonly lengthPenalty: string;
  /** Stop strings, one a line. */
  readonly stop: string;
  readonly stopAtEndOfText: boolean;
  /** Take the next seed whenever the present one has been used. */
  readonly newSeedEachTime: boolean;
}

/** What a text had before the last generation added to it. */
export interface Lead {
  /** The prompt's text and that of the tokens kept. */
  readonly text: string;
  /** How many tokens after the prompt were kept. */
  readonly tokens: number;
}

export interface Beams {
  /** All that came up in the search so far, step by step. */
  readonly nodes: readonly BeamNode[];
  /** Known at the end; their tokens are the generation's samples. */
  readonly hypotheses: readonly BeamHypothesis[];
}

export interface Generation {
  /** Counts up: tells one generation from the next. */
  readonly id: number;
  /** The first of the generations that went on from one another; texts of one root begin alike. */
  readonly root: number;
  readonly runId: string;
  readonly settings: GenerationSettings;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  /** The end of the prompt, and how many tokens come before it. */
  readonly promptTokens: readonly PreviewToken[];
  readonly promptBefore: number;
  /** Tokens of each sample so far, or of each hypothesis of a beam search. */
  readonly samples: readonly (readonly GeneratedToken[])[];
  /** By sample. */
  readonly leads: readonly Lead[];
  /** Why each sample ended; null where it has not, or not by itself. */
  readonly ends: readonly (TextEnd | null)[];
  readonly beams: Beams | undefined;
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
  /** The sample whose attention is shown; of a beam search, the hypothesis that is the output. */
  selectedSample: number;
}

export const useGenerationStore = create<GenerationStore>(() => ({
  form: {
    prompt: undefined,
    suggestion: undefined,
    method: 'sample',
    maxTokens: '100',
    temperature: '0.8',
    topK: '0',
    topP: '1',
    minP: '0',
    repetitionPenalty: '1',
    noRepeatNgram: '0',
    samples: '1',
    seed: '1',
    beamWidth: '4',
    lengthPenalty: '0.6',
    stop: '',
    stopAtEndOfText: true,
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
