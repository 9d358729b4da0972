// Whether a run config's settings go together, fit the text and fit the device: each problem as a sentence,
// with the nearest config that has none of it. What runs but may disappoint is `configNotes.ts`.
import * as v from 'valibot';
import type { ConfigProblem } from './configProblem.ts';
import { estimate, type DeviceSpeed } from './estimate.ts';
import { bytesInWords, inWords } from './inWords.ts';
import { modelProblems } from './modelProblems.ts';
import { runConfigSchema, WIDTHS, type RunConfig } from './runConfig.ts';
import { trainingProblems } from './trainingProblems.ts';

export type { ConfigProblem };

/** What is known so far of the text and the device; what is not known is not checked. */
export interface ConfigLimits {
  readonly vocabSize?: number;
  readonly trainTokens?: number;
  readonly maxTensorBytes?: number;
  readonly memoryBudgetBytes?: number;
  /** How a training step runs there; unless told, operations run one by one, which takes more memory. */
  readonly engine?: DeviceSpeed['engine'];
}

/** @returns every problem found, first the one to fix first; empty if the config can be run. */
export function validateConfig(config: RunConfig, limits: ConfigLimits): ConfigProblem[] {
  const shape = v.safeParse(runConfigSchema, config);
  if (!shape.success) {
    return shape.issues.map((issue) => ({ field: v.getDotPath(issue) ?? '', message: rangeSentence(issue) }));
  }
  return [...combinationProblems(config), ...contextProblems(config, limits), ...memoryProblems(config, limits)];
}

function rangeSentence(issue: v.BaseIssue<unknown>): string {
  const field = issue.path?.at(-1)?.key;
  const name = FIELD_NAMES[String(field)] ?? String(field);
  const requirement = 'requirement' in issue ? issue.requirement : undefined;
  const limit = typeof requirement === 'number' ? inWords(requirement) : String(requirement);
  if (issue.type === 'min_value') return `${name} must be at least ${limit}.`;
  if (issue.type === 'max_value') return `${name} must be at most ${limit}.`;
  if (issue.type === 'max_length') return `${name} must be at most ${limit} characters long.`;
  if (issue.type === 'integer') return `${name} must be a whole number.`;
  if (issue.type === 'picklist')
    return `${name} must be one of ${(issue.expected ?? '').replaceAll(/[()"]/g, '').replaceAll(' |', ',')}.`;
  if (issue.type === 'boolean') return `${name} must be true or false.`;
  return `${name} must be a number.`;
}

const FIELD_NAMES: Readonly<Record<string, string>> = {
  nLayer: 'The number of layers',
  nHead: 'The number of heads',
  nEmbd: 'The width',
  contextLength: 'The context length',
  dropout: 'Dropout',
  batchSize: 'The batch size',
  accumulation: 'The number of batches per step',
  steps: 'The number of steps',
  learningRate: 'The learning rate',
  warmupTokens: 'The warm-up',
  nKeyValueHead: 'The number of key/value heads',
  band: 'The local attention window',
  causal: 'The causal mask',
  positions: 'The position encoding',
  norm: 'The normalization',
  normPlacement: 'The norm placement',
  activation: 'The activation',
  tiedOutput: 'The tied output',
  biases: 'The biases switch',
  dropEmbedding: 'Embedding dropout',
  dropAttention: 'Attention dropout',
  dropResidual: 'Residual dropout',
  dropoutAfterNorm: 'Dropout after the norm',
  prediction: 'Where the next token is predicted',
  optimizer: 'The optimizer',
  schedule: 'The schedule',
  beta1: 'β₁',
  beta2: 'β₂',
  decayTokens: 'The decay length',
  rampTokens: 'The batch ramp',
  zLoss: 'The z-loss weight',
  labelSmoothing: 'Label smoothing',
  weightDecay: 'Weight decay',
  clipNorm: 'The clip norm',
  validationFraction: 'The validation share',
  evalEvery: 'The steps between evaluations',
  sampleEvery: 'The steps between samples',
  samplePrompt: 'The sample prompt',
  sampleLength: 'The sample length',
  vocabSize: 'The vocabulary size',
  kilobytes: 'The text size in kB',
  seed: 'The seed',
};

const combinationProblems = (config: RunConfig): ConfigProblem[] => [
  ...modelProblems(config),
  ...trainingProblems(config),
];

