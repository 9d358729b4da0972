// A model that is nothing but numbers, for tests of decoding: every sequence of tokens has its own random logits. Its
// decoder keeps what was read and computes nothing, so that a wrong place or a wrong order gives other logits.
import { GPT3_SWITCHES } from '../../config/runConfig.ts';
import type { Decoder, LanguageModel } from '../../model/languageModel.ts';
import { Random } from '../../random/random.ts';

export interface TableModel extends LanguageModel {
  /** Reads of all decoders so far. */
  readonly reads: number;
  /** Decoders that have not been disposed. */
  readonly openDecoders: number;
}

/** @param logitsAfter [V] after a sequence */
export function tableModel(
  vocabSize: number,
  logitsAfter: (tokens: readonly number[]) => readonly number[],
  contextLength = 1000,
): TableModel {
  const count = { reads: 0, open: 0 };
  const unused = (): never => {
    throw new Error('A table of logits has no parameters.');
  };
  const newDecoder = async (samples: number): Promise<Decoder> => {
    let texts: number[][] = Array.from({ length: samples }, () => []);
    count.open++;
    return {
      slides: false,
      get length() {
        return texts[0]?.length ?? 0;
      },
      async read(tokens) {
        if (tokens.length !== samples) throw new RangeError(`Not ${samples} sequences.`);
        count.reads++;
        texts = texts.map((text, sample) => [...text, ...(tokens[sample] ?? [])]);
        if ((texts[0]?.length ?? 0) > contextLength) throw new RangeError('Beyond the context.');
        return texts.map((text) => Float32Array.from(logitsAfter(text)));
      },
      async reorder(parents) {
        if (parents.length !== samples) throw new RangeError(`Not ${samples} parents.`);
        texts = parents.map((parent) => [...(texts[parent] ?? [])]);
      },
      reset() {
        texts = texts.map(() => []);
      },
      dispose() {
        count.open--;
      },
    };
  };
  return {
    config: { ...GPT3_SWITCHES, nLayer: 1, nHead: 1, nEmbd: 4, contextLength, dropout: 0 },
    vocabSize,
    layout: { specs: [], size: 0, alignment: 1 },
    parameterCount: 0,
    get reads() {
      return count.reads;
    },
    get openDecoders() {
      return count.open;
    },
    losses: unused,
    lossAndGradient: unused,
    attentionWeights: unused,
    newDecoder,
    async logits(ids, length) {
      const sequences = Array.from({ length: ids.length / length }, (_, i) => [
        ...ids.slice(i * length, (i + 1) * length),
      ]);
      return Float32Array.from(
        sequences.flatMap((sequence) => sequence.flatMap((_, t) => logitsAfter(sequence.slice(0, t + 1)))),
      );
    },
  };
}

/** Random logits for every sequence. @param spread how far from even @param possible tokens that can come; others never */
export const randomTable =
  (vocabSize: number, seed: number, spread: number, possible = vocabSize) =>
  (tokens: readonly number[]): number[] => {
    const random = new Random(seed, ...tokens);
    return Array.from({ length: vocabSize }, (_, id) =>
      id < possible ? spread * random.normal() : Number.NEGATIVE_INFINITY,
    );
  };
