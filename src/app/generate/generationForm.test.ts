// Tests of the generation form's check.
import { describe, expect, it } from 'vitest';
import { promptOf, useGenerationStore, type GenerationForm } from '../../state/generationStore.ts';
import { FIELD_COPY, FORM_COPY } from './generationCopy.ts';
import { checkGenerationForm, nextSeed, readStopStrings } from './generationForm.ts';

const form: GenerationForm = useGenerationStore.getInitialState().form;
const beam: GenerationForm = { ...form, method: 'beam', temperature: '0' };

describe('checkGenerationForm', () => {
  it('accepts what the panel starts with', () => {
    const check = checkGenerationForm(form, 'Once');
    expect(check).toMatchObject({ ok: true, settings: { prompt: 'Once', method: 'sample', maxTokens: 100, stop: [] } });
  });

  it('says for each field what it takes', () => {
    const check = checkGenerationForm(
      {
        ...form,
        maxTokens: '0',
        temperature: '9',
        topP: '',
        minP: '2',
        samples: '1.5',
        seed: '-1',
        topK: 'x',
        repetitionPenalty: '0.5',
        noRepeatNgram: '-3',
      },
      '',
    );
    const problems = check.ok ? {} : check.problems;
    expect(problems).toEqual({
      maxTokens: FORM_COPY.range(FIELD_COPY.maxTokens.label, true, '1', '2,000'),
      temperature: FORM_COPY.range(FIELD_COPY.temperature.label, false, '0', '5'),
      topK: FORM_COPY.range(FIELD_COPY.topK.label, true, '0', '100,000'),
      topP: FORM_COPY.range(FIELD_COPY.topP.label, false, '0', '1'),
      minP: FORM_COPY.range(FIELD_COPY.minP.label, false, '0', '1'),
      repetitionPenalty: FORM_COPY.range(FIELD_COPY.repetitionPenalty.label, false, '1', '10'),
      noRepeatNgram: FORM_COPY.range(FIELD_COPY.noRepeatNgram.label, true, '0', '100'),
      samples: FORM_COPY.range(FIELD_COPY.samples.label, true, '1', '4'),
      seed: FORM_COPY.range(FIELD_COPY.seed.label, true, '0', '4,294,967,295'),
    });
  });

  it('asks a beam search for all its texts, and neither method for what it does not use', () => {
    const check = checkGenerationForm({ ...beam, beamWidth: '7', samples: 'many' }, '');
    expect(check).toMatchObject({
      ok: true,
      settings: { method: 'beam', beamWidth: 7, samples: 7, lengthPenalty: 0.6 },
    });
    expect(checkGenerationForm({ ...form, beamWidth: 'wide', lengthPenalty: '' }, '').ok).toBe(true);
  });

  it('refuses a beam wider than the vocabulary, and says how wide it can be', () => {
    const check = checkGenerationForm({ ...beam, beamWidth: '20' }, '', 12);
    expect(!check.ok && check.problems.beamWidth).toContain(' 12,');
    expect(checkGenerationForm({ ...beam, beamWidth: '12' }, '', 12).ok).toBe(true);
  });
});

describe('readStopStrings', () => {
  it.each([
    ['', []],
    ['.\n!', ['.', '!']],
    ['\\n\\n', ['\n\n']],
    ['a\\tb\r\n\nEND', ['a\tb', 'END']],
    ['\\\\n', ['\\n']],
    [' \\x ', [' \\x ']],
  ])('reads %j as %j', (typed, strings) => {
    expect(readStopStrings(typed)).toEqual(strings);
  });
});

describe('promptOf', () => {
  it('is what was typed, even nothing', () => {
    expect(promptOf({ ...form, prompt: 'Mine', suggestion: 'B' }, ['A', 'B'])).toBe('Mine');
    expect(promptOf({ ...form, prompt: '' }, ['A'])).toBe('');
  });

  it('follows the text’s suggestions until something is typed', () => {
    expect(promptOf(form, ['A', 'B'])).toBe('A');
    expect(promptOf({ ...form, suggestion: 'B' }, ['A', 'B'])).toBe('B');
    expect(promptOf({ ...form, suggestion: 'B' }, ['C'])).toBe('C');
    expect(promptOf(form, [])).toBe('');
  });
});

describe('nextSeed', () => {
  it('moves on only from a seed that was just used, and only where it makes a difference', () => {
    expect(nextSeed(form, { seed: 5, temperature: 1 }, undefined)).toBe(5);
    expect(nextSeed(form, { seed: 5, temperature: 1 }, 5)).toBe(6);
    expect(nextSeed(form, { seed: 5, temperature: 1 }, 4)).toBe(5);
    expect(nextSeed(form, { seed: 2 ** 32 - 1, temperature: 1 }, 2 ** 32 - 1)).toBe(0);
    expect(nextSeed(form, { seed: 5, temperature: 0 }, 5)).toBe(5);
    expect(nextSeed({ ...form, newSeedEachTime: false }, { seed: 5, temperature: 1 }, 5)).toBe(5);
  });
});