/** The config with the fixes of all its contradictions. */
function withoutContradictions(config: RunConfig): RunConfig {
  let settled = config;
  for (let fix = firstFix(settled); fix !== undefined; fix = firstFix(settled)) settled = fix;
  return settled;
}

const firstFix = (config: RunConfig): RunConfig | undefined => combinationProblems(config)[0]?.fix?.config;

function contextProblems(config: RunConfig, { trainTokens }: ConfigLimits): ConfigProblem[] {
  const { contextLength } = config.model;
  if (trainTokens === undefined || trainTokens > contextLength) return [];
  if (trainTokens < 5) {
    return [
      { field: 'text', message: `The training part of this text has only ${trainTokens} tokens. Add more text.` },
    ];
  }
  const longest = trainTokens - 1;
  return [
    {
      field: 'model.contextLength',
      message: `A context of ${inWords(contextLength)} tokens is longer than the text: its training part has ${inWords(trainTokens)} tokens. Add text or shorten the context.`,
      fix: {
        label: `Use a context of ${inWords(longest)}`,
        config: {
          ...config,
          model: { ...config.model, contextLength: longest, band: Math.min(longest, config.model.band) },
        },
      },
    },
  ];
}

function memoryProblems(config: RunConfig, limits: ConfigLimits): ConfigProblem[] {
  const excess = excessOf(config, limits);
  if (excess === undefined) return [];
  const nearest = nearestThatFits(config, limits);
  return [
    {
      field: 'model',
      message: excess,
      ...(nearest && { fix: { label: `Use ${describe(nearest)}`, config: nearest } }),
    },
  ];
}

function excessOf(config: RunConfig, limits: ConfigLimits): string | undefined {
  const speed: DeviceSpeed = { gigaflopsPerSecond: 0, secondsPerOperation: 0, engine: limits.engine ?? 'eager' };
  const cost = estimate(config, limits.vocabSize ?? config.tokenizer.vocabSize, speed);
  if (limits.maxTensorBytes !== undefined && cost.largestTensorBytes > limits.maxTensorBytes) {
    return `This size needs a single tensor of ${bytesInWords(cost.largestTensorBytes)}; this device allows at most ${bytesInWords(limits.maxTensorBytes)}.`;
  }
  if (limits.memoryBudgetBytes !== undefined && cost.trainingBytes > limits.memoryBudgetBytes) {
    return `Training this size needs about ${bytesInWords(cost.trainingBytes)} of memory; about ${bytesInWords(limits.memoryBudgetBytes)} is available here.`;
  }
  return undefined;
}

/**
 * Shrinks first the batch, then the context, then the width, then the depth, each by halves. A width that the heads
 * share is halved to widths that they share.
 */
function nearestThatFits(config: RunConfig, limits: ConfigLimits): RunConfig | undefined {
  let candidate: RunConfig | undefined = withoutContradictions(config);
  for (let guard = 0; guard < 64 && candidate !== undefined; guard++) {
    if (excessOf(candidate, limits) === undefined) return candidate;
    const smaller = halved(candidate);
    candidate = smaller && withoutContradictions(smaller);
  }
  return undefined;
}

function halved({ model, training, ...rest }: RunConfig): RunConfig | undefined {
  const headSize = model.nEmbd / model.nHead;
  const fewerHeads = Math.ceil(model.nHead / 2);
  if (training.batchSize > 1) {
    return { ...rest, model, training: { ...training, batchSize: Math.floor(training.batchSize / 2) } };
  }
  const smaller = (sizes: Partial<RunConfig['model']>): RunConfig => ({
    ...rest,
    training,
    model: { ...model, ...sizes },
  });
  if (model.contextLength > 128) return smaller({ contextLength: Math.floor(model.contextLength / 2) });
  if (model.nHead > 1 && fewerHeads * headSize >= WIDTHS.min) {
    return smaller({ nHead: fewerHeads, nEmbd: fewerHeads * headSize });
  }
  if (model.nLayer > 1) return smaller({ nLayer: Math.floor(model.nLayer / 2) });
  if (model.nEmbd > 8) return smaller({ nEmbd: Math.floor(model.nEmbd / 2) });
  return undefined;
}

const describe = ({ model, training }: RunConfig): string =>
  `${model.nLayer} layers × ${inWords(model.nEmbd)}, ${model.nHead} heads, context ${inWords(model.contextLength)}, batch ${inWords(training.batchSize)}`;
