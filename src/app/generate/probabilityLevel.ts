// Six levels of how sure the model was of a token, for tint and underline: few enough to tell apart and to name.

export interface ProbabilityLevel {
  /** Least probability of this level. */
  readonly from: number;
  readonly label: string;
}

/** From sure to surprising. */
export const PROBABILITY_LEVELS: readonly ProbabilityLevel[] = [
  { from: 0.9, label: '90–100%' },
  { from: 0.5, label: '50–90%' },
  { from: 0.2, label: '20–50%' },
  { from: 0.05, label: '5–20%' },
  { from: 0.01, label: '1–5%' },
  { from: 0, label: 'under 1%' },
];

/** Index into PROBABILITY_LEVELS; what is not a probability counts as surprising. */
export function probabilityLevel(probability: number): number {
  const level = PROBABILITY_LEVELS.findIndex(({ from }) => probability >= from);
  return level < 0 ? PROBABILITY_LEVELS.length - 1 : level;
}
