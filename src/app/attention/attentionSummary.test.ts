// Tests of reading a head's weights, on heads made to follow one rule.
import { describe, expect, it } from 'vitest';
import type { AttentionLayer } from '../../protocol/messages.ts';
import { VIEW_COPY } from './attentionCopy.ts';
import {
  headPattern,
  attendedToBy,
  attendsTo,
  attendersOf,
  viewOf,
  viewSentence,
  weightAt,
} from './attentionSummary.ts';

/** One head of `size` tokens whose row i gives `share` to target(i) and the rest evenly to all it can see. */
function headLookingAt(size: number, target: (from: number) => number | undefined, share = 0.8): AttentionLayer {
  const weights = new Float32Array(size * size);
  for (let from = 0; from < size; from++) {
    const to = target(from);
    const rest = to === undefined || to < 0 || to > from ? 1 : 1 - share;
    for (let seen = 0; seen <= from; seen++)
      weights[from * size + seen] = rest / (from + 1) + (seen === to ? 1 - rest : 0);
  }
  return { layer: 0, nHead: 1, size, offset: 0, causal: true, band: 0, weights, step: 0 };
}
const different = Array.from({ length: 12 }, (_, id) => id);

describe('attendsTo and attendedToBy', () => {
  const layer = headLookingAt(6, (from) => from - 1);

  it('lists the strongest first, and only what can be seen', () => {
    const looks = attendsTo(layer, 0, 3, 2);
    expect(looks.map(({ token }) => token)).toEqual([2, 0]);
    expect(looks[0]?.weight).toBeCloseTo(0.85, 6);
    expect(attendsTo(layer, 0, 0, 5)).toEqual([{ token: 0, weight: 1 }]);
    expect(weightAt(layer, 0, 2, 4)).toBe(0);
  });

  it('finds who looks at a token among itself and later ones', () => {
    expect(attendedToBy(layer, 0, 3, 2).map(({ token }) => token)).toEqual([4, 3]);
    expect(attendedToBy(layer, 0, 5, 9).map(({ token }) => token)).toEqual([5]);
  });

  it('reads the head it is asked for', () => {
    const weights = new Float32Array([1, 0, 0.5, 0.5, 1, 0, 0.25, 0.75]);
    const two: AttentionLayer = { layer: 0, nHead: 2, size: 2, offset: 0, causal: true, band: 0, weights, step: 0 };
    expect([weightAt(two, 0, 1, 1), weightAt(two, 1, 1, 1)]).toEqual([0.5, 0.75]);
  });
});

describe('headPattern', () => {
  it('recognises heads that look at the previous, the first or the token itself, and even ones', () => {
    expect(
      headPattern(
        headLookingAt(12, (from) => from - 1),
        0,
        different,
      ),
    ).toBe('previous');
    expect(
      headPattern(
        headLookingAt(12, () => 0),
        0,
        different,
      ),
    ).toBe('first');
    expect(
      headPattern(
        headLookingAt(12, (from) => from),
        0,
        different,
      ),
    ).toBe('self');
    expect(
      headPattern(
        headLookingAt(12, () => undefined),
        0,
        different,
      ),
    ).toBe('spread');
  });

  it('recognises heads that look for repetition', () => {
    const repeating = Array.from({ length: 12 }, (_, at) => at % 4);
    expect(
      headPattern(
        headLookingAt(12, (from) => from - 3),
        0,
        repeating,
      ),
    ).toBe('induction');
    expect(
      headPattern(
        headLookingAt(12, (from) => from - 4),
        0,
        repeating,
      ),
    ).toBe('same');
  });

  it('names nothing where no rule holds or there is too little to see', () => {
    expect(
      headPattern(
        headLookingAt(12, (from) => (from * 7) % (from + 1), 0.6),
        0,
        different,
      ),
    ).toBeUndefined();
    expect(
      headPattern(
        headLookingAt(3, (from) => from - 1),
        0,
        different,
      ),
    ).toBeUndefined();
  });
});

