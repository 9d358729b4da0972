// Beam search as it is told in a few lines, for tests: it reads every text from the beginning, keeps all that end, never
// stops early, and shares no code with what it checks.
import type { LanguageModel } from '../../model/languageModel.ts';

export interface PlainSettings {
  readonly beamWidth: number;
  readonly lengthPenalty: number;
  readonly maxTokens: number;
  readonly samples: number;
  readonly repetitionPenalty: number;
  readonly noRepeatNgram: number;
  /** The token that ends a text; −1 where none does. */
  readonly end: number;
}

export interface PlainText {
  readonly tokens: readonly number[];
  readonly score: number;
}

/** Log-probabilities of the token after a sequence, from the whole sequence at once. */
export async function plainLogProbabilities(model: LanguageModel, text: readonly number[]): Promise<number[]> {
  const logits = await model.logits(Int32Array.from(text), text.length);
  return logSoftmax([...logits.slice((text.length - 1) * model.vocabSize)]);
}

export function logSoftmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const logSum = highest + Math.log(logits.map((logit) => Math.exp(logit - highest)).reduce((a, b) => a + b));
  return logits.map((logit) => logit - logSum);
}

export const plainScore = (sum: number, length: number, alpha: number): number =>
  sum / Math.pow((5 + length) / 6, alpha);

/** @param lastLogits [V] after a text, whose first tokens are the prompt's */
export async function plainBeamSearch(
  lastLogits: (text: readonly number[]) => Promise<number[]>,
  prompt: readonly number[],
  settings: PlainSettings,
): Promise<PlainText[]> {
  const { beamWidth, lengthPenalty, maxTokens, samples, end } = settings;
  const done: PlainText[] = [];
  let beam: { tokens: number[]; sum: number }[] = [{ tokens: [], sum: 0 }];
  for (let length = 1; length <= maxTokens; length++) {
    const all: typeof beam = [];
    for (const { tokens, sum } of beam) {
      const text = [...prompt, ...tokens];
      const values = logSoftmax(punished(await lastLogits(text), text, settings));
      values.forEach((value, id) => all.push({ tokens: [...tokens, id], sum: sum + value }));
    }
    const best = all
      .filter(({ sum }) => sum > Number.NEGATIVE_INFINITY)
      .sort((a, b) => b.sum - a.sum)
      .slice(0, beamWidth);
    const isOver = ({ tokens }: { tokens: number[] }): boolean => tokens.at(-1) === end || length === maxTokens;
    for (const { tokens, sum } of best.filter(isOver)) {
      done.push({ tokens, score: plainScore(sum, length, lengthPenalty) });
    }
    beam = best.filter((hypothesis) => !isOver(hypothesis));
  }
  return done.sort((a, b) => b.score - a.score).slice(0, samples);
}

function punished(
  logits: readonly number[],
  text: readonly number[],
  { repetitionPenalty, noRepeatNgram }: PlainSettings,
): number[] {
  const dearer = logits.map((logit, id) => {
    if (!text.includes(id)) return logit;
    return logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
  });
  if (noRepeatNgram === 0) return dearer;
  const grams = (tokens: readonly number[]): string[] =>
    tokens.slice(noRepeatNgram - 1).map((_, i) => tokens.slice(i, i + noRepeatNgram).join());
  const known = new Set(grams(text));
  const left = dearer.map((logit, id) => {
    const last = grams([...text, id]).at(-1);
    return last !== undefined && known.has(last) ? Number.NEGATIVE_INFINITY : logit;
  });
  return left.every((logit) => logit === Number.NEGATIVE_INFINITY) ? dearer : left;
}
