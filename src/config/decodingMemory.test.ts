// What reading a text takes, against counts by hand; the device's own buffers are counted beside the decoder.
import { describe, expect, it } from 'vitest';
import { layerCacheBytes, readingBytes } from './decodingMemory.ts';
import { GPT3_SWITCHES, type ModelConfig } from './runConfig.ts';

const MODEL: ModelConfig = { ...GPT3_SWITCHES, nLayer: 3, nHead: 4, nEmbd: 32, contextLength: 100, dropout: 0 };
const VOCAB_SIZE = 50;
/** A key and a value of 32 numbers for each of 100 tokens. */
const LAYER = 4 * 100 * 64;
const LOGITS = 4 * 16 * 50;

describe('readingBytes', () => {
  it('counts keys and values of all layers, and one layer more where texts change places', () => {
    const plan = { engine: 'plan', keepsPast: true } as const;
    expect(readingBytes(MODEL, VOCAB_SIZE, { ...plan, branches: false })).toEqual({
      total: 3 * LAYER + LOGITS,
      largestTensor: LAYER,
    });
    expect(readingBytes(MODEL, VOCAB_SIZE, { ...plan, branches: true }).total).toBe(4 * LAYER + LOGITS);
    const large = readingBytes(MODEL, 50_000, { ...plan, branches: false });
    expect(large.largestTensor).toBe(4 * 16 * 50_000);
  });

  it('counts them twice where operations make new ones each time', () => {
    const eager = { engine: 'eager', keepsPast: true, branches: false } as const;
    expect(readingBytes(MODEL, VOCAB_SIZE, eager).total).toBe(6 * LAYER + LOGITS);
  });

  it('counts fewer where heads share keys and values', () => {
    expect(layerCacheBytes(MODEL)).toBe(LAYER);
    expect(layerCacheBytes({ ...MODEL, nKeyValueHead: 1 })).toBe(LAYER / 4);
  });

  it('counts whole windows where no past is kept, with their attention where it is not fused', () => {
    const window = { keepsPast: false, branches: true } as const;
    const plan = readingBytes(MODEL, VOCAB_SIZE, { ...window, engine: 'plan' });
    // Four values as wide as the model, three as wide as the feed-forward, of each token.
    expect(plan.total).toBe(4 * 100 * (4 * 32 + 3 * 128));
    const eager = readingBytes(MODEL, VOCAB_SIZE, { ...window, engine: 'eager' });
    expect(eager.total - plan.total).toBe(4 * 2 * 4 * 100 ** 2);
    expect(eager.largestTensor).toBe(4 * 4 * 100 ** 2);
  });
});
