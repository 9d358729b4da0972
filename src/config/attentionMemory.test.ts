// What a look at attention is counted to take: what its tokens need, whatever the context; and what fits.
import { describe, expect, it } from 'vitest';
import { attentionBytes, attentionPlaces, mostTokensWithin } from './attentionMemory.ts';
import { GPT3_SWITCHES, type ModelConfig } from './runConfig.ts';

const LARGE: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 32, nEmbd: 64, contextLength: 4096, dropout: 0 };
const ENGINES = ['plan', 'eager'] as const;

describe('attentionPlaces', () => {
  it('has room for every text, at most an eighth more beyond 128 tokens, and never beyond the context', () => {
    for (let tokens = 1; tokens <= 4096; tokens++) {
      const places = attentionPlaces(tokens, 4096);
      expect(places).toBeGreaterThanOrEqual(tokens);
      expect(places).toBeLessThanOrEqual(tokens <= 128 ? tokens + 15 : (tokens * 9) / 8);
    }
    expect(attentionPlaces(5, 6)).toBe(6);
    expect(attentionPlaces(100, 100)).toBe(100);
  });

  it('lets texts of about one length share their places', () => {
    expect(new Set(Array.from({ length: 4096 }, (_, i) => attentionPlaces(i + 1, 4096))).size).toBeLessThan(60);
  });
});

describe.each(ENGINES)('attentionBytes (%s)', (engine) => {
  it('is little for few tokens of a large model, and all of it for all', () => {
    expect(attentionBytes(LARGE, 3, engine).total).toBeLessThan(1e6);
    const whole = 4 * 32 * 4096 ** 2;
    expect(attentionBytes(LARGE, 4096, engine).largestTensor).toBe(whole);
    expect(attentionBytes(LARGE, 4096, engine).total).toBeGreaterThan(3 * whole);
  });

  it('names the most tokens that fit: one more would not', () => {
    const most = { total: 3e8, largestTensor: 1e8 };
    const fitting = mostTokensWithin(LARGE, 4096, engine, most);
    const fits = (tokens: number): boolean => {
      const { total, largestTensor } = attentionBytes(LARGE, tokens, engine);
      return total <= most.total && largestTensor <= most.largestTensor;
    };
    expect([fits(fitting), fits(fitting + 1)]).toEqual([true, false]);
    expect(mostTokensWithin(LARGE, fitting - 1, engine, most)).toBe(fitting - 1);
    expect(mostTokensWithin(LARGE, 4096, engine, { total: 0, largestTensor: 0 })).toBe(1);
  });
});
