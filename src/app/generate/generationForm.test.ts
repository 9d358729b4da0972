// Tests of the generation form's check.
import { describe, expect, it } from 'vitest';
import { promptOf, useGenerationStore, type GenerationForm } from '../../state/generationStore.ts';
import { checkGenerationForm, nextSeed } from './generationForm.ts';

const form: GenerationForm = useGenerationStore.getInitialState().form;

describe('checkGenerationForm', () => {
  it('accepts what the panel starts with', () => {
    expect(checkGenerationForm(form, 'Once')).toMatchObject({ ok: true, settings: { prompt: 'Once', maxTokens: 100 } });
  });

  it('takes temperature 0 when greedy, whatever is typed', () => {
    const check = checkGenerationForm({ ...form, greedy: true, temperature: 'warm' }, '');
    expect(check.ok && check.settings.temperature).toBe(0);
  });

  it('says for each field what it takes', () => {
    const check = checkGenerationForm(
      { ...form, maxTokens: '0', temperature: '9', topP: '', samples: '1.5', seed: '-1', topK: 'x' },
      '',
    );
    expect(!check.ok && check.problems).toEqual({
      maxTokens: 'Length must be a whole number from 1 to 2,000.',
      temperature: 'Temperature must be a number from 0 to 5.',
      topK: 'Top-k must be a whole number from 0 to 100,000.',
      topP: 'Top-p must be a number from 0 to 1.',
      samples: 'Samples must be a whole number from 1 to 4.',
      seed: 'Seed must be a whole number from 0 to 4,294,967,295.',
    });
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
    expect(nextSeed(form, 5, undefined)).toBe(5);
    expect(nextSeed(form, 5, 5)).toBe(6);
    expect(nextSeed(form, 5, 4)).toBe(5);
    expect(nextSeed(form, 2 ** 32 - 1, 2 ** 32 - 1)).toBe(0);
    expect(nextSeed({ ...form, greedy: true }, 5, 5)).toBe(5);
    expect(nextSeed({ ...form, newSeedEachTime: false }, 5, 5)).toBe(5);
  });
});
