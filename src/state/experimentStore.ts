// What the experiment panel shows: its settings, and what the last experiment found so far, kept while the panel is away.
// Only declarations and how an update is taken in; asking the engine is `experimentActions.ts`.
import { create } from 'zustand';
import type {
  AttentionLayer,
  ExperimentPlan,
  ExperimentPoint,
  ExperimentSample,
  ExperimentUpdate,
  ExperimentVariant,
  Fault,
} from '../protocol/messages.ts';
import type { ExperimentSettings } from './experimentVariants.ts';
import type { Working } from './runStore.ts';

/** What is known of one model so far. */
export interface VariantResult {
  readonly points: readonly ExperimentPoint[];
  readonly samples: readonly ExperimentSample[];
  /** The latest, of some layers. */
  readonly attention: readonly AttentionLayer[];
  /** Step at which a loss that was not finite ended it. */
  readonly divergedAt: number | undefined;
}

export interface Experiment {
  readonly settings: ExperimentSettings;
  readonly variants: readonly ExperimentVariant[];
  readonly plan: ExperimentPlan;
  /** By the variant's id. */
  readonly results: Readonly<Record<string, VariantResult>>;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  /** How long it took; undefined until it is done. */
  readonly seconds: number | undefined;
}

export interface ExperimentStore {
  settings: ExperimentSettings;
  experiment: Experiment | undefined;
  /** How far the experiment is; undefined while there is none under way. */
  work: Working | undefined;
  /** Undefined until it can be told. */
  secondsLeft: number | undefined;
  fault: Fault | undefined;
}

/** Long enough for the model without a mask to find the answer that is in view. */
const DEFAULT_STEPS = 500;

export const useExperimentStore = create<ExperimentStore>(() => ({
  settings: { steps: DEFAULT_STEPS, rates: 'same', size: 'draft' },
  experiment: undefined,
  work: undefined,
  secondsLeft: undefined,
  fault: undefined,
}));

const NOTHING: VariantResult = { points: [], samples: [], attention: [], divergedAt: undefined };

export const resultOf = ({ results }: Pick<Experiment, 'results'>, variant: string): VariantResult =>
  results[variant] ?? NOTHING;

/** The results with one update of a variant. */
export function withUpdate(
  results: Experiment['results'],
  update: Exclude<ExperimentUpdate, { kind: 'plan' }>,
): Experiment['results'] {
  const before = resultOf({ results }, update.variant);
  return { ...results, [update.variant]: updated(before, update) };
}

function updated(before: VariantResult, update: Exclude<ExperimentUpdate, { kind: 'plan' }>): VariantResult {
  switch (update.kind) {
    case 'point':
      return { ...before, points: [...before.points, update.point] };
    case 'sample':
      return { ...before, samples: [...before.samples, update.sample] };
    case 'attention':
      return { ...before, attention: update.layers };
    case 'diverged':
      return { ...before, divergedAt: update.step };
    default:
      return update satisfies never;
  }
}
