// The model in double precision (`src/float64`) as tests of the model on tensors ask for it: by sizes, with GPT-3's
// choice for every switch that is not named.
import { GPT3_SWITCHES, type ModelConfig } from '../../config/runConfig.ts';
import type { Float64Masks } from '../../float64/decoder.ts';
import { float64Logits, type Float64Logits } from '../../float64/float64Model.ts';
import { meanNegativeLogLikelihood } from '../../float64/objective.ts';
import { float64Groups, type Float64Model } from '../../float64/parameters.ts';

export type { Float64Masks } from '../../float64/decoder.ts';

export interface Float64Shape extends Partial<ModelConfig> {
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  readonly contextLength: number;
  readonly vocabSize: number;
}

const sizesOf = ({ vocabSize, ...model }: Float64Shape): Float64Model => ({
  model: { ...GPT3_SWITCHES, dropout: 0, ...model },
  vocabSize,
});

/** Names and sizes of the parameters in the order in which a flat array holds them. */
export const float64Layout = (shape: Float64Shape): [string, number][] =>
  float64Groups(sizesOf(shape)).map(({ name, size }) => [name, size]);

/** @param ids [B·T] @param length T */
export const float64Gpt = (
  shape: Float64Shape,
  parameters: Float64Array,
  ids: ArrayLike<number>,
  length: number,
  masks?: Float64Masks,
): Float64Logits => float64Logits(sizesOf(shape), parameters, { ids, length, ...(masks && { masks }) });

/** Mean negative log-likelihood in nats of rows of logits [N, V]. */
export const float64CrossEntropy = meanNegativeLogLikelihood;
