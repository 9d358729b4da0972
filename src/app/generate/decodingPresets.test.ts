// Tests of the presets, the line that says how the form decodes, and the sentences on settings that do nothing.
import { describe, expect, it } from 'vitest';
import { PLAIN_DECODING, type GenerationSettings } from '../../protocol/messages.ts';
import { useGenerationStore, type GenerationForm } from '../../state/generationStore.ts';
import { decodingNotes } from './decodingNotes.ts';
import { DECODING_PRESETS, decodingSummary, presetOf } from './decodingPresets.ts';
import { checkGenerationForm } from './generationForm.ts';

const form: GenerationForm = useGenerationStore.getInitialState().form;
const withPreset = (name: string): GenerationForm => ({
  ...form,
  ...DECODING_PRESETS.find((preset) => preset.name === name)?.fields,
});

describe('presets', () => {
  it('are each what the form says it is set to, can be used, and need no remark', () => {
    expect(presetOf(form)?.name).toBe('Default');
    for (const { name } of DECODING_PRESETS) {
      expect(presetOf(withPreset(name))?.name).toBe(name);
      const check = checkGenerationForm(withPreset(name), '', 300);
      expect(check.ok && decodingNotes(check.settings)).toEqual([]);
    }
  });

  it('are GPT-3’s where they say so', () => {
    const completion = checkGenerationForm(withPreset('Completion'), '');
    expect(completion).toMatchObject({
      settings: { method: 'beam', beamWidth: 4, lengthPenalty: 0.6, temperature: 0 },
    });
    const poem = checkGenerationForm(withPreset('Poem'), '');
    expect(poem).toMatchObject({ settings: { method: 'sample', temperature: 1, topP: 0.9 } });
  });

  it('are left by any change that counts', () => {
    expect(presetOf({ ...form, minP: '0.1' })).toBeUndefined();
    expect(presetOf({ ...form, temperature: '' })).toBeUndefined();
    expect(presetOf({ ...form, temperature: '.80' })?.name).toBe('Default');
    // Sampling has no beam.
    expect(presetOf({ ...form, beamWidth: '9' })?.name).toBe('Default');
    expect(presetOf({ ...withPreset('Completion'), beamWidth: '9' })).toBeUndefined();
  });
});

describe('decodingSummary', () => {
  it.each<[Partial<GenerationForm>, string]>([
    [{}, 'temperature 0.8'],
    [{ temperature: '0' }, 'greedy'],
    [{ topP: '0.9', minP: '0.1', topK: '40' }, 'temperature 0.8 · top-k 40 · top-p 0.9 · min-p 0.1'],
    [{ repetitionPenalty: '1.2', noRepeatNgram: '3' }, 'temperature 0.8 · repetition penalty 1.2 · no repeated 3-gram'],
    [{ method: 'beam', temperature: '0' }, 'beam search, width 4, α 0.6'],
    [{ method: 'beam' }, 'stochastic beams, width 4, α 0.6 · temperature 0.8'],
    [{ stop: '.\n!', stopAtEndOfText: false }, 'temperature 0.8 · 2 stop strings · beyond end of text'],
  ])('of %j is %s', (part, summary) => {
    expect(decodingSummary({ ...form, ...part })).toBe(summary);
  });
});

describe('decodingNotes', () => {
  const settings: GenerationSettings = { ...PLAIN_DECODING, prompt: '', maxTokens: 20, samples: 1, seed: 3 };
  it.each<[Partial<GenerationSettings>, RegExp]>([
    [{ temperature: 0, topP: 0.9 }, /^Top-p changes nothing here: at temperature 0 the most likely token/],
    [{ temperature: 0, topK: 5, topP: 0.9, minP: 0.1 }, /^Top-k, Top-p and Min-p change nothing/],
    [{ method: 'beam', temperature: 0, topK: 5 }, /a beam search looks at every token/],
    [{ temperature: 0, samples: 3 }, /all 3 samples are the same text/],
    [{ topK: 1 }, /^Top-k 1 leaves only the most likely token/],
    [{ topP: 0 }, /^Top-p 0 leaves only/],
    [{ method: 'beam', temperature: 0, beamWidth: 1 }, /width 1 is greedy/],
    [{ method: 'beam', temperature: 1, lengthPenalty: 0, beamWidth: 1 }, /width 1 is a plain sample/],
    [{ method: 'beam', temperature: 1 }, /length penalty changes only the scores/],
    [{ method: 'beam', temperature: 0, stopAtEndOfText: false }, /before its 20 tokens/],
    [{ noRepeatNgram: 1 }, /no token comes twice/],
  ])('on %j says one thing', (part, sentence) => {
    const notes = decodingNotes({ ...settings, ...part });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(sentence);
  });

  it('says nothing about settings that do what they seem to do', () => {
    expect(decodingNotes(settings)).toEqual([]);
    expect(decodingNotes({ ...settings, topK: 40, topP: 0.9, minP: 0.05, samples: 4 })).toEqual([]);
    expect(decodingNotes({ ...settings, method: 'beam', temperature: 0, samples: 4 })).toEqual([]);
  });
});
