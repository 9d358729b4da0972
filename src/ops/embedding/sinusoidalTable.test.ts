// Fixed positions: what the paper says of them.
import { expect, it } from 'vitest';
import { sinusoidalTable } from './sinusoidalTable.ts';

it('has sines in even columns and cosines in odd ones, slower from pair to pair', () => {
  const [positions, width] = [50, 7];
  const table = sinusoidalTable(positions, width);
  expect(table.length).toBe(positions * width);
  for (let position = 0; position < positions; position++) {
    const row = table.subarray(position * width, (position + 1) * width);
    for (let pair = 0; 2 * pair < width; pair++) {
      const angle = position / 10_000 ** ((2 * pair) / width);
      expect(row[2 * pair]).toBeCloseTo(Math.sin(angle), 6);
      if (2 * pair + 1 < width) expect(row[2 * pair + 1]).toBeCloseTo(Math.cos(angle), 6);
    }
  }
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
