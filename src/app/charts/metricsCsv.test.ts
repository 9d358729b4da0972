// Tests of the CSV download.
import { describe, expect, it } from 'vitest';
import { metricsCsv } from './metricsCsv.ts';

const columns = {
  step: [1, 2],
  loss: [6.5, Number.NaN],
  smoothed: [6.5, 6.25],
  learningRate: [Math.fround(0.0003), 0.0006],
  gradientNorm: [1.5, 2],
  tokensPerSecond: [18_000, 18_500],
};

describe('metricsCsv', () => {
  it('writes one line per row with validation where it was measured, in order of steps', () => {
    const text = metricsCsv(columns, [
      { step: 0, validationLoss: 6.9, bitsPerByte: 3.5 },
      { step: 2, validationLoss: 6, bitsPerByte: 3 },
    ]);
    expect(text.split('\r\n')).toEqual([
      'step,training_loss_nats,smoothed_loss_nats,validation_loss_nats,validation_bits_per_byte,learning_rate,gradient_norm,tokens_per_second',
      '0,,,6.9,3.5,,,',
      '1,6.5,6.5,,,0.0003,1.5,18000',
      '2,,6.25,6,3,0.0006,2,18500',
      '',
    ]);
  });

  it('has only its header before the first step', () => {
    const empty = { step: [], loss: [], smoothed: [], learningRate: [], gradientNorm: [], tokensPerSecond: [] };
    expect(metricsCsv(empty, []).split('\r\n')).toHaveLength(2);
  });
});
