// Whether a run config's sizes go together, fit the text and fit the device: each problem as a sentence,
// with the nearest config that has none of it.
import { estimate, type DeviceSpeed } from './estimate.ts';
import { runConfigSchema, WIDTHS, type RunConfig } from './runConfig.ts';
import * as v from 'valibot';

export interface ConfigProblem {
  /** Dotted path of the field ('model.nHead'). */
  readonly field: string;
  readonly message: string;
  readonly fix?: { readonly label: string; readonly config: RunConfig };
}

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
  return [...headProblems(config), ...contextProblems(config, limits), ...memoryProblems(config, limits)];
}

function rangeSentence(issue: v.BaseIssue<unknown>): string {
  const field = issue.path?.at(-1)?.key;
  const name = FIELD_NAMES[String(field)] ?? String(field);
  const requirement = 'requirement' in issue ? issue.requirement : undefined;
  if (issue.type === 'min_value') return `${name} must be at least ${String(requirement)}.`;
  if (issue.type === 'max_value') return `${name} must be at most ${String(requirement)}.`;
  if (issue.type === 'max_length') return `${name} must be at most ${String(requirement)} characters long.`;
  if (issue.type === 'integer') return `${name} must be a whole number.`;
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
  nKeyValueHead: 'The number of key and value heads',
  band: 'The band',
  beta1: 'The first decay (β₁)',
  beta2: 'The second decay (β₂)',
  decayTokens: 'The length of the schedule',
  rampTokens: 'The batch ramp',
  zLoss: 'The weight of the z-loss',
  labelSmoothing: 'Label smoothing',
  weightDecay: 'Weight decay',
  clipNorm: 'The clipping norm',
  validationFraction: 'The validation share',
  evalEvery: 'The steps between evaluations',
  sampleEvery: 'The steps between samples',
  samplePrompt: 'The sample prompt',
  sampleLength: 'The sample length',
  vocabSize: 'The vocabulary size',
  kilobytes: 'The size of the text in kB',
  seed: 'The seed',
};

function headProblems(config: RunConfig): ConfigProblem[] {
  const { nEmbd, nHead } = config.model;
  if (nEmbd % nHead === 0) return [];
  const fewest = Math.ceil(WIDTHS.min / nHead);
  const most = Math.floor(WIDTHS.max / nHead);
  const nearest = Math.min(most, Math.max(fewest, Math.round(nEmbd / nHead))) * nHead;
  return [
    {
      field: 'model.nEmbd',
      message: `A width of ${nEmbd} cannot be shared equally by ${nHead} heads: ${nEmbd} ÷ ${nHead} is not a whole number.`,
      fix: { label: `Use a width of ${nearest}`, config: { ...config, model: { ...config.model, nEmbd: nearest } } },
    },
  ];
}

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
      message: `A context of ${contextLength} tokens is longer than the text: its training part has ${trainTokens} tokens. Add text or shorten the context.`,
      fix: {
        label: `Use a context of ${longest}`,
        config: { ...config, model: { ...config.model, contextLength: longest } },
      },
    },
  ];
}

function memoryProblems(config: RunConfig, limits: ConfigLimits): ConfigProblem[] {
  const excess = excessOf(config, limits);
  if (excess === undefined) return [];
  // A width that the heads share is halved to widths that they share.
  const nearest = nearestThatFits(headProblems(config)[0]?.fix?.config ?? config, limits);
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
    return `This size needs a single tensor of ${gigabytes(cost.largestTensorBytes)}; this device takes at most ${gigabytes(limits.maxTensorBytes)}.`;
  }
  if (limits.memoryBudgetBytes !== undefined && cost.trainingBytes > limits.memoryBudgetBytes) {
    return `Training this size needs about ${gigabytes(cost.trainingBytes)} of memory; about ${gigabytes(limits.memoryBudgetBytes)} can be planned with here.`;
  }
  return undefined;
}

/** Shrinks first the batch, then the context, then the width, then the depth, each by halves. */
function nearestThatFits(config: RunConfig, limits: ConfigLimits): RunConfig | undefined {
  let candidate = config;
  for (let guard = 0; guard < 64; guard++) {
    if (excessOf(candidate, limits) === undefined) return candidate;
    const { model, training } = candidate;
    const headSize = model.nEmbd / model.nHead;
    if (training.batchSize > 1) {
      candidate = { ...candidate, training: { ...training, batchSize: Math.floor(training.batchSize / 2) } };
    } else if (model.contextLength > 128) {
      candidate = { ...candidate, model: { ...model, contextLength: Math.floor(model.contextLength / 2) } };
    } else if (model.nHead > 1 && Math.ceil(model.nHead / 2) * headSize >= WIDTHS.min) {
      const nHead = Math.ceil(model.nHead / 2);
      candidate = { ...candidate, model: { ...model, nHead, nEmbd: nHead * headSize } };
    } else if (model.nLayer > 1) {
      candidate = { ...candidate, model: { ...model, nLayer: Math.floor(model.nLayer / 2) } };
    } else if (model.nEmbd > 8) {
      candidate = { ...candidate, model: { ...model, nEmbd: Math.floor(model.nEmbd / 2) } };
    } else return undefined;
  }
  return undefined;
}

const describe = ({ model, training }: RunConfig): string =>
  `${model.nLayer} layers × ${model.nEmbd}, ${model.nHead} heads, context ${model.contextLength}, batch ${training.batchSize}`;

const gigabytes = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
