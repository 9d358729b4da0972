// For tests of the evaluation: a model that is told what to predict. It computes nothing.
import type { ModelConfig } from '../config/runConfig.ts';

import { requireReadable, type Decoder, type LanguageModel } from '../model/languageModel.ts';
import { parameterLayout } from '../model/parameters.ts';

/** Logit of the token predicted; all others have 0. */
const SURE = 20;

/**
 * A model whose most probable next token after `ids` is `next(ids)`.
 * @param onRead told how many tokens of each sequence a decoder reads
 */
export function scriptedModel(
  config: ModelConfig,
  vocabSize: number,
  next: (ids: readonly number[]) => number,
  onRead: (count: number) => void = () => {},
): LanguageModel {
  const rowAfter = (ids: readonly number[]): Float32Array => {
    const row = new Float32Array(vocabSize);
    row[next(ids)] = SURE;
    return row;
  };
  const refuse = () => Promise.reject(new Error('A scripted model has no weights.'));
  return {
    config,
    vocabSize,
    layout: parameterLayout(config, vocabSize),
    parameterCount: 0,
    losses: refuse,
    lossAndGradient: refuse,
    attentionWeights: refuse,
    logits: async (ids, length, question = config.prediction) => {
      const rows = Array.from(ids, (_, at) => rowAfter([...ids.subarray(at - (at % length), at + 1)]));
      const asked = question === 'every' ? rows : rows.filter((_, at) => at % length === length - 1);
      return Float32Array.from(asked.flatMap((row) => [...row]));
    },
    newDecoder: async (samples) => scriptedDecoder(samples, config.contextLength, rowAfter, onRead),
  };
}

function scriptedDecoder(
  samples: number,
  contextLength: number,
  rowAfter: (ids: readonly number[]) => Float32Array,
  onRead: (count: number) => void,
): Decoder {
  let texts: number[][] = Array.from({ length: samples }, () => []);
  return {
    slides: false,
    get length() {
      return texts[0]?.length ?? 0;
    },
    read: async (tokens) => {
      if (tokens.length !== samples) throw new RangeError(`This decoder reads ${samples} sequences.`);
      const length = texts[0]?.length ?? 0;
      onRead(requireReadable(tokens, { length, slides: false }, contextLength));
      texts = texts.map((text, i) => [...text, ...(tokens[i] ?? [])]);
      return texts.map(rowAfter);
    },
    reorder: async (parents) => {
      texts = parents.map((parent) => [...(texts[parent] ?? [])]);
    },
    reset: () => {
      texts = texts.map(() => []);
    },
    dispose: () => {},
  };
}
