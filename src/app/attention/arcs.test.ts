// Tests of the arcs' geometry.
import { describe, expect, it } from 'vitest';
import { arcPath, arcWeight } from './arcs.ts';

const first = { left: 0, top: 40, width: 20, height: 18 };
const second = { left: 100, top: 40, width: 30, height: 18 };
const nextLine = { left: 10, top: 90, width: 20, height: 18 };
const numbers = (path: string) => (path.match(/-?[\d.]+/g) ?? []).map(Number);

describe('arcPath', () => {
  it('joins the middles of two tokens at their upper or lower edges', () => {
    const [x1, y1, , c1, , c2, x2, y2] = numbers(arcPath(first, second, 'above'));
    expect([x1, y1, x2, y2]).toEqual([10, 40, 115, 40]);
    expect(Math.max(c1 ?? 99, c2 ?? 99)).toBeLessThan(40);
    const below = numbers(arcPath(second, first, 'below'));
    expect([below[0], below[1], below[6], below[7]]).toEqual([115, 58, 10, 58]);
    expect(below[3]).toBeGreaterThan(58);
  });

  it('rises with distance but not beyond the space between lines', () => {
    const near = numbers(arcPath(first, { ...first, left: 24 }, 'above'))[3] ?? 0;
    const far = numbers(arcPath(first, { ...first, left: 600 }, 'above'))[3] ?? 0;
    expect(far).toBeLessThan(near);
    expect(40 - far).toBeLessThanOrEqual(26);
  });

  it('joins tokens on different lines', () => {
    const [x1, y1, , , , , x2, y2] = numbers(arcPath(nextLine, first, 'above'));
    expect([x1, y1, x2, y2]).toEqual([20, 90, 10, 40]);
  });

  it('draws a loop for a token that looks at itself', () => {
    const [x1, , , , , , x2] = numbers(arcPath(first, first, 'above'));
    expect((x2 ?? 0) - (x1 ?? 0)).toBeGreaterThan(2);
  });
});

describe('arcWeight', () => {
  it('grows in width and opacity together', () => {
    const [faint, strong] = [arcWeight(0.05), arcWeight(0.8)];
    expect(strong.width).toBeGreaterThan(faint.width * 2);
    expect(strong.opacity).toBeGreaterThan(faint.opacity * 1.5);
    expect(arcWeight(1).opacity).toBeLessThanOrEqual(1);
  });
});
