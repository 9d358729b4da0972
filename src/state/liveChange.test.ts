// A change of a running run leads back to what was there before it, however it was typed.
import { expect, it } from 'vitest';
import { withLiveChange } from './liveChange.ts';

it('leads back to the number before the first digit, and is none when that number is back', () => {
  const first = withLiveChange({}, 'learningRate', { from: 0.01, to: 0, step: 7, atMs: 0 });
  const second = withLiveChange(first, 'learningRate', { from: 0, to: 0.02, step: 9, atMs: 900 });
  expect(second).toEqual({ learningRate: { from: 0.01, to: 0.02, step: 7, atMs: 900 } });
  expect(withLiveChange(second, 'learningRate', { from: 0.02, to: 0.01, step: 12, atMs: 2000 })).toEqual({});
});

it('is another one after a pause, and for another setting', () => {
  const first = withLiveChange({}, 'clipNorm', { from: 1, to: 2, step: 1, atMs: 0 });
  const later = withLiveChange(first, 'clipNorm', { from: 2, to: 3, step: 50, atMs: 60_000 });
  expect(later.clipNorm).toMatchObject({ from: 2, to: 3, step: 50 });
  const both = withLiveChange(later, 'steps', { from: 100, to: 200, step: 60, atMs: 60_100 });
  expect(both).toMatchObject({ clipNorm: { from: 2 }, steps: { from: 100, to: 200 } });
});
