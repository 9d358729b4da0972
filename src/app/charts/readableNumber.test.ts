// Tests of the number formats.
import { describe, expect, it } from 'vitest';
import { counted, readableCompact, readableLoss, readableShare, readableSmall } from './readableNumber.ts';

describe('readable numbers', () => {
  it('shows a loss with the digits that matter and a dash where there is none', () => {
    expect([2.34567, 12.3456, Number.NaN, undefined].map(readableLoss)).toEqual(['2.346', '12.35', '–', '–']);
  });

  it('writes small rates with a power of ten', () => {
    expect([0, 0.003, 0.0003, 1.23456].map(readableSmall)).toEqual(['0', '0.003', '3.00e-4', '1.23']);
  });

  it('shortens large counts without a jump at the thousands', () => {
    expect([950, 18_240, 999_499, 999_600, 1_250_000].map(readableCompact)).toEqual([
      '950',
      '18.2k',
      '999k',
      '1M',
      '1.25M',
    ]);
  });

  it('gives shares more digits as they get smaller', () => {
    expect([0, 1, 0.431, 0.0431, 0.00431, 0.00001].map(readableShare)).toEqual([
      '0%',
      '100%',
      '43%',
      '4.3%',
      '0.43%',
      '<0.01%',
    ]);
  });

  it('counts in the singular and the plural', () => {
    expect([counted(1, 'token'), counted(1200, 'token')]).toEqual(['1 token', '1,200 tokens']);
  });
});
