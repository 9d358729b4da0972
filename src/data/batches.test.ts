// Training batches: no window twice per epoch, exact resume, every seed its own order. Validation: always the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from './batches.ts';
import { BatchSampler, validationBatches } from './batches.ts';
import { TextError } from './textSource.ts';

/** A stream whose ids are their positions. */
const positions = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);
const rowStarts = (batch: Batch): number[] =>
  Array.from({ length: batch.batchSize }, (_, row) => batch.inputs[row * batch.contextLength] ?? -1);

function expectWholeWindows(batch: Batch): void {
  expect(batch.inputs.length).toBe(batch.batchSize * batch.contextLength);
  for (let i = 0; i < batch.inputs.length; i++) {
    expect(batch.targets[i]).toBe((batch.inputs[i] ?? 0) + 1);
    const rowStart = batch.inputs[i - (i % batch.contextLength)] ?? 0;
    expect(batch.inputs[i]).toBe(rowStart + (i % batch.contextLength));
  }
}

describe('BatchSampler', () => {
  it('draws each window of an epoch once, in an order and at an offset of its own', () => {
    const sampler = new BatchSampler(positions(1000), 16, 7);
    const epochs: number[][] = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      const starts: number[] = [];
      do {
        const batch = sampler.next(1);
        expectWholeWindows(batch);
        starts.push(...rowStarts(batch));
      } while (sampler.state().cursor < sampler.windows);
      expect(sampler.state().epoch).toBe(epoch);
      const sorted = [...starts].sort((a, b) => a - b);
      const offset = sorted[0] ?? -1;
      expect(offset >= 0 && offset < 16).toBe(true);
      expect(sorted).toEqual(sorted.map((_, i) => offset + 16 * i));
      // No window more would have fitted.
      expect((sorted.at(-1) ?? 0) + 2 * 16 + 1).toBeGreaterThan(1000);
      expect(starts).not.toEqual(sorted);
      epochs.push(starts);
    }
    expect(new Set(epochs.map((starts) => Math.min(...starts))).size).toBeGreaterThan(1);
  });

  it('goes on exactly from any position, across epochs and through JSON', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 300 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(40),
        (length, contextLength, batchSize, before) => {
          const stream = positions(length);
          const sampler = new BatchSampler(stream, contextLength, 3);
          for (let i = 0; i < before; i++) sampler.next(batchSize);
          const state = JSON.parse(JSON.stringify(sampler.state()));
          const resumed = new BatchSampler(stream, contextLength, 3, state);
          for (let i = 0; i < 10; i++) expect(resumed.next(batchSize)).toEqual(sampler.next(batchSize));
          expect(resumed.state()).toEqual(sampler.state());
        },
      ),
    );
  });

  it('does not depend on how draws are grouped into batches', () => {
    const [one, many] = [new BatchSampler(positions(100), 8, 1), new BatchSampler(positions(100), 8, 1)];
    const single = Array.from({ length: 30 }, () => rowStarts(one.next(1))).flat();
    expect(rowStarts(many.next(30))).toEqual(single);
    expect(many.state().epoch).toBeGreaterThan(0);
    expect(many.state()).toEqual(one.state());
  });

  it('gives every seed its own order', () => {
    const order = (seed: number): number[] => rowStarts(new BatchSampler(positions(2000), 8, seed).next(50));
    expect(order(1)).toEqual(order(1));
    expect(order(2)).not.toEqual(order(1));
  });

  it('works with one window only, batch after batch', () => {
    const sampler = new BatchSampler(Uint16Array.of(5, 6, 7), 2, 1);
    const batch = sampler.next(3);
    expect([...batch.inputs]).toEqual([5, 6, 5, 6, 5, 6]);
    expect([...batch.targets]).toEqual([6, 7, 6, 7, 6, 7]);
    expect(sampler.state()).toEqual({ epoch: 2, cursor: 1 });
  });

  it('says what fits if the stream is shorter than a window', () => {
    const make = (length: number) => () => new BatchSampler(positions(length), 64, 1);
    expect(make(64)).toThrow(TextError);
    expect(make(64)).toThrow(/has 64 tokens.*at least 65.*at most 63/);
    expect(make(65)).not.toThrow();
  });

  it('refuses positions that cannot be', () => {
    for (const position of [
      { epoch: -1, cursor: 0 },
      { epoch: 0.5, cursor: 0 },
      { epoch: 0, cursor: 99 },
      { epoch: 0, cursor: -1 },
    ]) {
      expect(() => new BatchSampler(positions(50), 8, 1, position)).toThrow(RangeError);
    }
  });
});

describe('validationBatches', () => {
  const batchesOf = (length: number, contextLength: number, batchSize: number, mostWindows: number): Batch[] =>
    validationBatches({ validation: positions(length) }, contextLength, batchSize, mostWindows);

  it('are all windows without overlap, the last batch with what is left, the same every time', () => {
    const batches = batchesOf(1000, 16, 4, 400);
    expect(batches).toEqual(batchesOf(1000, 16, 4, 400));
    // 62 windows.
    expect(batches.map(({ batchSize }) => batchSize)).toEqual([...new Array<number>(15).fill(4), 2]);
    for (const batch of batches) {
      expect(batch.contextLength).toBe(16);
      expect(batch.inputs).toHaveLength(batch.batchSize * 16);
      expectWholeWindows(batch);
    }
    expect(batches.flatMap(rowStarts)).toEqual(Array.from({ length: 62 }, (_, i) => 16 * i));
  });

  it.each([
    [51, 32, 1_000_000, [32, 19]],
    [51, 32, 40, [32, 8]],
    [64, 32, 1_000_000, [32, 32]],
    [3, 32, 1_000_000, [3]],
    [51, 32, 1, [1]],
  ])('of %i windows in batches of %i, at most %i, are %j', (windows, batchSize, most, rows) => {
    expect(batchesOf(windows * 8 + 5, 8, batchSize, most).map((batch) => batch.batchSize)).toEqual(rows);
  });

  it('spread over the whole part if there are more windows than wanted', () => {
    const starts = batchesOf(10_000, 10, 2, 10).flatMap(rowStarts);
    expect(starts).toEqual([0, 990, 1990, 2990, 3990, 4990, 5990, 6990, 7990, 8990]);
  });

  it('shrink to what there is', () => {
    expect(batchesOf(50, 10, 8, 24)).toHaveLength(1);
    expect(batchesOf(50, 10, 8, 24)[0]).toMatchObject({ batchSize: 4, contextLength: 10 });
    const [tiny] = batchesOf(5, 64, 8, 24);
    expect(tiny).toMatchObject({ batchSize: 1, contextLength: 4 });
    expect([...(tiny?.targets ?? [])]).toEqual([1, 2, 3, 4]);
    expect(batchesOf(2, 64, 8, 24)[0]).toMatchObject({ batchSize: 1, contextLength: 1 });
  });
});
