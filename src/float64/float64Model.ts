// What is asked of the model in double precision: logits and attention, loss, and the gradient by its own reverse mode.
import { decode, named, type Float64Input } from './decoder.ts';
import { meanNegativeLogLikelihood, objective, PLAIN_OBJECTIVE, type Float64Objective } from './objective.ts';
import type { Float64Model } from './parameters.ts';
import { Tape } from './tape.ts';

export interface Float64Batch extends Float64Input {
  /** [B·T]: what follows each token. Where a sequence has one prediction, only the last of its targets counts. */
  readonly targets: ArrayLike<number>;
}

export interface Float64Logits {
  /** [B·T, V]; [B, V] where a sequence has one prediction. */
  readonly logits: Float64Array;
  /** One per layer, before dropout: [B, H, T, T]. */
  readonly attention: readonly Float64Array[];
}

export interface Float64Loss {
  readonly logits: Float64Array;
  /** Mean negative log-likelihood of the targets, in nats. */
  readonly loss: number;
  /** What training makes small: the loss with label smoothing and z-loss. */
  readonly objective: number;
}

export interface Float64Gradient extends Float64Loss {
  /** Of the objective, [P]. */
  readonly gradient: Float64Array;
}

/** The targets that a model is asked for: of every position, or the one after each window. */
export function targetsAskedFor({ model }: Float64Model, { targets, length }: Float64Batch): ArrayLike<number> {
  if (model.prediction === 'every') return targets;
  return Array.from(targets).filter((_, i) => i % length === length - 1);
}

export function float64Logits(sizes: Float64Model, parameters: Float64Array, input: Float64Input): Float64Logits {
  const { logits, attention } = decode(new Tape(false), sizes, named(sizes, parameters), input);
  return { logits: logits.values, attention };
}

export function float64Loss(
  sizes: Float64Model,
  parameters: Float64Array,
  batch: Float64Batch,
  weights: Float64Objective = PLAIN_OBJECTIVE,
): Float64Loss {
  return lossOn(new Tape(false), sizes, parameters, batch, weights).result;
}

/** Loss, objective and the objective's gradient laid out like the parameters. */
export function float64Gradient(
  sizes: Float64Model,
  parameters: Float64Array,
  batch: Float64Batch,
  weights: Float64Objective = PLAIN_OBJECTIVE,
): Float64Gradient {
  const gradient = new Float64Array(parameters.length);
  const tape = new Tape(true);
  const { result, end } = lossOn(tape, sizes, parameters, batch, weights, gradient);
  tape.differentiate(end);
  return { ...result, gradient };
}

function lossOn(
  tape: Tape,
  sizes: Float64Model,
  parameters: Float64Array,
  batch: Float64Batch,
  weights: Float64Objective,
  gradient?: Float64Array,
) {
  const { logits } = decode(tape, sizes, named(sizes, parameters, gradient), batch);
  const targets = targetsAskedFor(sizes, batch);
  const end = objective(tape, logits, targets, weights);
  const [value = Number.NaN] = end.values;
  const loss = meanNegativeLogLikelihood(logits.values, targets);
  const result: Float64Loss = { logits: logits.values, loss, objective: value };
  return { result, end };
}
