// What a run will cost: parameters, floating-point operations, memory and time, from sizes alone.
// Counts of parameters are exact; memory and time are estimates of the eager engine, and say so on screen.
import type { ModelConfig, RunConfig } from './runConfig.ts';

export interface ParameterGroup {
  readonly name: string;
  readonly count: number;
}

export interface Estimate {
  readonly parameters: number;
  readonly parameterGroups: readonly ParameterGroup[];
  /** Floating-point operations of one training step (forward and backward, 2 per multiply-add). */
  readonly flopsPerStep: number;
  /** Peak memory while training. */
  readonly trainingBytes: number;
  /** The largest single tensor. */
  readonly largestTensorBytes: number;
  readonly secondsPerStep: number;
  readonly totalSeconds: number;
}

/**
 * Share of a device's matrix-product speed that a whole eager training step reaches: as `npm run bench` measures it on
 * WASM, which the slower devices use (see bench/RESULTS.md).
 */
export const STEP_EFFICIENCY = 0.25;
const FLOAT_BYTES = 4;

/** Exact number of parameters by group (tied embeddings counted once). */
export function parameterGroups(model: ModelConfig, vocabSize: number): readonly ParameterGroup[] {
  const { nLayer, nEmbd: c, contextLength } = model;
  return [
    { name: 'Token embedding (tied with the output)', count: vocabSize * c },
    { name: 'Position embedding', count: contextLength * c },
    { name: 'Attention', count: nLayer * (4 * c * c + 4 * c) },
    { name: 'Feed-forward', count: nLayer * (8 * c * c + 5 * c) },
    { name: 'Layer norms', count: (2 * nLayer + 1) * 2 * c },
  ];
}

export function parameterCount(model: ModelConfig, vocabSize: number): number {
  return parameterGroups(model, vocabSize).reduce((sum, group) => sum + group.count, 0);
}

/**
 * Floating-point operations of a forward pass per token: the matrix products of the blocks, of attention
 * over the context, and of the output layer.
 */
export function forwardFlopsPerToken(model: ModelConfig, vocabSize: number): number {
  const { nLayer, nEmbd: c, contextLength } = model;
  return nLayer * (24 * c * c + 4 * contextLength * c) + 2 * c * vocabSize;
}

/** Operations of an eager step: about so many, and so many more for each layer. */
const OPERATIONS_PER_STEP = 50;
const OPERATIONS_PER_LAYER = 170;

/** Time of one training step: its matrix products, and starting its operations one by one. */
export function stepSeconds(
  flopsPerStep: number,
  nLayer: number,
  gigaflopsPerSecond: number,
  secondsPerOperation: number,
): number {
  if (gigaflopsPerSecond <= 0) return Number.POSITIVE_INFINITY;
  const starting = (OPERATIONS_PER_STEP + OPERATIONS_PER_LAYER * nLayer) * secondsPerOperation;
  return Math.max(flopsPerStep / (gigaflopsPerSecond * 1e9 * STEP_EFFICIENCY), starting);
}

export function estimate(
  config: RunConfig,
  vocabSize: number,
  gigaflopsPerSecond: number,
  secondsPerOperation = 0,
): Estimate {
  const { model, training } = config;
  const groups = parameterGroups(model, vocabSize);
  const parameters = groups.reduce((sum, group) => sum + group.count, 0);
  const rows = training.batchSize * model.contextLength;
  const flopsPerStep = 3 * rows * forwardFlopsPerToken(model, vocabSize);
  const logits = rows * vocabSize;
  const scores = training.batchSize * model.nHead * model.contextLength ** 2;
  // Weights, their views, gradients twice, two moments, and the optimizer's temporaries.
  const parameterFloats = 9 * parameters;
  // Kept for the backward pass per layer: norms, projections, GELU's input and output, attention weights.
  const activationFloats = model.nLayer * (22 * rows * model.nEmbd + 2 * scores) + 4 * scores;
  const trainingBytes = FLOAT_BYTES * (parameterFloats + activationFloats + 5 * logits);
  const secondsPerStep = stepSeconds(flopsPerStep, model.nLayer, gigaflopsPerSecond, secondsPerOperation);
  return {
    parameters,
    parameterGroups: groups,
    flopsPerStep,
    trainingBytes,
    largestTensorBytes: FLOAT_BYTES * Math.max(logits, scores, 4 * rows * model.nEmbd, parameters),
    secondsPerStep,
    totalSeconds: secondsPerStep * training.steps,
  };
}
