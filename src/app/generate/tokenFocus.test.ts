// Tests of the way that arrow keys take through tokens, over boxes as a browser lays them out.
import { describe, expect, it } from 'vitest';
import { boxOnMainLine, type TokenBox } from './tokenBox.ts';
import { isRightToLeft, neighbourOnScreen } from './tokenFocus.ts';

/** Tokens 10 px wide whose left edges are given line by line, in reading order. */
const laidOut = (...lines: readonly (readonly number[])[]): TokenBox[] =>
  lines.flatMap((lefts, line) => lefts.map((left) => ({ left, top: 20 * line, width: 10, height: 16 })));

/** Presses a key until it leads nowhere else; the tokens on the way. */
function walk(boxes: readonly TokenBox[], from: number, direction: 1 | -1, runsLeft = false): number[] {
  const way: number[] = [];
  let at = from;
  while (way.length <= boxes.length) {
    const next = neighbourOnScreen(
      (position) => boxes[position],
      boxes.length,
      at,
      direction,
      () => runsLeft,
    );
    if (next === undefined || next === at) break;
    way.push(next);
    at = next;
  }
  return way;
}

describe('neighbourOnScreen', () => {
  it('goes through lines from left to right', () => {
    const boxes = laidOut([0, 10, 20], [0, 10]);
    expect(walk(boxes, 0, 1)).toEqual([1, 2, 3, 4]);
    expect(walk(boxes, 4, -1)).toEqual([3, 2, 1, 0]);
  });

  it('goes left through lines from right to left, and on to the next line', () => {
    const boxes = laidOut([20, 10, 0], [20, 10]);
    expect(walk(boxes, 0, -1)).toEqual([1, 2, 3, 4]);
    expect(walk(boxes, 4, 1)).toEqual([3, 2, 1, 0]);
  });

  it('passes every token of a line that runs both ways once, in the order of the eye', () => {
    // “a ZYX b”: an Arabic phrase within a Latin line.
    const boxes = laidOut([0, 30, 20, 10, 40]);
    expect(walk(boxes, 0, 1)).toEqual([3, 2, 1, 4]);
    expect(walk(boxes, 4, -1)).toEqual([1, 2, 3, 0]);
  });

  it('asks the script where a line holds one token', () => {
    const boxes = laidOut([0], [0], [0]);
    expect(walk(boxes, 0, -1, true)).toEqual([1, 2]);
    expect(walk(boxes, 0, 1, false)).toEqual([1, 2]);
  });
});

describe('isRightToLeft', () => {
  it('goes by the first letter', () => {
    expect(['مرحبا', ' «שלום', '12 ܫ', 'hello', 'a م', '', '123'].map(isRightToLeft)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('boxOnMainLine', () => {
  it('passes over a space that hangs at the end of the line before', () => {
    const [space, word] = [
      { left: 300, top: 0, width: 4, height: 16 },
      { left: 12, top: 20, width: 40, height: 16 },
    ];
    expect(boxOnMainLine([space, word])).toEqual(word);
  });

  it('joins the parts of one line', () => {
    const parts = [
      { left: 40, top: 0, width: 10, height: 16 },
      { left: 10, top: 1, width: 12, height: 16 },
    ];
    expect(boxOnMainLine(parts)).toMatchObject({ left: 10, width: 40 });
    expect(boxOnMainLine([])).toBeUndefined();
  });
});
