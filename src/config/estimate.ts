// What a run will cost: parameters, floating-point operations, memory and time, from sizes alone.
// Counts of parameters are exact; memory and time are estimates, of a plan of fused kernels or of operations that run
// one by one, and say so on screen.
import { bandOfLayer, feedForwardWidth, qkvWidth } from './modelShape.ts';
import type { ModelConfig, RunConfig } from './runConfig.ts';
import { runTokens } from './runTokens.ts';

export interface ParameterGroup {
  readonly name: string;
  readonly count: number;
}

export interface Estimate {
  readonly parameters: number;
  readonly parameterGroups: readonly ParameterGroup[];
  /** Floating-point operations of one training step with all its batches (forward and backward, 2 per multiply-add). */
  readonly flopsPerStep: number;
  /** Peak memory while training. */
  readonly trainingBytes: number;
  /** The largest single tensor. */
  readonly largestTensorBytes: number;
  /** Of a step with all its batches. */
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

/** Columns that the feed-forward's first matrix gives: SwiGLU's gate beside its values. */
const expandedWidth = (model: ModelConfig): number => (model.activation === 'swiglu' ? 2 : 1) * feedForwardWidth(model);

/** Exact number of parameters by group (tied embeddings counted once); only groups that the model has. */
export function parameterGroups(model: ModelConfig, vocabSize: number): readonly ParameterGroup[] {
  const { nLayer, nEmbd: c, contextLength, biases, tiedOutput } = model;
  const [qkv, inner, expanded] = [qkvWidth(model), feedForwardWidth(model), expandedWidth(model)];
  const attention = c * qkv + c * c + (biases ? qkv + c : 0);
  const feedForward = c * expanded + inner * c + (biases ? expanded + c : 0);
  const norm = c + (model.norm === 'layer' && biases ? c : 0);
  const groups = [
    { name: tiedOutput ? 'Token embedding (tied with the output)' : 'Token embedding', count: vocabSize * c },
    { name: 'Position embedding', count: model.positions === 'learned' ? contextLength * c : 0 },
    { name: 'Attention', count: nLayer * attention },
    { name: 'Feed-forward', count: nLayer * feedForward },
    { name: model.norm === 'layer' ? 'Layer norms' : 'RMS norms', count: (2 * nLayer + 1) * norm },
    { name: 'Output layer', count: tiedOutput ? 0 : c * vocabSize + (biases ? vocabSize : 0) },
  ];
  return groups.filter(({ count }) => count > 0);
}

export function parameterCount(model: ModelConfig, vocabSize: number): number {
  return parameterGroups(model, vocabSize).reduce((sum, group) => sum + group.count, 0);
}

/** Tokens that a token's query is compared with in a layer; the future counts though a causal mask hides it. */
function tokensInReach(model: ModelConfig, layer: number): number {
  const band = bandOfLayer(model, layer);
  return band === 0 ? model.contextLength : Math.min(model.contextLength, model.causal ? band : 2 * band - 1);
}

/** Rows of a window that are asked for the next token. */
const answersPerWindow = ({ prediction, contextLength }: ModelConfig): number =>
  prediction === 'every' ? contextLength : 1;

/**
 * Floating-point operations of a forward pass per token: the matrix products of the blocks, of attention
 * over the tokens in reach, and of the output layer.
 */
export function forwardFlopsPerToken(model: ModelConfig, vocabSize: number): number {
  const { nLayer, nEmbd: c, contextLength } = model;
  const weights = c * qkvWidth(model) + c * c + c * expandedWidth(model) + feedForwardWidth(model) * c;
  let flops = nLayer * 2 * weights;
  for (let layer = 0; layer < nLayer; layer++) flops += 4 * c * tokensInReach(model, layer);
  return flops + (2 * c * vocabSize * answersPerWindow(model)) / contextLength;
}

/** Newton–Schulz iterations by which Muon orthogonalises a matrix, and the operations of one for m × n, m ≤ n. */
const MUON_ITERATIONS = 5;
const iterationFlops = (a: number, b: number): number => {
  const [m, n] = [Math.min(a, b), Math.max(a, b)];
  return 4 * m * m * n + 2 * m ** 3;
};

/** Floating-point operations of the update that count beside the gradient's: those of Muon's orthogonal matrices. */
export function updateFlops({ model, training }: Pick<RunConfig, 'model' | 'training'>): number {
  if (training.optimizer !== 'muon') return 0;
  const { nLayer, nEmbd: c } = model;
  const matrices = [
    [c, qkvWidth(model)],
    [c, c],
    [c, expandedWidth(model)],
    [feedForwardWidth(model), c],
  ] as const;
  return nLayer * MUON_ITERATIONS * matrices.reduce((sum, [rows, columns]) => sum + iterationFlops(rows, columns), 0);
}

/** What a device does in how long, and how a training step runs on it; a device report says all three. */
export interface DeviceSpeed {
  /** Of training-shaped matrix products; 0 where it is not known. */
  readonly gigaflopsPerSecond: number;
  /** Time that starting one operation takes. */
  readonly secondsPerOperation: number;
  /** 'plan': a step is one submission of fused kernels; 'eager': operations run one by one. */
  readonly engine: 'plan' | 'eager';
  /** How many times longer than counted a step has been seen to take; 1 unless told. */
  readonly pace?: number;
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
  { gigaflopsPerSecond, secondsPerOperation, engine, pace = 1 }: DeviceSpeed,
): number {
  if (gigaflopsPerSecond <= 0) return Number.POSITIVE_INFINITY;
  const { perStep, perLayer } = OPERATIONS[engine];
  const starting = training.accumulation * (perStep + perLayer * model.nLayer) * secondsPerOperation;
  return pace * Math.max(flopsPerStep / (gigaflopsPerSecond * 1e9 * EFFICIENCY[engine]), starting);
}

interface MemoryFloats {
  /** At the busiest moment of a step. */
  readonly total: number;
  readonly largestTensor: number;
}

/** Numbers a token that a layer keeps for the backward pass, but for attention: queries, keys, values; inner values. */
const keptInnerWidth = (model: ModelConfig): number => qkvWidth(model) + expandedWidth(model) + feedForwardWidth(model);

const logitCount = ({ model, training }: RunConfig, vocabSize: number): number =>
  training.batchSize * answersPerWindow(model) * vocabSize;

function eagerMemory(config: RunConfig, vocabSize: number, parameters: number): MemoryFloats {
  const { model, training } = config;
  const rows = training.batchSize * model.contextLength;
  const logits = logitCount(config, vocabSize);
  // Bands are masked out of whole matrices.
  const scores = training.batchSize * model.nHead * model.contextLength ** 2;
  // Weights, their views, gradients twice, two moments, and the optimizer's temporaries.
  const parameterFloats = 9 * parameters;
  // Kept for the backward pass per layer: norms, projections, the activation's input and output, attention weights.
  const perRow = 11 * model.nEmbd + keptInnerWidth(model);
  const activations = model.nLayer * (perRow * rows + 2 * scores) + 4 * scores;
  return {
    total: parameterFloats + activations + 5 * logits,
    largestTensor: Math.max(logits, scores, expandedWidth(model) * rows, parameters),
  };
}

/** Of a plan with activations in single precision; half precision takes less. */
function planMemory(config: RunConfig, vocabSize: number, parameters: number): MemoryFloats {
  const { model, training } = config;
  const { nLayer, nHead, nEmbd } = model;
  const rows = training.batchSize * model.contextLength;
  const logits = Math.min(logitCount(config, vocabSize), LOGITS_AT_ONCE);
  // Weights, gradient, two moments; where batches are accumulated, the sum of their gradients.
  const parameterFloats = (training.accumulation > 1 ? 5 : 4) * parameters;
  // Kept for the backward pass per layer: norms, projections, the activation's input and output, and a number per row
  // and head of attention. Temporaries share memory.
  const temporaries = rows * (4 * nEmbd + expandedWidth(model));
  const activations = nLayer * rows * (5 * nEmbd + keptInnerWidth(model) + nHead) + temporaries;
  return {
    total: parameterFloats + activations + logits,
    // The update binds each flat buffer of all parameters as a whole.
    largestTensor: Math.max(logits, expandedWidth(model) * rows, parameters),
  };
}

export function estimate(config: RunConfig, vocabSize: number, speed: DeviceSpeed): Estimate {
  const { model, training } = config;
  const groups = parameterGroups(model, vocabSize);
  const parameters = groups.reduce((sum, group) => sum + group.count, 0);
  const tokensPerStep = training.accumulation * training.batchSize * model.contextLength;
  const flopsPerStep = 3 * tokensPerStep * forwardFlopsPerToken(model, vocabSize) + updateFlops(config);
  const memory = (speed.engine === 'plan' ? planMemory : eagerMemory)(config, vocabSize, parameters);
  const secondsPerStep = stepSeconds(flopsPerStep, config, speed);
  return {
    parameters,
    parameterGroups: groups,
    flopsPerStep,
    trainingBytes: FLOAT_BYTES * memory.total,
    largestTensorBytes: FLOAT_BYTES * memory.largestTensor,
    secondsPerStep,
    // Steps on the ramp have fewer batches.
    totalSeconds: secondsPerStep * (runTokens(config) / tokensPerStep),
  };
}
