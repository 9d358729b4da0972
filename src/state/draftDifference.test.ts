// What counts as a difference between a draft and a run.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig, type TrainingConfig } from '../config/runConfig.ts';
import { changedLiveSettings, dataKeyOf, needsNewRun } from './draftDifference.ts';

const withTraining = (training: Partial<TrainingConfig>): RunConfig => ({
  ...DEFAULT_CONFIG,
  training: { ...DEFAULT_CONFIG.training, ...training },
});

describe('needsNewRun', () => {
  it('is false for equal configs, whatever the order of their keys', () => {
    const { seed, training, model, tokenizer, text } = structuredClone(DEFAULT_CONFIG);
    expect(needsNewRun({ seed, training, model, tokenizer, text }, DEFAULT_CONFIG)).toBe(false);
  });

  it('is false for live settings', () => {
    expect(needsNewRun(withTraining({ learningRate: 0.5, steps: 7, samplePrompt: 'Now' }), DEFAULT_CONFIG)).toBe(false);
  });

  it('is true for what shapes the model, its data or its schedule from the start', () => {
    const { model } = DEFAULT_CONFIG;
    const drafts: RunConfig[] = [
      withTraining({ warmupTokens: 1 }),
      withTraining({ batchSize: 3 }),
      withTraining({ validationFraction: 0.2 }),
      { ...DEFAULT_CONFIG, seed: 2 },
      { ...DEFAULT_CONFIG, model: { ...model, dropout: 0.1 } },
      { ...DEFAULT_CONFIG, model: { ...model, band: 8 } },
      { ...DEFAULT_CONFIG, model: { ...model, causal: false } },
      withTraining({ optimizer: 'muon' }),
      withTraining({ schedule: 'linear', decayTokens: 9 }),
      { ...DEFAULT_CONFIG, tokenizer: { kind: 'trained', vocabSize: 512 } },
      { ...DEFAULT_CONFIG, text: { kind: 'url', url: 'https://example.org/a.txt' } },
    ];
    for (const draft of drafts) expect(needsNewRun(draft, DEFAULT_CONFIG), JSON.stringify(draft)).toBe(true);
  });

  it('ignores the vocabulary size of a tokenizer that is not trained', () => {
    const bytes = (vocabSize: number): RunConfig => ({ ...DEFAULT_CONFIG, tokenizer: { kind: 'byte', vocabSize } });
    expect(needsNewRun(bytes(300), bytes(400))).toBe(false);
    expect(dataKeyOf(bytes(300))).toBe(dataKeyOf(bytes(400)));
  });
});

describe('dataKeyOf', () => {
  it('follows text, tokenizer, split and seed, and not the model', () => {
    const key = dataKeyOf(DEFAULT_CONFIG);
    expect(dataKeyOf({ ...DEFAULT_CONFIG, model: { ...DEFAULT_CONFIG.model, nLayer: 9 } })).toBe(key);
    expect(dataKeyOf(withTraining({ steps: 9 }))).toBe(key);
    expect(dataKeyOf(withTraining({ validationFraction: 0.3 }))).not.toBe(key);
    expect(dataKeyOf({ ...DEFAULT_CONFIG, seed: 5 })).not.toBe(key);
    expect(dataKeyOf({ ...DEFAULT_CONFIG, tokenizer: { kind: 'trained', vocabSize: 300 } })).not.toBe(key);
    expect(dataKeyOf({ ...DEFAULT_CONFIG, text: { kind: 'arithmetic', seed: 1, kilobytes: 1024 } })).not.toBe(key);
  });
});

describe('changedLiveSettings', () => {
  it('names just the live settings that differ', () => {
    const draft = withTraining({ learningRate: 0.5, warmupTokens: 1, sampleLength: 9 });
    expect(changedLiveSettings(draft, DEFAULT_CONFIG)).toEqual({ learningRate: 0.5, sampleLength: 9 });
    expect(changedLiveSettings(withTraining({ warmupTokens: 1 }), DEFAULT_CONFIG)).toBeUndefined();
  });
});
