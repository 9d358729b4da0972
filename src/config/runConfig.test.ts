// Configs from outside: what is refused, and what runs saved by former versions lack.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, GPT3_RECIPE, GPT3_SWITCHES, parseRunConfig } from './runConfig.ts';

describe('parseRunConfig', () => {
  it('takes a run from before gradients were accumulated for one with one batch per step', () => {
    const { accumulation: _, ...training } = DEFAULT_CONFIG.training;
    expect(parseRunConfig({ ...DEFAULT_CONFIG, training })).toEqual(DEFAULT_CONFIG);
  });

  it('takes a run from before there were switches for GPT-3’s own, with its warm-up in tokens', () => {
    const old = {
      text: { kind: 'tales', seed: 1, kilobytes: 64 },
      tokenizer: { kind: 'byte', vocabSize: 512 },
      model: { nLayer: 3, nHead: 2, nEmbd: 32, contextLength: 16, dropout: 0.1 },
      training: {
        batchSize: 4,
        accumulation: 2,
        steps: 200,
        learningRate: 0.002,
        warmupSteps: 30,
        weightDecay: 0.1,
        clipNorm: 1,
        validationFraction: 0.1,
        evalEvery: 50,
        sampleEvery: 50,
        samplePrompt: '',
        sampleLength: 48,
      },
      seed: 7,
    };
    const { warmupSteps, ...training } = old.training;
    expect(parseRunConfig(old)).toEqual({
      ...old,
      model: { ...GPT3_SWITCHES, ...old.model },
      training: { ...GPT3_RECIPE, ...training, warmupTokens: warmupSteps * 4 * 2 * 16 },
    });
  });

  it.each([0, 65, 1.5, '2'])('refuses %s batches per step', (accumulation) => {
    const training = { ...DEFAULT_CONFIG.training, accumulation };
    expect(parseRunConfig({ ...DEFAULT_CONFIG, training })).toBeUndefined();
  });
});
