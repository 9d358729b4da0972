// Writing text with a model: several samples at once, token by token, from cached keys and values.
import type { LanguageModel } from '../model/languageModel.ts';
import { Random } from '../random/random.ts';
import { chooseToken, mostProbable, probabilitiesOf, type RankedToken, type SamplingSettings } from './sampling.ts';

export interface WritingSettings extends SamplingSettings {
  readonly maxTokens: number;
  readonly samples: number;
  readonly seed: number;
}

export interface WrittenToken {
  readonly sample: number;
  readonly id: number;
  /** Probability at temperature 1, before top-k and top-p. */
  readonly probability: number;
  /** The ten most probable tokens, by the same probability. */
  readonly alternatives: readonly RankedToken[];
}

const ALTERNATIVES = 10;
/** Share of the context that is read again when it is full; learned positions leave no cheaper way to slide. */
const KEPT_SHARE = 0.75;

/**
 * Continues a prompt; a sample ends at end-of-text or after `maxTokens`.
 * When the context is full, its last three quarters are read anew from position 0 and writing goes on.
 * @param prompt ids; if empty, the model starts as after an end-of-text token
 * @param exclusive runs a piece of device work while nothing else uses the device
 */
export async function* writeText(
  model: LanguageModel,
  prompt: Int32Array,
  endOfText: number,
  settings: WritingSettings,
  exclusive: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<WrittenToken> {
  const { contextLength } = model.config;
  const { samples, maxTokens } = settings;
  const start = prompt.length > 0 ? [...prompt] : [endOfText];
  const texts = Array.from({ length: samples }, () => [...start]);
  const generators = texts.map((_, sample) => new Random(settings.seed, sample));
  const ended = texts.map(() => false);
  const decoder = await model.newDecoder(samples);
  try {
    let unread = texts.map((text) => text.slice(-contextLength));
    for (let written = 0; written < maxTokens && ended.includes(false); written++) {
      if (decoder.length + (unread[0]?.length ?? 0) > contextLength) {
        decoder.reset();
        const kept = Math.max(1, Math.floor(contextLength * KEPT_SHARE));
        unread = texts.map((text) => text.slice(-kept));
      }
      const rows = await exclusive(() => decoder.read(unread));
      unread = [];
      for (const [sample, logits] of rows.entries()) {
        const text = texts[sample] ?? [];
        const random = generators[sample] ?? new Random(settings.seed, sample);
        // Samples are written in step, so one that has ended is fed end-of-text and not shown.
        const id = ended[sample] ? endOfText : chooseToken(logits, settings, random);
        text.push(id);
        unread.push([id]);
        if (ended[sample]) continue;
        const probabilities = probabilitiesOf(logits);
        yield {
          sample,
          id,
          probability: probabilities[id] ?? 0,
          alternatives: mostProbable(probabilities, ALTERNATIVES),
        };
        ended[sample] = id === endOfText;
      }
    }
  } finally {
    decoder.dispose();
  }
}