describe('a head without a mask', () => {
  const size = 8;
  const weights = new Float32Array(size * size);
  for (let from = 0; from < size; from++) {
    for (let to = 0; to < size; to++)
      weights[from * size + to] = 0.2 / size + (to === Math.min(size - 1, from + 1) ? 0.8 : 0);
  }
  const layer: AttentionLayer = { layer: 0, nHead: 1, size, offset: 0, causal: false, band: 0, weights, step: 0 };

  it('looks at later tokens and is looked at by earlier ones', () => {
    expect(weightAt(layer, 0, 2, 3)).toBeCloseTo(0.825, 6);
    expect(attendsTo(layer, 0, 2, 1).map(({ token }) => token)).toEqual([3]);
    expect(attendsTo(layer, 0, 0, 99)).toHaveLength(size);
    expect(attendedToBy(layer, 0, 3, 1).map(({ token }) => token)).toEqual([2]);
    expect(attendedToBy(layer, 0, 3, 99)).toHaveLength(size);
  });

  it('is known by looking at the next token, where the answer is', () => {
    expect(headPattern(layer, 0, different.slice(0, size))).toBe('next');
    // The same weights under a mask would be nothing of the kind.
    expect(headPattern({ ...layer, causal: true }, 0, different.slice(0, size))).not.toBe('next');
  });
});

describe('a banded head', () => {
  const size = 9;
  /** Even over what is in view, as the model gives it: 0 elsewhere. */
  function evenBand(band: number, causal: boolean): AttentionLayer {
    const layer = {
      layer: 1,
      nHead: 1,
      size,
      offset: 0,
      causal,
      band,
      weights: new Float32Array(size * size),
      step: 0,
    };
    for (let from = 0; from < size; from++) {
      const first = Math.max(0, from - band + 1);
      const last = causal ? from : Math.min(size - 1, from + band - 1);
      for (let to = first; to <= last; to++) layer.weights[from * size + to] = 1 / (last - first + 1);
    }
    return layer;
  }

  it('sees and is seen within the band, on both sides without a mask', () => {
    const [masked, open] = [evenBand(3, true), evenBand(3, false)];
    expect([viewOf(masked, 1), viewOf(masked, 5)]).toEqual([
      { first: 0, last: 1 },
      { first: 3, last: 5 },
    ]);
    expect([attendersOf(masked, 5), attendersOf(masked, 8)]).toEqual([
      { first: 5, last: 7 },
      { first: 8, last: 8 },
    ]);
    expect([viewOf(open, 5), attendersOf(open, 5), viewOf(open, 8)]).toEqual([
      { first: 3, last: 7 },
      { first: 3, last: 7 },
      { first: 6, last: 8 },
    ]);
    for (const layer of [masked, open]) {
      for (let from = 0; from < size; from++) {
        for (let to = 0; to < size; to++) {
          const { first, last } = attendersOf(layer, to);
          expect(weightAt(layer, 0, from, to) > 0).toBe(from >= first && from <= last);
        }
      }
    }
  });

  it('is not asked for tokens out of view', () => {
    const wrong = evenBand(3, true);
    wrong.weights.fill(0.5);
    expect(weightAt(wrong, 0, 5, 2)).toBe(0);
    expect(attendsTo(wrong, 0, 5, 99).map(({ token }) => token)).toEqual([3, 4, 5]);
    expect(attendedToBy(wrong, 0, 5, 99).map(({ token }) => token)).toEqual([5, 6, 7]);
  });

  it('is spread out where it is even over its band', () => {
    expect(headPattern(evenBand(3, true), 0, different)).toBe('spread');
    expect(headPattern(evenBand(2, false), 0, different)).toBe('spread');
    expect(headPattern(evenBand(1, true), 0, different)).toBe('self');
  });

  it('counts repetitions that are in view alone', () => {
    const repeating = Array.from({ length: size }, (_, at) => at % 3);
    const induction = evenBand(3, true);
    induction.weights.fill(0);
    for (let from = 0; from < size; from++) induction.weights[from * size + Math.max(0, from - 2)] = 1;
    // The same token is just out of view, what came after it is not.
    expect(headPattern(induction, 0, repeating)).toBe('induction');
    const same = evenBand(4, true);
    same.weights.fill(0);
    for (let from = 0; from < size; from++) same.weights[from * size + Math.max(0, from - 3)] = 1;
    expect(headPattern(same, 0, repeating)).toBe('same');
  });

  it('says what is in view', () => {
    const sentence = (band: number, causal: boolean) => viewSentence(evenBand(band, causal));
    expect(sentence(0, true)).toBe(VIEW_COPY.masked);
    expect(sentence(2, true)).toBe(VIEW_COPY.maskedWindow('1 token'));
    expect(sentence(0, false)).toBe(VIEW_COPY.open);
    expect(sentence(9, false)).toBe(VIEW_COPY.window('8 tokens'));
    expect(sentence(1, false)).toBe(VIEW_COPY.onlyItself);
  });
});
