// From logits to tokens: which can be chosen, how often, and that seeds decide.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random/random.ts';
import {
  choiceProbabilities,
  chooseToken,
  logProbabilitiesOf,
  mostProbable,
  penalizedLogits,
  probabilitiesOf,
  type SamplingSettings,
} from './sampling.ts';

const OPEN: SamplingSettings = { temperature: 1, topK: 0, topP: 1 };
const logitsOf = (probabilities: readonly number[]): number[] => probabilities.map(Math.log);
const DISTRIBUTION = [0.02, 0.4, 0.08, 0.25, 0.05, 0.2];

/** How often each token is drawn. */
function counts(logits: ArrayLike<number>, settings: SamplingSettings, draws: number, seed = 1): number[] {
  const random = new Random(seed);
  const found = Array.from(logits, () => 0);
  for (let i = 0; i < draws; i++) {
    const id = chooseToken(logits, settings, random);
    found[id] = found[id]! + 1;
  }
  return found;
}
const chosen = (settings: SamplingSettings, distribution = DISTRIBUTION): number[] =>
  counts(logitsOf(distribution), settings, 4000).flatMap((count, id) => (count > 0 ? [id] : []));

/** Tokens whose count lies more than five standard deviations from what the distribution says. */
function outliers(found: readonly number[], distribution: readonly number[]): number[] {
  const draws = found.reduce((sum, count) => sum + count, 0);
  const total = distribution.reduce((sum, p) => sum + p, 0);
  return found.flatMap((count, id) => {
    const p = distribution[id]! / total;
    return Math.abs(count - draws * p) <= 5 * Math.sqrt(draws * p * (1 - p)) ? [] : [id];
  });
}

describe('probabilitiesOf', () => {
  it('is the softmax, also of logits whose exponentials overflow', () => {
    expect([...probabilitiesOf(logitsOf([0.5, 0.25, 0.25]))]).toEqual([0.5, 0.25, 0.25]);
    const shifted = probabilitiesOf([10_000, 10_000 + Math.log(3), -10_000]);
    expect(shifted[0]).toBeCloseTo(0.25, 9);
    expect(shifted[1]).toBeCloseTo(0.75, 9);
    expect(shifted[2]).toBe(0);
  });

  it('divides by the temperature', () => {
    const [a = 0, b = 0] = probabilitiesOf([1, 3], 2);
    expect(b / a).toBeCloseTo(Math.exp(1), 9);
  });

  it('counts what is no number as impossible, and shares equally where nothing is possible', () => {
    expect([...probabilitiesOf([Number.NaN, 0, Number.NEGATIVE_INFINITY, 0])]).toEqual([0, 0.5, 0, 0.5]);
    expect([...probabilitiesOf([Number.NaN, Number.NEGATIVE_INFINITY])]).toEqual([0.5, 0.5]);
    expect([...probabilitiesOf([0, Number.POSITIVE_INFINITY, 5])]).toEqual([0, 1, 0]);
  });

  it('sums to one for any logits and temperatures', () => {
    const logit = fc.oneof(fc.float(), fc.float({ min: -20, max: 20 }));
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        (logits, t) => {
          const probabilities = probabilitiesOf(logits, t);
          expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
          expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
        },
      ),
    );
  });
});

describe('logProbabilitiesOf', () => {
  it('is the logarithm of the softmax, exact where a probability would be lost as 0', () => {
    expect(Array.from(logProbabilitiesOf(logitsOf([0.5, 0.25, 0.25])), Math.exp)).toEqual([0.5, 0.25, 0.25]);
    expect([...logProbabilitiesOf([0, -2000])]).toEqual([0, -2000]);
    expect([...logProbabilitiesOf([Number.NaN, 3, Number.NEGATIVE_INFINITY])]).toEqual([
      Number.NEGATIVE_INFINITY,
      0,
      Number.NEGATIVE_INFINITY,
    ]);
    expect([...logProbabilitiesOf([0, Number.POSITIVE_INFINITY])]).toEqual([Number.NEGATIVE_INFINITY, 0]);
  });

  it('is never above 0, and agrees with the probabilities', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noDefaultInfinity: true }), { minLength: 1, maxLength: 30 }), (logits) => {
        const probabilities = probabilitiesOf(logits);
        logProbabilitiesOf(logits).forEach((value, id) => {
          expect(value).toBeLessThanOrEqual(0);
          expect(Math.exp(value)).toBeCloseTo(probabilities[id]!, 12);
        });
      }),
    );
  });
});

