// Tests of reading a head's weights, on heads made to follow one rule.
import { describe, expect, it } from 'vitest';
import type { AttentionLayer } from '../../protocol/messages.ts';
import { headPattern, lookedAtBy, looksAt, weightAt } from './attentionSummary.ts';

/** One head of `size` tokens whose row i gives `share` to target(i) and the rest evenly to all it can see. */
function headLookingAt(size: number, target: (from: number) => number | undefined, share = 0.8): AttentionLayer {
  const weights = new Float32Array(size * size);
  for (let from = 0; from < size; from++) {
    const to = target(from);
    const rest = to === undefined || to < 0 || to > from ? 1 : 1 - share;
    for (let seen = 0; seen <= from; seen++)
      weights[from * size + seen] = rest / (from + 1) + (seen === to ? 1 - rest : 0);
  }
  return { layer: 0, nHead: 1, size, offset: 0, causal: true, weights, step: 0 };
}
const different = Array.from({ length: 12 }, (_, id) => id);

describe('looksAt and lookedAtBy', () => {
  const layer = headLookingAt(6, (from) => from - 1);

  it('lists the strongest first, and only what can be seen', () => {
    const looks = looksAt(layer, 0, 3, 2);
    expect(looks.map(({ token }) => token)).toEqual([2, 0]);
    expect(looks[0]?.weight).toBeCloseTo(0.85, 6);
    expect(looksAt(layer, 0, 0, 5)).toEqual([{ token: 0, weight: 1 }]);
    expect(weightAt(layer, 0, 2, 4)).toBe(0);
  });

  it('finds who looks at a token among itself and later ones', () => {
    expect(lookedAtBy(layer, 0, 3, 2).map(({ token }) => token)).toEqual([4, 3]);
    expect(lookedAtBy(layer, 0, 5, 9).map(({ token }) => token)).toEqual([5]);
  });

  it('reads the head it is asked for', () => {
    const weights = new Float32Array([1, 0, 0.5, 0.5, 1, 0, 0.25, 0.75]);
    const two: AttentionLayer = { layer: 0, nHead: 2, size: 2, offset: 0, causal: true, weights, step: 0 };
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
  const layer: AttentionLayer = { layer: 0, nHead: 1, size, offset: 0, causal: false, weights, step: 0 };

  it('looks at later tokens and is looked at by earlier ones', () => {
    expect(weightAt(layer, 0, 2, 3)).toBeCloseTo(0.825, 6);
    expect(looksAt(layer, 0, 2, 1).map(({ token }) => token)).toEqual([3]);
    expect(looksAt(layer, 0, 0, 99)).toHaveLength(size);
    expect(lookedAtBy(layer, 0, 3, 1).map(({ token }) => token)).toEqual([2]);
    expect(lookedAtBy(layer, 0, 3, 99)).toHaveLength(size);
  });

  it('is known by looking at the next token, where the answer is', () => {
    expect(headPattern(layer, 0, different.slice(0, size))).toBe('next');
    // The same weights under a mask would be nothing of the kind.
    expect(headPattern({ ...layer, causal: true }, 0, different.slice(0, size))).not.toBe('next');
  });
});
