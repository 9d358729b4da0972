// Configs from outside: what is refused, and what runs saved by former versions lack.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, parseRunConfig } from './runConfig.ts';

describe('parseRunConfig', () => {
  it('takes a run from before gradients were accumulated for one with one batch per step', () => {
    const { accumulation: _, ...training } = DEFAULT_CONFIG.training;
    expect(parseRunConfig({ ...DEFAULT_CONFIG, training })).toEqual(DEFAULT_CONFIG);
  });

  it.each([0, 65, 1.5, '2'])('refuses %s batches per step', (accumulation) => {
    const training = { ...DEFAULT_CONFIG.training, accumulation };
    expect(parseRunConfig({ ...DEFAULT_CONFIG, training })).toBeUndefined();
  });
});
