// What the evaluation panel shows: the last report, and the one being made. Only declarations; asking the engine is
// `evaluationActions.ts`.
import { create } from 'zustand';
import type { DataReport, EvaluationReport, EvaluationSettings, Fault, RunReport } from '../protocol/messages.ts';
import type { Working } from './runStore.ts';

export interface EvaluatedModel {
  readonly report: EvaluationReport;
  /** The run as it was when its evaluation began. */
  readonly run: RunReport;
  /** Its text, whose baselines the loss is compared with. */
  readonly data: DataReport | undefined;
}

/** How much is read and asked: a few seconds, or as long as it takes. */
export const EVALUATION_EXTENTS = {
  quick: { tokens: 16_384, items: 40, mostShots: 4 },
  normal: { tokens: 100_000, items: 100, mostShots: 16 },
  thorough: { tokens: 400_000, items: 400, mostShots: 32 },
} as const satisfies Record<string, Pick<EvaluationSettings, 'tokens' | 'items' | 'mostShots'>>;
export type EvaluationExtent = keyof typeof EVALUATION_EXTENTS;

export interface EvaluationWork extends Working {
  /** Undefined until it can be told. */
  readonly secondsLeft: number | undefined;
}

export interface EvaluationStore {
  extent: EvaluationExtent;
  evaluated: EvaluatedModel | undefined;
  /** Set while a model is being evaluated. */
  work: EvaluationWork | undefined;
  fault: Fault | undefined;
}

export const useEvaluationStore = create<EvaluationStore>(() => ({
  extent: 'normal',
  evaluated: undefined,
  work: undefined,
  fault: undefined,
}));
