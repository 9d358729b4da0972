// Numbers as people read them.
import { describe, expect, it } from 'vitest';
import {
  explainLoss,
  formatBytes,
  formatCount,
  formatFlops,
  formatLoss,
  formatShare,
  formatShort,
} from './formatNumber.ts';

describe('formatting numbers', () => {
  it('groups counts', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatCount(Number.NaN)).toBe('–');
  });
  it('shortens to three digits and never shows 1000 of a unit', () => {
    expect([0, 812, 0.5, 18_240, 999_600, 1.2e9, Number.POSITIVE_INFINITY].map(formatShort)).toEqual([
      '0',
      '812',
      '0.500',
      '18.2k',
      '1.00M',
      '1.20B',
      '–',
    ]);
  });
  it('shows bytes in decimal units', () => {
    expect([12, 1_048_576, 2e9, 999_999].map(formatBytes)).toEqual(['12 bytes', '1.05 MB', '2.00 GB', '1.00 MB']);
  });
  it('shows work, losses and shares', () => {
    expect([5e6, 6.9e8, 1.25e12].map(formatFlops)).toEqual(['5.00 MFLOP', '690 MFLOP', '1.25 TFLOP']);
    expect([1.416, undefined, Number.NaN, Number.POSITIVE_INFINITY].map(formatLoss)).toEqual(['1.42', '–', '–', '∞']);
    expect([0.1, 0.9, 0.1234, 0.0312, 1].map(formatShare)).toEqual(['10%', '90%', '12%', '3%', '100%']);
  });
  it('says what a loss means', () => {
    expect(explainLoss(Math.log(8))).toMatch(/\b8 equally likely tokens/);
    expect(explainLoss(Math.log(1024))).toMatch(/\b1,024 equally likely tokens/);
  });
});
