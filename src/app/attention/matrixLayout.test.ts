// Tests of the matrix' sizes.
import { describe, expect, it } from 'vitest';
import { cellsInSight, defaultCell, fittingCell, labelEvery, scrollToShow, zoomedCell } from './matrixLayout.ts';

describe('matrix layout', () => {
  it('begins readable: comfortable for few tokens, scrolling for 256', () => {
    expect(defaultCell(8, 400)).toBe(26);
    expect(defaultCell(32, 400)).toBe(12.5);
    expect(defaultCell(256, 400)).toBe(10);
    expect(fittingCell(256, 400)).toBeCloseTo(1.5625, 9);
  });

  it('zooms between all in sight and the largest cell', () => {
    expect(zoomedCell(10, 0.001, 256, 400)).toBeCloseTo(1.5625, 9);
    expect(zoomedCell(10, 2, 256, 400)).toBe(20);
    expect(zoomedCell(50, 2, 256, 400)).toBe(64);
  });

  it('thins labels until they have room', () => {
    expect([26, 10, 5, 1.5, 0.1].map(labelEvery)).toEqual([1, 2, 5, 10, 200]);
  });

  it('knows which cells are in sight and how to bring one there', () => {
    expect(cellsInSight(25, 100, 10, 50)).toEqual([2, 12]);
    expect(cellsInSight(0, 1000, 10, 5)).toEqual([0, 4]);
    expect(scrollToShow(0, 50, 100, 10)).toBe(0);
    expect(scrollToShow(20, 50, 100, 10)).toBe(110);
    expect(scrollToShow(8, 50, 100, 10)).toBe(50);
  });
});
