// Fixed positions: what the paper says of them.
import { expect, it } from 'vitest';
import { sinusoidalTable } from './sinusoidalTable.ts';

it.each([7, 8])('has sines in even columns of %i and cosines in odd ones, slower from pair to pair', (width) => {
  const positions = 50;
  const expected = Float32Array.from({ length: positions * width }, (_, i) => {
    const [position, column] = [Math.floor(i / width), i % width];
    const angle = position / 10_000 ** ((2 * Math.floor(column / 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  const table = sinusoidalTable(positions, width);
  expect(table.length).toBe(expected.length);
  table.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6));
});

it('goes from one position to another by the same turn, wherever it starts', () => {
  const width = 8;
  const table = sinusoidalTable(40, width);
  const at = (position: number, column: number): number => table[position * width + column] ?? Number.NaN;
  for (let column = 0; column < width; column += 2) {
    // The sine of a difference of angles, by the addition theorem.
    const turn = (from: number): number =>
      at(from + 6, column) * at(from, column + 1) - at(from + 6, column + 1) * at(from, column);
    expect(turn(30)).toBeCloseTo(turn(0), 5);
  }
});
