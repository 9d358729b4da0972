// Figures of predictions against values worked out by hand, a recomputation in float64, and synthetic predictors.
import { describe, expect, it } from 'vitest';
import { Random } from '../random/random.ts';
import { expectedCalibrationError, PredictionTally } from './predictionTally.ts';

const oneByte = () => 1;
const even = (vocabSize: number) => new Uint32Array(vocabSize).fill(1);

describe('PredictionTally', () => {
  it('agrees with values worked out by hand', () => {
    // Logits are logarithms of the probabilities: 1/2, 1/4, 1/8, 1/16, 1/32, 1/32.
    const row = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 32].map(Math.log);
    const tally = new PredictionTally(6, (id) => (id === 5 ? 0 : id + 1), [0, 5, 0, 9, 0, 0]);
    // The most probable one, the second, and the sixth: equal logits stand by their ids.
    tally.add(Float32Array.from([...row, ...row, ...row]), [0, 1, 5]);
    const figures = tally.figures();
    expect(figures.predictions).toBe(3);
    expect(figures.loss / Math.LN2).toBeCloseTo((1 + 2 + 5) / 3, 6);
    // Tokens 0 and 1 stand for one and two bytes, token 5 for none.
    expect(figures.bitsPerByte).toBeCloseTo(8 / 3, 6);
    expect(figures.top1).toBeCloseTo(1 / 3, 12);
    expect(figures.top5).toBeCloseTo(2 / 3, 12);
    // The commonest is 3; of the five commonest only 5 is missing.
    expect(figures.commonestTop1).toBe(0);
    expect(figures.commonestTop5).toBeCloseTo(2 / 3, 12);
    // Three predictions with probability ½, one of them right.
    expect(figures.calibration[5]?.predictions).toBe(3);
    expect(figures.calibration[5]?.confidence).toBeCloseTo(0.5, 6);
    expect(figures.calibration[5]?.accuracy).toBeCloseTo(1 / 3, 12);
    expect(figures.calibrationError).toBeCloseTo(1 / 6, 6);
  });

  it('agrees with a plain recomputation, also for logits of ten thousands', () => {
    const random = new Random(5);
    const vocabSize = 37;
    const rows = 200;
    const logits = Float32Array.from({ length: rows * vocabSize }, (_, i) =>
      i < 50 * vocabSize ? 1e4 * random.normal() : 2 * random.normal(),
    );
    const targets = Array.from({ length: rows }, () => random.integer(vocabSize));
    const counts = Array.from({ length: vocabSize }, () => random.integer(1000));
    const tally = new PredictionTally(vocabSize, oneByte, counts);
    tally.add(logits.subarray(0, 90 * vocabSize), targets.slice(0, 90));
    tally.add(logits.subarray(90 * vocabSize), targets.slice(90));
    const figures = tally.figures();

    let nats = 0;
    let [top1, top5] = [0, 0];
    const bins = Array.from({ length: 10 }, () => [] as { p: number; right: boolean }[]);
    const order = counts.map((count, id) => ({ count, id })).sort((a, b) => b.count - a.count || a.id - b.id);
    for (let row = 0; row < rows; row++) {
      const values = [...logits.subarray(row * vocabSize, (row + 1) * vocabSize)];
      const most = Math.max(...values);
      const weights = values.map((value) => Math.exp(value - most));
      const sum = weights.reduce((a, b) => a + b, 0);
      const target = targets[row]!;
      nats += most + Math.log(sum) - values[target]!;
      const ranked = values.map((value, id) => ({ value, id })).sort((a, b) => b.value - a.value || a.id - b.id);
      const place = ranked.findIndex(({ id }) => id === target);
      if (place === 0) top1++;
      if (place < 5) top5++;
      const p = Math.max(...weights) / sum;
      bins[Math.min(9, Math.floor(10 * p))]!.push({ p, right: place === 0 });
    }
    const commonest = order.slice(0, 5).map(({ id }) => id);
    const share = (ids: readonly number[]) => targets.filter((id) => ids.includes(id)).length / rows;
    expect(figures.loss).toBeCloseTo(nats / rows, 8);
    expect(figures.bitsPerByte).toBeCloseTo(nats / Math.LN2 / rows, 8);
    expect(figures).toMatchObject({ top1: top1 / rows, top5: top5 / rows, predictions: rows });
    expect(figures).toMatchObject({ commonestTop1: share(commonest.slice(0, 1)), commonestTop5: share(commonest) });
    let error = 0;
    bins.forEach((bin, i) => {
      const confidence = bin.reduce((sum, { p }) => sum + p, 0) / (bin.length || 1);
      const accuracy = bin.filter(({ right }) => right).length / (bin.length || 1);
      expect(figures.calibration[i]?.predictions).toBe(bin.length);
      expect(figures.calibration[i]?.confidence).toBeCloseTo(confidence, 8);
      expect(figures.calibration[i]?.accuracy).toBeCloseTo(accuracy, 12);
      error += (bin.length / rows) * Math.abs(confidence - accuracy);
    });
    expect(figures.calibrationError).toBeCloseTo(error, 8);
  });

  it('gives a guess of all tokens ln V, perplexity V', () => {
    const tally = new PredictionTally(256, oneByte, even(256));
    tally.add(new Float32Array(4 * 256), [1, 20, 255, 0]);
    const figures = tally.figures();
    expect(Math.exp(figures.loss)).toBeCloseTo(256, 8);
    expect(figures.bitsPerByte).toBeCloseTo(8, 10);
    expect(figures).toMatchObject({ top1: 1 / 4, top5: 1 / 2 });
  });

  it('has a loss that is not a number where the logits are not', () => {
    const tally = new PredictionTally(3, oneByte, even(3));
    tally.add(Float32Array.from([1, Number.NaN, 0]), [0]);
    expect(tally.figures().loss).toBeNaN();
    expect(tally.figures().calibration.every(({ predictions }) => predictions === 0)).toBe(true);
  });
});

