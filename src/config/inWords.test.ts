// Numbers in the sentences about a config.
import { describe, expect, it } from 'vitest';
import { bytesInWords, inWords } from './inWords.ts';

describe('inWords', () => {
  it('puts commas at the thousands and a minus sign before what is below 0', () => {
    expect([0, 64, 1024, 51_200, 1_234_567, -1500, 0.0003, 1234.5, 1e-7].map(inWords)).toEqual([
      '0',
      '64',
      '1,024',
      '51,200',
      '1,234,567',
      '−1,500',
      '0.0003',
      '1,234.5',
      '1e-7',
    ]);
  });
});

it('bytes in words are megabytes, or gigabytes from the first', () => {
  expect([1, 134_217_728, 2.04e9].map(bytesInWords)).toEqual(['1 MB', '134 MB', '2.0 GB']);
});
