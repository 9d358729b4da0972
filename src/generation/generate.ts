// Writing text with a model: several samples at once, token by token, from cached keys and values.
import type { Exclusive } from '../engine/exclusive.ts';
import type { DrawnTokens, LanguageModel } from '../model/languageModel.ts';
import type { TextEnd } from '../protocol/messages.ts';
import { Random } from '../random/random.ts';
import { RollingReader } from './rollingReader.ts';
import {
  chooseToken,
  cutOf,
  isPlainDraw,
  logProbabilitiesOf,
  mostProbable,
  type RankedToken,
  type SamplingSettings,
} from './sampling.ts';
import { EMPTY_TAIL, type StopStrings, type TextTail } from './stopStrings.ts';
import { TokenBurst } from './tokenBurst.ts';

/** When a text ends. */
export interface EndSettings {
  readonly maxTokens: number;
  /** Whether end-of-text ends a text; left out, it does. */
  readonly stopAtEndOfText?: boolean;
  readonly stop?: StopStrings;
}

export interface WritingSettings extends SamplingSettings, EndSettings {
  readonly samples: number;
  readonly seed: number;
}

export interface WrittenToken {
  readonly sample: number;
  readonly id: number;
  /** Natural logarithm of the model's probability at temperature 1, before penalties and cuts; and that probability. */
  readonly logProbability: number;
  readonly probability: number;
  /** The ten most probable tokens, by the same probability. */
  readonly alternatives: readonly RankedToken[];
  /** Set on the last token of a sample. */
  readonly end?: TextEnd;
}

const ALTERNATIVES = 10;

/** A row of logits as it is shown, whatever is chosen by it. */
export function shownRow(logits: ArrayLike<number>): {
  logProbabilities: Float64Array;
  alternatives: readonly RankedToken[];
} {
  const logProbabilities = logProbabilitiesOf(logits);
  return { logProbabilities, alternatives: mostProbable(logProbabilities.map(Math.exp), ALTERNATIVES) };
}

/**
 * Whether a text ends with its last token.
 * @param text the prompt's tokens, then at least one more @param tail what was returned for the token before
 */
export function endAfter(
  text: readonly number[],
  promptLength: number,
  tail: TextTail,
  endOfText: number,
  { maxTokens, stopAtEndOfText = true, stop }: EndSettings,
): { tail: TextTail; end: TextEnd | undefined } {
  const id = text.at(-1) ?? endOfText;
  const read = stop?.advance(tail, id) ?? { tail, met: false };
  if (stop && read.met) {
    return { tail: read.tail, end: { reason: 'stop-string', stop: stop.find(text.slice(promptLength)) } };
  }
  if (id === endOfText && stopAtEndOfText) return { tail: read.tail, end: { reason: 'end-of-text' } };
  return { tail: read.tail, end: text.length - promptLength >= maxTokens ? { reason: 'length' } : undefined };
}

/**
 * Continues a prompt; a sample ends at end-of-text, at a stop string or after `maxTokens`.
 * When the context is full, a decoder that slides goes on; for any other the last three quarters of the context are read
 * anew from position 0.
 * @param prompt ids; if empty, the model starts as after an end-of-text token
 */
export async function* writeText(
  model: LanguageModel,
  prompt: Int32Array,
  endOfText: number,
  settings: WritingSettings,
  exclusive: Exclusive,
): AsyncGenerator<WrittenToken> {
  const { samples, maxTokens } = settings;
  if (maxTokens < 1) return;
  const states = Array.from({ length: samples }, (_, sample) => ({
    text: [...prompt],
    random: new Random(settings.seed, sample),
    tail: EMPTY_TAIL,
    ended: false,
  }));
  const reader = await RollingReader.open(model, prompt.length > 0 ? [...prompt] : [endOfText], samples, exclusive);
  const onDevice = isPlainDraw(settings);
  const pace = new TokenBurst();
  /** The next token of each sample, or several of them where the device draws. */
  const next = async (most: number): Promise<DrawnTokens[]> => {
    if (!onDevice || reader.room === 0) {
      const logits = await reader.read();
      if (!onDevice || reader.room === 0) {
        const ids = states.map(({ text, random }, sample) =>
          chooseToken(logits[sample] ?? new Float32Array(), settings, random, text),
        );
        reader.append(ids);
        return [{ ids, logits }];
      }
    }
    const draw = (random: Random): number => (settings.temperature === 0 ? 0 : Math.fround(random.uniform()));
    const draws = Array.from({ length: Math.min(pace.count, most, reader.room) }, () =>
      states.map(({ random }) => draw(random)),
    );
    return pace.measured(() => reader.write(draws, cutOf(settings)));
  };
  try {
    for (let written = 0; states.some(({ ended }) => !ended);) {
      for (const { ids, logits } of await next(maxTokens - written)) {
        written++;
        for (const [sample, state] of states.entries()) {
          // Samples are written in step, so one that has ended is fed something and not shown.
          if (state.ended) continue;
          const [id, row] = [ids[sample] ?? endOfText, logits[sample] ?? new Float32Array()];
          state.text.push(id);
          const { tail, end } = endAfter(state.text, prompt.length, state.tail, endOfText, settings);
          state.tail = tail;
          state.ended = end !== undefined;
          const { logProbabilities, alternatives } = shownRow(row);
          const logProbability = logProbabilities[id] ?? Number.NEGATIVE_INFINITY;
          const probability = Math.exp(logProbability);
          yield { sample, id, logProbability, probability, alternatives, ...(end && { end }) };
        }
      }
    }
  } finally {
    reader.dispose();
  }
}
