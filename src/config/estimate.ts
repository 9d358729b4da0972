// What a run will cost: parameters, floating-point operations, memory and time, from sizes alone.
// Counts of parameters are exact; memory and time are estimates, of a plan of fused kernels or of operations that run
// one by one, and say so on screen.
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
/** The same share for a step that runs as a plan. */
export const PLAN_EFFICIENCY = 0.6;
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

/** What a device does in how long, and how a training step runs on it; a device report says all three. */
export interface DeviceSpeed {
  /** Of training-shaped matrix products; 0 where it is not known. */
  readonly gigaflopsPerSecond: number;
  /** Time that starting one operation takes. */
  readonly secondsPerOperation: number;
  /** 'plan': a step is one submission of fused kernels; 'eager': operations run one by one. */
  readonly engine: 'plan' | 'eager';
}

/** A step's operations to start: about so many, and so many more for each layer. */
const OPERATIONS = { eager: { perStep: 50, perLayer: 170 }, plan: { perStep: 20, perLayer: 25 } } as const;
const EFFICIENCY = { eager: STEP_EFFICIENCY, plan: PLAN_EFFICIENCY } as const;
/** A plan computes the logits of a large vocabulary for some rows after others, about so many numbers at once. */
const LOGITS_AT_ONCE = 2 ** 24;

/** Time of one training step: its matrix products, or starting its operations where that takes longer. */
function stepSeconds(
  flopsPerStep: number,
  { model, training }: RunConfig,
  { gigaflopsPerSecond, secondsPerOperation, engine }: DeviceSpeed,
): number {
  if (gigaflopsPerSecond <= 0) return Number.POSITIVE_INFINITY;
  const { perStep, perLayer } = OPERATIONS[engine];
  const starting = training.accumulation * (perStep + perLayer * model.nLayer) * secondsPerOperation;
  return Math.max(flopsPerStep / (gigaflopsPerSecond * 1e9 * EFFICIENCY[engine]), starting);
}

interface MemoryFloats {
  /** At the busiest moment of a step. */
  readonly total: number;
  readonly largestTensor: number;
}

function eagerMemory({ model, training }: RunConfig, vocabSize: number, parameters: number): MemoryFloats {
  const rows = training.batchSize * model.contextLength;
  const logits = rows * vocabSize;
  const scores = training.batchSize * model.nHead * model.contextLength ** 2;
  // Weights, their views, gradients twice, two moments, and the optimizer's temporaries.
  const parameterFloats = 9 * parameters;
  // Kept for the backward pass per layer: norms, projections, GELU's input and output, attention weights.
  const activations = model.nLayer * (22 * rows * model.nEmbd + 2 * scores) + 4 * scores;
  return {
    total: parameterFloats + activations + 5 * logits,
    largestTensor: Math.max(logits, scores, 4 * rows * model.nEmbd, parameters),
  };
}

/** Of a plan with activations in single precision; half precision takes less. */
function planMemory({ model, training }: RunConfig, vocabSize: number, parameters: number): MemoryFloats {
  const { nLayer, nHead, nEmbd } = model;
  const rows = training.batchSize * model.contextLength;
  const logits = Math.min(rows * vocabSize, LOGITS_AT_ONCE);
  // Weights, gradient, two moments; where batches are accumulated, the sum of their gradients.
  const parameterFloats = (training.accumulation > 1 ? 5 : 4) * parameters;
  // Kept for the backward pass per layer: norms, projections, GELU's input and output, and a number per row and head of
  // attention. Temporaries share memory.
  const activations = nLayer * (16 * rows * nEmbd + rows * nHead) + 8 * rows * nEmbd;
  return {
    total: parameterFloats + activations + logits,
    // The update binds each flat buffer of all parameters as a whole.
    largestTensor: Math.max(logits, 4 * rows * nEmbd, parameters),
  };
}

export function estimate(config: RunConfig, vocabSize: number, speed: DeviceSpeed): Estimate {
  const { model, training } = config;
  const groups = parameterGroups(model, vocabSize);
  const parameters = groups.reduce((sum, group) => sum + group.count, 0);
  const tokensPerStep = training.accumulation * training.batchSize * model.contextLength;
  const flopsPerStep = 3 * tokensPerStep * forwardFlopsPerToken(model, vocabSize);
  const memory = (speed.engine === 'plan' ? planMemory : eagerMemory)(config, vocabSize, parameters);
  const secondsPerStep = stepSeconds(flopsPerStep, config, speed);
  return {
    parameters,
    parameterGroups: groups,
    flopsPerStep,
    trainingBytes: FLOAT_BYTES * memory.total,
    largestTensorBytes: FLOAT_BYTES * memory.largestTensor,
    secondsPerStep,
    totalSeconds: secondsPerStep * training.steps,
  };
}
