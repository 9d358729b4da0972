// A run file's own text: what is packed comes out again, and what would unpack to gigabytes is left before that.
import fc from 'fast-check';
import { gzipSync, strToU8 } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { unwatched } from '../../scripts/smallRun.ts';
import { packText, unpackText } from './packedText.ts';
import { RunFileError } from './runFileError.ts';

const MEGABYTE = 1024 ** 2;
const packed = (json: string): Uint8Array => gzipSync(strToU8(json), { level: 6 });
const refusal = async (part: Uint8Array): Promise<string> => {
  const error: unknown = await unpackText(part, unwatched()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RunFileError);
  return error instanceof Error ? error.message : '';
};

describe('a packed text', () => {
  it('comes out as it went in, whatever it holds', async () => {
    const texts = fc.record({
      name: fc.string({ unit: 'binary' }),
      documents: fc.array(fc.string({ unit: 'binary' })),
    });
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await unpackText(await packText(text, unwatched()), unwatched())).toEqual(text);
      }),
      { numRuns: 40 },
    );
    const odd = { name: 'mine.txt', documents: ['Ein Text.\n', '', '二 🦉 \ud83d', '\\"'.repeat(20_000)] };
    expect(await unpackText(await packText(odd, unwatched()), unwatched())).toEqual(odd);
  });

  it('of an earlier version, packed in one go, opens too', async () => {
    const text = { name: 'old', documents: ['a', 'b\n'] };
    expect(await unpackText(packed(JSON.stringify(text)), unwatched())).toEqual(text);
  });

  it('may be as large as it is allowed, escapes not counted', async () => {
    const text = { name: 'lines', documents: ['\n\u0001"é'.repeat(MEGABYTE / 5)] };
    const part = packed(JSON.stringify(text));
    expect(await unpackText(part, unwatched(), MEGABYTE)).toEqual(text);
    await expect(unpackText(part, unwatched(), 0.9 * MEGABYTE)).rejects.toThrow(RunFileError);
  });

  it('is refused as soon as it grows beyond that', async () => {
    const bomb = packed(`{"name":"x","documents":["${'a'.repeat(20 * MEGABYTE)}"]}`);
    let most = 0;
    const watched = { ...unwatched(), onProgress: (fraction: number) => void (most = Math.max(most, fraction)) };
    await expect(unpackText(bomb, watched, MEGABYTE)).rejects.toThrow(/more than 1\.0 MB/);
    expect(most).toBeLessThan(0.5);
    // Nothing between the documents counts as text, but it takes memory all the same.
    const empty = packed(`{"name":"x","documents":[${'"",'.repeat(MEGABYTE)}""]}`);
    await expect(unpackText(empty, unwatched(), MEGABYTE)).rejects.toThrow(/more than 1\.0 MB/);
    expect((await unpackText(empty, unwatched(), 2 * MEGABYTE)).documents).toHaveLength(MEGABYTE + 1);
  });

  it('is unpacked a little at a time: it can be cancelled, and tells how far it is', async () => {
    const part = packed(JSON.stringify({ name: 'x', documents: ['a'.repeat(10 * MEGABYTE)] }));
    const controller = new AbortController();
    const shares: number[] = [];
    const unpacking = unpackText(part, {
      signal: controller.signal,
      onProgress: (fraction) => void shares.push(fraction),
      yieldToEvents: async () => controller.abort(),
    });
    await expect(unpacking).rejects.toThrow(/abort/i);
    expect(shares).toHaveLength(1);
    expect(shares[0]).toBeLessThan(1);
  });

  it('is packed a little at a time, too, and breathes no more often than there is something to tell', async () => {
    vi.spyOn(performance, 'now').mockImplementation(() => clockMs);
    let clockMs = 0;
    let breaths = 0;
    const context = (signal: AbortSignal) => ({
      signal,
      onProgress: () => {},
      yieldToEvents: async () => void breaths++,
    });
    const text = { name: 'x', documents: ['a'.repeat(5 * MEGABYTE)] };
    const part = await packText(text, context(new AbortController().signal));
    expect(breaths, 'it took no time').toBe(0);
    expect(await unpackText(part, context(new AbortController().signal))).toEqual(text);
    expect(breaths).toBeLessThan(5);
    const controller = new AbortController();
    const packing = packText(text, {
      ...context(controller.signal),
      onProgress: () => controller.abort(),
    });
    clockMs = 1000;
    await expect(packing).rejects.toThrow(/abort/i);
    vi.restoreAllMocks();
  });

  it('that is none is said to be unreadable', async () => {
    const whole = packed('{"name":"x","documents":["some text, long enough to be cut off"]}');
    const parts = [
      strToU8('this is not compressed'),
      whole.subarray(0, whole.length - 20),
      packed('no JSON'),
      packed('null'),
      packed('[]'),
      packed('{"name":1,"documents":[]}'),
      packed('{"name":"x"}'),
      packed('{"name":"x","documents":"a"}'),
      packed('{"name":"x","documents":[1]}'),
    ];
    for (const part of parts) expect(await refusal(part)).toMatch(/text that cannot be read/);
  });
});