describe('calibration', () => {
  /** Says that token 0 has probability p; it comes with `chance(p)`. */
  function calibrationOf(chance: (p: number) => number) {
    const random = new Random(8);
    const vocabSize = 2;
    const tally = new PredictionTally(vocabSize, oneByte, even(vocabSize));
    for (let i = 0; i < 40_000; i++) {
      const p = 0.5 + 0.5 * random.uniform();
      tally.add(Float32Array.from([Math.log(p), Math.log(1 - p)]), [random.uniform() < chance(p) ? 0 : 1]);
    }
    return tally.figures();
  }

  it('finds no error in a predictor that is right as often as it says', () => {
    const { calibration, calibrationError } = calibrationOf((p) => p);
    expect(calibrationError).toBeLessThan(0.01);
    for (const { accuracy, confidence, predictions } of calibration.slice(5)) {
      expect(predictions).toBeGreaterThan(7000);
      expect(Math.abs(accuracy - confidence)).toBeLessThan(0.02);
    }
    expect(calibration.slice(0, 5).every(({ predictions }) => predictions === 0)).toBe(true);
  });

  it('finds how overconfident a predictor is', () => {
    // Right in 80 % of what it says beyond a half: at 0.9 it is right in 82 % of the cases.
    const { calibration, calibrationError } = calibrationOf((p) => 0.5 + 0.8 * (p - 0.5));
    expect(Math.abs(calibrationError - 0.05)).toBeLessThan(0.01);
    for (const { accuracy, confidence } of calibration.slice(6)) expect(accuracy).toBeLessThan(confidence);
    const last = calibration[9];
    expect((last?.confidence ?? 0) - (last?.accuracy ?? 0)).toBeGreaterThan(0.07);
  });

  it('weighs bins by their predictions', () => {
    const bin = (predictions: number, confidence: number, accuracy: number) => ({ predictions, confidence, accuracy });
    expect(expectedCalibrationError([bin(30, 0.5, 0.6), bin(10, 0.9, 0.5), bin(0, 0, 0)])).toBeCloseTo(0.175, 12);
    expect(expectedCalibrationError([bin(0, 0, 0)])).toBe(0);
  });
});