describe('mostProbable', () => {
  it('ranks best first, equal ones by id, as sorting would', () => {
    const values = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 12 }), (weights, n) => {
        const sorted = weights
          .map((probability, id) => ({ id, probability }))
          .toSorted((a, b) => b.probability - a.probability || a.id - b.id);
        expect(mostProbable(Float64Array.from(weights), n)).toEqual(sorted.slice(0, n));
      }),
    );
  });
});

describe('greedy', () => {
  const greedy = { ...OPEN, temperature: 0 };

  it('takes the highest logit, the first of equal ones, and touches no random number', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 50 }), (logits) => {
        const random = new Random(1);
        const before = random.state();
        const numbers = [...logits].filter((logit) => !Number.isNaN(logit));
        const expected = numbers.length === 0 ? 0 : logits.indexOf(Math.max(...numbers));
        expect(chooseToken(logits, greedy, random)).toBe(expected);
        expect(random.state()).toEqual(before);
      }),
    );
  });

  it.each([
    [[Number.NaN, -5, Number.NEGATIVE_INFINITY, -3], 3],
    [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e30], 2],
    [[0, 1e-30, 0], 1],
    [[1, Number.POSITIVE_INFINITY, 1e38], 1],
    [[7, 7, 7], 0],
  ])('of %j is %i', (logits, expected) => {
    expect(chooseToken(logits, greedy, new Random(1))).toBe(expected);
  });

  it('is greedy whatever top-k and top-p say', () => {
    expect(chooseToken(logitsOf(DISTRIBUTION), { temperature: 0, topK: 4, topP: 0.1 }, new Random(1))).toBe(1);
  });
});

describe('sampling', () => {
  it('draws each token as often as its probability says', () => {
    expect(outliers(counts(logitsOf(DISTRIBUTION), OPEN, 60_000), DISTRIBUTION)).toEqual([]);
  });

  it('draws from the distribution at the temperature', () => {
    const colder = DISTRIBUTION.map((p) => p ** 2);
    expect(outliers(counts(logitsOf(DISTRIBUTION), { ...OPEN, temperature: 0.5 }, 60_000), colder)).toEqual([]);
    const warmer = DISTRIBUTION.map(Math.sqrt);
    expect(outliers(counts(logitsOf(DISTRIBUTION), { ...OPEN, temperature: 2 }, 60_000), warmer)).toEqual([]);
  });

  it('draws from what the cuts leave in the old proportions', () => {
    const found = counts(logitsOf(DISTRIBUTION), { ...OPEN, topK: 3 }, 60_000);
    expect(outliers(found, [0, 0.4, 0, 0.25, 0, 0.2])).toEqual([]);
  });

  it('never draws what is impossible', () => {
    const logits = [Number.NaN, 0, Number.NEGATIVE_INFINITY, 0];
    for (const settings of [OPEN, { ...OPEN, topK: 4 }, { ...OPEN, topP: 0.999 }]) {
      const found = counts(logits, settings, 1000);
      expect([found[0], found[2]]).toEqual([0, 0]);
      expect(found[1]! * found[3]!).toBeGreaterThan(0);
    }
  });

  it.each([
    [1, [1]],
    [2, [1, 3]],
    [3, [1, 3, 5]],
    [6, [0, 1, 2, 3, 4, 5]],
    [50, [0, 1, 2, 3, 4, 5]],
  ])('top-k %i keeps %j', (topK, expected) => {
    expect(chosen({ ...OPEN, topK })).toEqual(expected);
  });

  it.each([
    [0, [1]],
    [0.39, [1]],
    [0.41, [1, 3]],
    [0.64, [1, 3]],
    [0.66, [1, 3, 5]],
    [0.86, [1, 2, 3, 5]],
    [0.999, [0, 1, 2, 3, 4, 5]],
  ])('top-p %f keeps the smallest set that reaches it: %j', (topP, expected) => {
    expect(chosen({ ...OPEN, topP })).toEqual(expected);
  });

  it('applies top-p within what top-k has left', () => {
    // Of 0.4, 0.25 and 0.2 the first holds 47 %, the first two 76 %.
    expect(chosen({ ...OPEN, topK: 3, topP: 0.46 })).toEqual([1]);
    expect(chosen({ ...OPEN, topK: 3, topP: 0.75 })).toEqual([1, 3]);
    expect(chosen({ ...OPEN, topK: 3, topP: 0.78 })).toEqual([1, 3, 5]);
  });

  it('keeps exactly k of equal tokens, the first ones', () => {
    expect(chosen({ ...OPEN, topK: 2 }, [0.25, 0.25, 0.25, 0.25])).toEqual([0, 1]);
  });

  it('is almost greedy at a tiny temperature and even at a huge one', () => {
    expect(chosen({ ...OPEN, temperature: 1e-6 })).toEqual([1]);
    expect(outliers(counts(logitsOf(DISTRIBUTION), { ...OPEN, temperature: 1e9 }, 30_000), [1, 1, 1, 1, 1, 1])).toEqual(
      [],
    );
  });

  it('is decided by the seed', () => {
    const sequence = (seed: number, settings: SamplingSettings): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 60 }, () => chooseToken(logitsOf(DISTRIBUTION), settings, random));
    };
    for (const settings of [OPEN, { ...OPEN, topK: 5 }, { ...OPEN, topP: 0.9 }]) {
      expect(sequence(3, settings)).toEqual(sequence(3, settings));
      expect(sequence(3, settings)).not.toEqual(sequence(4, settings));
    }
  });
});

