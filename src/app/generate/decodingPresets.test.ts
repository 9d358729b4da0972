// Tests of the presets, the line that says how the form decodes, and the sentences on settings that do nothing.
import { describe, expect, it } from 'vitest';
import { PLAIN_DECODING, type GenerationSettings } from '../../protocol/messages.ts';
import { useGenerationStore, type GenerationForm } from '../../state/generationStore.ts';
import { decodingNotes } from './decodingNotes.ts';
import { DECODING_PRESETS, decodingSummary, presetOf, type DecodingPreset } from './decodingPresets.ts';
import { NOTE_COPY, SAMPLE_COPY, SUMMARY_COPY } from './generationCopy.ts';
import { checkGenerationForm } from './generationForm.ts';

const form: GenerationForm = useGenerationStore.getInitialState().form;
const withPreset = (id: DecodingPreset['id']): GenerationForm => ({
  ...form,
  ...DECODING_PRESETS.find((preset) => preset.id === id)?.fields,
});

describe('presets', () => {
  it('are each what the form says it is set to, can be used, and need no remark', () => {
    expect(presetOf(form)?.id).toBe('default');
    for (const { id } of DECODING_PRESETS) {
      expect(presetOf(withPreset(id))?.id).toBe(id);
      const check = checkGenerationForm(withPreset(id), '', 300);
      expect(check.ok && decodingNotes(check.settings)).toEqual([]);
    }
  });

  it('are GPT-3’s where they say so', () => {
    const completion = checkGenerationForm(withPreset('completion'), '');
    expect(completion).toMatchObject({
      settings: { method: 'beam', beamWidth: 4, lengthPenalty: 0.6, temperature: 0 },
    });
    const poem = checkGenerationForm(withPreset('poem'), '');
    expect(poem).toMatchObject({ settings: { method: 'sample', temperature: 1, topP: 0.9 } });
  });

  it('are left by any change that counts', () => {
    expect(presetOf({ ...form, minP: '0.1' })).toBeUndefined();
    expect(presetOf({ ...form, temperature: '' })).toBeUndefined();
    expect(presetOf({ ...form, temperature: '.80' })?.id).toBe('default');
    // Sampling has no beam.
    expect(presetOf({ ...form, beamWidth: '9' })?.id).toBe('default');
    expect(presetOf({ ...withPreset('completion'), beamWidth: '9' })).toBeUndefined();
  });
});

describe('decodingSummary', () => {
  const { temperature, width, topK, topP, minP, repetitionPenalty, noRepeatNgram, stops, pastEnd } = SUMMARY_COPY;
  it.each<[Partial<GenerationForm>, string[]]>([
    [{}, [temperature('0.8')]],
    [{ temperature: '0' }, [SAMPLE_COPY.greedy]],
    [{ topP: '0.9', minP: '0.1', topK: '40' }, [temperature('0.8'), topK('40'), topP('0.9'), minP('0.1')]],
    [
      { repetitionPenalty: '1.2', noRepeatNgram: '3' },
      [temperature('0.8'), repetitionPenalty('1.2'), noRepeatNgram('3')],
    ],
    [{ method: 'beam', temperature: '0' }, [`${SAMPLE_COPY.beamSearch}, ${width('4', '0.6')}`]],
    [{ method: 'beam' }, [`${SAMPLE_COPY.stochasticBeams}, ${width('4', '0.6')}`, temperature('0.8')]],
    [{ stop: '.\n!', stopAtEndOfText: false }, [temperature('0.8'), stops(2), pastEnd]],
  ])('of %j names what is set', (part, parts) => {
    expect(decodingSummary({ ...form, ...part }).split(' · ')).toEqual(parts);
  });
});

describe('decodingNotes', () => {
  const settings: GenerationSettings = { ...PLAIN_DECODING, prompt: '', maxTokens: 20, samples: 1, seed: 3 };
  const copy = NOTE_COPY;
  it.each<[Partial<GenerationSettings>, string]>([
    [{ temperature: 0, topP: 0.9 }, copy.cutsAtZero('Top-p', false, false)],
    [{ temperature: 0, topK: 5, topP: 0.9, minP: 0.1 }, copy.cutsAtZero('Top-k, Top-p and Min-p', true, false)],
    [{ method: 'beam', temperature: 0, topK: 5 }, copy.cutsAtZero('Top-k', false, true)],
    [{ temperature: 0, samples: 3 }, copy.sameSamples(3)],
    [{ topK: 1 }, copy.onlyMostLikely('Top-k 1', 3)],
    [{ topP: 0 }, copy.onlyMostLikely('Top-p 0', 3)],
    [{ method: 'beam', temperature: 0, beamWidth: 1 }, copy.narrowBeam],
    [{ method: 'beam', temperature: 1, lengthPenalty: 0, beamWidth: 1 }, copy.narrowStochasticBeam],
    [{ method: 'beam', temperature: 1 }, copy.penaltyUnused],
    [{ method: 'beam', temperature: 0, stopAtEndOfText: false }, copy.nothingEnds(20)],
    [{ noRepeatNgram: 1 }, copy.oneGram],
  ])('on %j says one thing', (part, sentence) => {
    expect(decodingNotes({ ...settings, ...part })).toEqual([sentence]);
  });

  it('says nothing about settings that do what they seem to do', () => {
    expect(decodingNotes(settings)).toEqual([]);
    expect(decodingNotes({ ...settings, topK: 40, topP: 0.9, minP: 0.05, samples: 4 })).toEqual([]);
    expect(decodingNotes({ ...settings, method: 'beam', temperature: 0, samples: 4 })).toEqual([]);
  });
});
