// What a training loss is besides cross-entropy. A measurement is always cross-entropy alone.

export interface Objective {
  /**
   * Weight of (log Z)² in the loss of a row, Z the sum of the exponentials of its logits: keeps logits from drifting
   * (Chowdhery et al. 2022 §5, PaLM). 0 for none.
   */
  readonly zLoss: number;
  /**
   * ε: the target asks for 1 − ε of the probability, and every token of V for ε / V (Szegedy et al. 2016 §7). 0 for none.
   */
  readonly labelSmoothing: number;
}

export const CROSS_ENTROPY: Objective = { zLoss: 0, labelSmoothing: 0 };