describe('min-p', () => {
  it.each([
    [0, [0, 1, 2, 3, 4, 5]],
    [0.06, [1, 2, 3, 4, 5]],
    [0.19, [1, 2, 3, 5]],
    [0.21, [1, 3, 5]],
    [0.62, [1, 3]],
    [0.63, [1]],
    [1, [1]],
  ])('%f keeps what is at least that share as probable as the best: %j', (minP, expected) => {
    expect(chosen({ ...OPEN, minP })).toEqual(expected);
  });

  it('keeps equal tokens at 1', () => {
    expect(chosen({ ...OPEN, minP: 1 }, [0.4, 0.2, 0.4])).toEqual([0, 2]);
  });
});

describe('repetition penalty', () => {
  const logits = [2, -2, 0, 3, Number.NEGATIVE_INFINITY];

  it('divides positive and multiplies negative logits of tokens in the text, once each', () => {
    const settings = { ...OPEN, repetitionPenalty: 2 };
    expect([...Float64Array.from(penalizedLogits(logits, settings, [0, 1, 1, 2, 4]))]).toEqual([
      1,
      -4,
      0,
      3,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('is off at 1, when left out, and where the text is empty', () => {
    for (const settings of [OPEN, { ...OPEN, repetitionPenalty: 1 }]) {
      expect(penalizedLogits(logits, settings, [0, 1])).toBe(logits);
    }
    expect(penalizedLogits(logits, { ...OPEN, repetitionPenalty: 2 }, [])).toBe(logits);
  });

  it('counts for greedy choices too', () => {
    const settings = { ...OPEN, temperature: 0, repetitionPenalty: 1.6 };
    expect(chooseToken(logits, settings, new Random(1), [])).toBe(3);
    expect(chooseToken(logits, settings, new Random(1), [3])).toBe(0);
  });
});

describe('n-grams that must not repeat', () => {
  const banned = (text: readonly number[], noRepeatNgram: number): number[] =>
    Array.from(penalizedLogits([1, 1, 1, 1], { ...OPEN, noRepeatNgram }, text)).flatMap((logit, id) =>
      logit === Number.NEGATIVE_INFINITY ? [id] : [],
    );

  it.each([
    [[0, 1, 2], 1, [0, 1, 2]],
    [[0, 1, 0], 2, [1]],
    [[0, 1, 0, 2, 0], 2, [1, 2]],
    [[0, 1, 2, 0, 1], 3, [2]],
    [[0, 1, 2, 0], 3, []],
    [[1, 1], 2, [1]],
    [[1, 1], 3, []],
    [[0, 1], 5, []],
  ])('after %j, n = %i rules out %j', (text, n, expected) => {
    expect(banned(text, n)).toEqual(expected);
  });

  it('rules nothing out where nothing would be left', () => {
    expect(banned([0, 1, 2, 3], 1)).toEqual([]);
    const settings = { ...OPEN, noRepeatNgram: 1 };
    expect(chooseToken([1, Number.NaN, 3], settings, new Random(1), [0, 2])).not.toBe(1);
  });

  it('lets no n-gram come twice as long as there is another way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), fc.integer(), (n, seed) => {
        const random = new Random(seed);
        const text: number[] = [];
        // As many as fit before any token could run out of followers.
        for (let i = 0; i < 8 + n; i++) {
          text.push(chooseToken([2, 1, 0, 0, 0, 0, 0, 0, 0, 0], { ...OPEN, noRepeatNgram: n }, random, text));
        }
        const grams = Array.from({ length: text.length - n + 1 }, (_, i) => text.slice(i, i + n).join());
        expect(new Set(grams).size).toBe(grams.length);
      }),
    );
  });
});

