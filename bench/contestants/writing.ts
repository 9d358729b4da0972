// How fast a model writes near its full context: from cached keys and values, and by reading all of it for every token.
import { chooseToken } from '../../src/generation/sampling.ts';
import type { LanguageModel } from '../../src/model/languageModel.ts';
import { Random } from '../../src/random/random.ts';
import { isTurnLong, randomTokens, type WritingTurn } from './contestant.ts';

const SAMPLING = { temperature: 0.8, topK: 0, topP: 0.95 };
const MOST_TOKENS = 32;
/** After this long no further token is begun. */
const TURN_MS = 1000;

/** The context is filled but for the last tokens, which are written; again and again, as long as a turn lasts. */
export async function writingTurn(model: LanguageModel, samples: number): Promise<WritingTurn> {
  const cached = await fromCache(model, samples);
  const whole = await fromWholeContext(model, samples);
  return { samples, cached, whole };
}

const textsOf = ({ config, vocabSize }: LanguageModel, samples: number): number[][] =>
  Array.from({ length: samples }, () => [...randomTokens(config.contextLength, vocabSize)]);

const generators = (samples: number): Random[] => Array.from({ length: samples }, (_, sample) => new Random(1, sample));

/** Tokens per second of all samples together, reading the prompt left out. */
async function fromCache(model: LanguageModel, samples: number): Promise<number> {
  const { contextLength } = model.config;
  const count = Math.min(MOST_TOKENS, Math.floor(contextLength / 2));
  const prompts = textsOf(model, samples).map((text) => text.slice(0, contextLength - count));
  const random = generators(samples);
  const decoder = await model.newDecoder(samples);
  let written = 0;
  let ms = 0;
  try {
    // A token read first compiles what reads single tokens.
    await decoder.read(prompts.map((text) => text.slice(0, 1)));
    const turnMs = performance.now();
    do {
      decoder.reset();
      let rows = await decoder.read(prompts);
      const startMs = performance.now();
      for (let i = 0; i < count; i++) {
        const ids = rows.map((logits, sample) => [chooseToken(logits, SAMPLING, random[sample] ?? new Random(1))]);
        rows = await decoder.read(ids);
        written += samples;
        if (isTurnLong(turnMs, TURN_MS)) break;
      }
      ms += performance.now() - startMs;
    } while (!isTurnLong(turnMs, TURN_MS));
  } finally {
    decoder.dispose();
  }
  return (1000 * written) / ms;
}

/** Tokens per second of all samples together. */
async function fromWholeContext(model: LanguageModel, samples: number): Promise<number> {
  const { vocabSize } = model;
  const { contextLength } = model.config;
  const texts = textsOf(model, samples);
  const random = generators(samples);
  const write = async (): Promise<void> => {
    const logits = await model.logits(Int32Array.from(texts.flat()), contextLength);
    texts.forEach((text, sample) => {
      const start = ((sample + 1) * contextLength - 1) * vocabSize;
      const row = logits.subarray(start, start + vocabSize);
      text.push(chooseToken(row, SAMPLING, random[sample] ?? new Random(1)));
      text.shift();
    });
  };
  await write();
  let written = 0;
  const startMs = performance.now();
  do {
    await write();
    written += samples;
  } while (!isTurnLong(startMs, TURN_MS));
  return (1000 * written) / (performance.now() - startMs);
}
