// The model that a check is made on: the run's own where that is small, else one of the same switches with reduced
// sizes; its parameters, and the batch it is given.
import { inWords } from '../../config/inWords.ts';
import type { ModelConfig, RunConfig } from '../../config/runConfig.ts';
import type { Float64Objective } from '../../float64/objective.ts';
import { float64Groups, float64Size, type Float64Model } from '../../float64/parameters.ts';
import type { Batch } from '../../model/languageModel.ts';
import { Random } from '../../random/random.ts';

export interface CheckedModel extends Float64Model {
  readonly objective: Float64Objective;
  readonly batchSize: number;
  /** Tokens in each window, at most the context. */
  readonly length: number;
  /** How it differs from the run's own, each as a few words. */
  readonly changes: readonly string[];
}

/** Larger models would take minutes in plain loops. */
const MOST_PARAMETERS = 30_000;
const WINDOWS = 2;
const OWN_LENGTH = 16;
const MOST_TOKENS = 48;
/** Beyond the band, so that there is something that it hides. */
const BEYOND_BAND = 4;

const REDUCED = { nLayer: 2, keyValueHeads: 2, groupSize: 2, headSize: 8, contextLength: 12, vocabSize: 24 } as const;

export function checkedModel({ model, training }: RunConfig, vocabSize: number): CheckedModel {
  const { zLoss, labelSmoothing } = training;
  const shared = { objective: { zLoss, labelSmoothing }, batchSize: WINDOWS };
  const { dropout } = model;
  const undropped = dropout > 0 ? ['no dropout'] : [];
  const wanted = Math.max(OWN_LENGTH, model.band > 0 ? model.band + BEYOND_BAND : 0);
  const length = Math.min(model.contextLength, wanted);
  const own = { model: { ...model, dropout: 0 }, vocabSize };
  if (float64Size(own) <= MOST_PARAMETERS && length <= MOST_TOKENS) {
    const shorter =
      length < model.contextLength ? [`windows of ${length} of ${inWords(model.contextLength)} tokens`] : [];
    return { ...own, ...shared, length, changes: [...shorter, ...undropped] };
  }
  const small = { model: reduced(own.model), vocabSize: Math.min(vocabSize, REDUCED.vocabSize) };
  const differences = [
    difference('layers', small.model.nLayer, model.nLayer),
    difference('heads', small.model.nHead, model.nHead),
    difference('key/value heads', small.model.nKeyValueHead, model.nKeyValueHead),
    difference('width', small.model.nEmbd, model.nEmbd),
    difference('tokens of context', small.model.contextLength, model.contextLength),
    difference('tokens of local attention window', small.model.band, model.band),
    difference('tokens in the vocabulary', small.vocabSize, vocabSize),
  ];
  return {
    ...small,
    ...shared,
    length: small.model.contextLength,
    changes: [...differences.flatMap((words) => words ?? []), ...undropped],
  };
}

/** The same switches at reduced sizes; what the sizes have to do with each other stays so. */
function reduced(model: ModelConfig): ModelConfig {
  const keyValueHeads = model.nKeyValueHead === 0 ? model.nHead : model.nKeyValueHead;
  const fewer = Math.min(keyValueHeads, REDUCED.keyValueHeads);
  const nHead = fewer * Math.min(model.nHead / keyValueHeads, REDUCED.groupSize);
  const headSize = Math.max(2, Math.min(model.nEmbd / model.nHead, REDUCED.headSize));
  const contextLength = Math.min(model.contextLength, REDUCED.contextLength);
  return {
    ...model,
    nLayer: Math.min(model.nLayer, REDUCED.nLayer),
    nHead,
    nKeyValueHead: model.nKeyValueHead === 0 ? 0 : fewer,
    nEmbd: nHead * headSize,
    contextLength,
    band: Math.min(model.band, Math.floor(contextLength / 3)),
  };
}

const difference = (noun: string, small: number, own: number): string | undefined =>
  small === own ? undefined : `${inWords(small)} instead of ${inWords(own)} ${noun}`;

/**
 * Parameters far from first values, so that every part of the model matters and none overflows: gains around 1, matrices
 * that keep the size of what goes through them. All of them numbers that single precision has.
 */
export function livelyParameters(sizes: Float64Model, seed: number): Float64Array {
  const width = sizes.model.nEmbd;
  return Float64Array.from(
    float64Groups(sizes).flatMap(({ name, shape, size }, index) => {
      const random = new Random(seed, index);
      const embeds = name.endsWith('Embedding');
      const deviation = embeds ? 2 / Math.sqrt(width) : shape.length > 1 ? 1 / Math.sqrt(shape[0] ?? 1) : 0.2;
      const centre = name.endsWith('Gain') ? 1 : 0;
      return Array.from({ length: size }, () => Math.fround(centre + deviation * random.normal()));
    }),
  );
}

export function randomBatch({ vocabSize, batchSize, length }: CheckedModel, seed: number): Batch {
  const random = new Random(seed);
  const draw = (): Int32Array => Int32Array.from({ length: batchSize * length }, () => random.integer(vocabSize));
  return { inputs: draw(), targets: draw(), contextLength: length };
}
