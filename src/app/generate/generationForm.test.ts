// Tests of the generation form's check.
import { describe, expect, it } from 'vitest';
import { promptOf, useGenerationStore, type GenerationForm } from '../../state/generationStore.ts';
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
    expect(!check.ok && check.problems).toEqual({
      maxTokens: 'Length must be a whole number from 1 to 2,000.',
      temperature: 'Temperature must be a number from 0 to 5.',
      topK: 'Top-k must be a whole number from 0 to 100,000.',
      topP: 'Top-p must be a number from 0 to 1.',
      minP: 'Min-p must be a number from 0 to 1.',
      repetitionPenalty: 'Repetition penalty must be a number from 1 to 10.',
      noRepeatNgram: 'No repeated n-gram must be a whole number from 0 to 100.',
      samples: 'Samples must be a whole number from 1 to 4.',
      seed: 'Seed must be a whole number from 0 to 4,294,967,295.',
    });
  });

  it('asks of a beam search for all its texts, and of neither method for what it does not use', () => {
    const check = checkGenerationForm({ ...beam, beamWidth: '7', samples: 'many' }, '');
    expect(check).toMatchObject({
      ok: true,
      settings: { method: 'beam', beamWidth: 7, samples: 7, lengthPenalty: 0.6 },
    });
    expect(checkGenerationForm({ ...form, beamWidth: 'wide', lengthPenalty: '' }, '').ok).toBe(true);
  });

  it('refuses a beam wider than the vocabulary, and says how wide it can be', () => {
    const check = checkGenerationForm({ ...beam, beamWidth: '20' }, '', 12);
    expect(!check.ok && check.problems.beamWidth).toContain('at most 12');
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
