// What a browser remembers of choices: given back, but only what is known, and never in the way where storage is forbidden.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as preferences from './preferences.ts';

let kept: Map<string, string>;
beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});
afterEach(() => void vi.unstubAllGlobals());

const speed = { gigaflopsPerSecond: 12, secondsPerOperation: 1e-5, doubts: 0 };

describe('choices', () => {
  it('are remembered each by itself', () => {
    preferences.rememberBackend('wasm');
    preferences.rememberPrecision('f16');
    preferences.rememberTheme('dark');
    preferences.rememberPaces({ gpu: 1.5 });
    preferences.rememberSpeeds({ gpu: speed });
    expect(preferences.rememberedBackend()).toBe('wasm');
    expect(preferences.rememberedPrecision()).toBe('f16');
    expect(preferences.rememberedTheme()).toBe('dark');
    expect(preferences.rememberedPaces()).toEqual({ gpu: 1.5 });
    expect(preferences.rememberedSpeeds()).toEqual({ gpu: speed });
  });

  it('that another version or another page left are none', () => {
    preferences.rememberPaces({ gpu: 1.5 });
    preferences.rememberSpeeds({ gpu: speed });
    for (const left of ['not JSON', '["fast"]', '{"gpu":0}', '{"gpu":{"gigaflopsPerSecond":-1}}', '{"gpu":"fast"}']) {
      for (const key of kept.keys()) kept.set(key, left);
      expect([preferences.rememberedPaces(), preferences.rememberedSpeeds()], left).toEqual([{}, {}]);
    }
  });

  it('cannot be kept where storage is forbidden, which stops nothing', () => {
    const forbidden = (): never => {
      throw new DOMException('', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden });
    preferences.rememberBackend('wasm');
    expect(preferences.rememberedBackend()).toBe('auto');
    expect(preferences.rememberedTheme()).toBe('system');
    expect(preferences.rememberedPaces()).toEqual({});
    // What was asked once on this page is not asked again, remembered or not.
    expect(preferences.wasAskedToKeep()).toBe(false);
    preferences.rememberAskedToKeep();
    expect(preferences.wasAskedToKeep()).toBe(true);
  });
});

describe('a theme', () => {
  it('is put on the page, and taken off for the system’s own', () => {
    const dataset: Record<string, string> = {};
    vi.stubGlobal('document', { documentElement: { dataset } });
    preferences.applyTheme('dark');
    expect(dataset).toEqual({ theme: 'dark' });
    preferences.applyTheme('system');
    expect(dataset).toEqual({});
  });
});
