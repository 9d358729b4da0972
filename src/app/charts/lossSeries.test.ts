// Tests of the loss chart's columns and units.
import { describe, expect, it } from 'vitest';
import { lossSeries } from './lossSeries.ts';
import { lossFactor } from './lossUnit.ts';

const evaluations = [
  { step: 0, validationLoss: 6.9, bitsPerByte: 3.3 },
  { step: 3, validationLoss: 5, bitsPerByte: 2.4 },
  { step: 9, validationLoss: 4, bitsPerByte: 1.9 },
];
const columns = { steps: [1, 2, 3, 4], loss: [6, 5, Number.NaN, 3], smoothed: [6, 5.5, Number.NaN, 4], evaluations };

describe('lossSeries', () => {
  it('puts training rows and evaluations on one rising axis, also where only one of them has a value', () => {
    expect(lossSeries(columns, { min: 0, max: 10 }, 100, 'nats', 1)).toEqual([
      [0, 1, 2, 3, 4, 9],
      [null, 6, 5, null, 3, null],
      [null, 6, 5.5, null, 4, null],
      [6.9, null, null, 5, null, 4],
    ]);
  });

  it('shows validation in its own measured bits per byte and scales the rest', () => {
    const [, raw, , validation] = lossSeries(columns, { min: 0, max: 10 }, 100, 'bits', 0.5);
    expect(raw[1]).toBe(3);
    expect(validation[3]).toBe(2.4);
  });

  it('keeps one evaluation beyond each end of a zoomed range', () => {
    const [steps] = lossSeries(columns, { min: 2, max: 3 }, 100, 'nats', 1);
    expect(steps).toEqual([0, 1, 2, 3, 4, 9]);
  });

  it('is empty before the first step', () => {
    expect(
      lossSeries({ steps: [], loss: [], smoothed: [], evaluations: [] }, { min: 0, max: 10 }, 9, 'nats', 1),
    ).toEqual([[], [], [], []]);
  });
});

describe('lossFactor', () => {
  it('turns ln 256 nats per one-byte token into 8 bits per byte', () => {
    expect(Math.log(256) * lossFactor('bits', { bytesPerToken: 1 })).toBeCloseTo(8, 12);
    expect(lossFactor('nats', { bytesPerToken: 3 })).toBe(1);
  });
});