describe('the order: penalties, temperature, top-k, top-p, min-p', () => {
  const text = [1];
  const probabilities = (settings: Partial<SamplingSettings>, distribution = DISTRIBUTION): number[] =>
    Array.from(
      choiceProbabilities(logitsOf(distribution), { ...OPEN, ...settings }, text),
      (p) => Math.round(p * 1e6) / 1e6,
    );

  it('rules out before it counts the best k', () => {
    // Token 1 is gone, so that the best two are 3 and 5.
    expect(probabilities({ noRepeatNgram: 1, topK: 2 }).map((p) => p > 0)).toEqual([
      false,
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it('makes dearer before top-p cuts, in proportions that the temperature then sharpens', () => {
    // Twice ln 0.4 is ln 0.16; temperature 0.5 squares what the penalty has left.
    const sharp = probabilities({ repetitionPenalty: 2, temperature: 0.5, topP: 0.5 });
    const powers = [0.02, 0.16, 0.08, 0.25, 0.05, 0.2].map((p) => p ** 2);
    const total = powers.reduce((sum, power) => sum + power, 0);
    // Squared, 0.25 alone holds less than half, 0.25 and 0.2 more.
    expect(powers[3]! / total).toBeLessThan(0.5);
    expect(sharp.map((p) => p > 0)).toEqual([false, false, false, true, false, true]);
    expect(sharp[3]).toBeCloseTo(0.0625 / (0.0625 + 0.04), 5);
  });

  it('applies the temperature before top-p and min-p', () => {
    expect(probabilities({ temperature: 0.25, topP: 0.8 }).map((p) => p > 0)).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(probabilities({ temperature: 1, topP: 0.8 }).map((p) => p > 0)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
    // 0.2 is half as probable as 0.4, squared a quarter.
    expect(probabilities({ temperature: 0.5, minP: 0.3 }).map((p) => p > 0)).toEqual([
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it('applies top-k before top-p, and min-p last', () => {
    // Of the best three, the first two hold 76 %: of all tokens they would hold 65 %.
    expect(probabilities({ topK: 3, topP: 0.75 })).toEqual([0, 0.615385, 0, 0.384615, 0, 0]);
    expect(probabilities({ topK: 3, topP: 0.75, minP: 0.7 })).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it('sums to one and always leaves a token', () => {
    const settings = fc.record({
      temperature: fc.double({ min: 1e-3, max: 50, noNaN: true }),
      topK: fc.nat(8),
      topP: fc.double({ min: 0, max: 1, noNaN: true }),
      minP: fc.double({ min: 0, max: 1, noNaN: true }),
      repetitionPenalty: fc.double({ min: 1, max: 10, noNaN: true }),
      noRepeatNgram: fc.nat(3),
    });
    const logits = fc.array(fc.float(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(logits, settings, fc.array(fc.nat(7), { maxLength: 12 }), fc.integer(), (row, given, text, seed) => {
        const left = choiceProbabilities(row, given, text);
        expect(left.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
        const id = chooseToken(row, given, new Random(seed), text);
        expect(left[id]).toBeGreaterThan(0);
      }),
    );
  });

  it('draws from just these probabilities', () => {
    const settings = { temperature: 1.3, topK: 5, topP: 0.95, minP: 0.15, repetitionPenalty: 1.5, noRepeatNgram: 0 };
    const logits = logitsOf(DISTRIBUTION);
    const random = new Random(7);
    const found = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 60_000; i++) {
      const id = chooseToken(logits, settings, random, [3]);
      found[id] = found[id]! + 1;
    }
    expect(outliers(found, [...choiceProbabilities(logits, settings, [3])])).toEqual([]);
  });
});
