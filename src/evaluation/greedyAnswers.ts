// The most probable answers of a model to many prompts, side by side from cached keys and values.
import { layerCacheBytes, PIECE } from '../config/decodingMemory.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import type { Decoder, LanguageModel } from '../model/languageModel.ts';
import { indexOfHighest } from '../ops/tokenChoice/drawToken.ts';

export interface Prompt {
  readonly ids: readonly number[];
  readonly mostAnswerTokens: number;
}

export interface Answer {
  readonly ids: readonly number[];
  /** Whether it came to its end: not if it was cut by its length or by the context. */
  readonly ended: boolean;
}

interface Answering {
  /** Prompts read side by side. */
  readonly samples: number;
  /** Whether an answer ends with this token. */
  readonly endsAnswer: (id: number) => boolean;
  /** Read where a sequence has ended and others go on. */
  readonly filler: number;
  readonly exclusive: Exclusive;
  readonly onAnswered: (count: number) => void;
}

/** Bytes that cached keys and values, and the logits of a piece of the prompts, may take. */
const CACHE_BYTES = 64 * 2 ** 20;
const MOST_SAMPLES = 32;

/** How many prompts can be read side by side in reasonable memory. */
export function samplesAtOnce({ config, vocabSize }: LanguageModel): number {
  const cache = config.nLayer * layerCacheBytes(config);
  const logits = 4 * PIECE * vocabSize;
  return Math.max(1, Math.min(MOST_SAMPLES, Math.floor(CACHE_BYTES / Math.max(cache, logits))));
}

/** @returns answers in the order of the prompts */
export async function answerGreedily(
  model: LanguageModel,
  prompts: readonly Prompt[],
  answering: Answering,
): Promise<Answer[]> {
  const { samples, onAnswered } = answering;
  const answers: Answer[] = [];
  // Prompts of like lengths are read together, so that few steps read for one of them alone.
  const order = Array.from(prompts.keys()).toSorted((a, b) => lengthOf(prompts, a) - lengthOf(prompts, b));
  const decoder = await model.newDecoder(samples);
  try {
    for (let start = 0; start < order.length; start += samples) {
      const indices = order.slice(start, start + samples);
      // Plans read a fixed number of sequences: in the last batch some stand twice.
      const batch = Array.from({ length: samples }, (_, i) => prompts[indices[i % indices.length] ?? 0]);
      const given = await answerBatch(
        decoder,
        batch.filter((prompt) => prompt !== undefined),
        model.config.contextLength,
        answering,
      );
      indices.forEach((index, i) => {
        answers[index] = given[i] ?? { ids: [], ended: false };
      });
      onAnswered(indices.length);
    }
  } finally {
    decoder.dispose();
  }
  return answers;
}

const lengthOf = (prompts: readonly Prompt[], index: number): number => prompts[index]?.ids.length ?? 0;

/**
 * All sequences are read equally far: where one prompt is shorter than others, its answer begins while they are
 * still read.
 */
async function answerBatch(
  decoder: Decoder,
  batch: readonly Prompt[],
  contextLength: number,
  { endsAnswer, filler, exclusive }: Answering,
): Promise<Answer[]> {
  decoder.reset();
  const answers = batch.map(() => ({ ids: [] as number[], ended: false, over: false }));
  const shortest = Math.min(...batch.map(({ ids }) => ids.length));
  let next = batch.map(({ ids }) => ids.slice(0, shortest));
  for (let read = shortest; ; read++) {
    const unread = next;
    const rows = await exclusive(() => decoder.read(unread));
    next = batch.map(({ ids, mostAnswerTokens }, i) => {
      const given = ids[read];
      if (given !== undefined) return [given];
      const answer = answers[i];
      if (answer === undefined || answer.over) return [filler];
      const id = indexOfHighest(rows[i] ?? []);
      answer.ids.push(id);
      answer.ended = endsAnswer(id);
      answer.over = answer.ended || answer.ids.length >= mostAnswerTokens;
      return [id];
    });
    if (read >= contextLength || answers.every(({ over }) => over)) break;
  }
  return answers.map(({ ids, ended }) => ({ ids, ended }));
}
