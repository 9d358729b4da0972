// Tests of where a stop string cuts a text, and of what one copies.
import { describe, expect, it } from 'vitest';
import type { GeneratedToken, TextEnd } from '../../protocol/messages.ts';
import { END_COPY, NO_STOP_STRING } from './generationCopy.ts';
import { signedNumber } from './signedNumber.ts';
import { endWords, stopCut, wholeText } from './stoppedText.ts';

const tokens = (...texts: string[]): GeneratedToken[] =>
  texts.map((decoded, id) => ({
    id,
    text: decoded,
    decoded,
    probability: 1,
    logProbability: 0,
    alternatives: [],
    endOfText: false,
  }));
const stopped = (text: string, at: number): TextEnd => ({ reason: 'stop-string', stop: { text, at } });

describe('stopCut', () => {
  it.each([
    ['within a token', ['a b', '.c'], 'b.', 2, { index: 0, before: 'a ', stop: 'b.' }],
    ['at a token’s beginning', ['ab', '.'], '.', 2, { index: 1, before: '', stop: '.' }],
    ['at the very first character', ['.', 'x'], '.', 0, { index: 0, before: '', stop: '.' }],
    ['past tokens that complete no character', ['a', '', 'é', '!'], '!', 2, { index: 3, before: '', stop: '!' }],
  ])('finds it %s', (_, texts, stop, at, cut) => {
    expect(stopCut(tokens(...texts), { text: '', tokens: 0 }, stopped(stop, at))).toEqual(cut);
  });

  it('counts from what was kept', () => {
    expect(stopCut(tokens('kept', 'a', '.'), { text: 'Once kept', tokens: 1 }, stopped('.', 1))?.index).toBe(2);
  });

  it('is absent where no stop string came', () => {
    expect(stopCut(tokens('a.'), undefined, { reason: 'length' })).toBeUndefined();
    expect(stopCut(tokens('a.'), undefined, null)).toBeUndefined();
  });
});

describe('wholeText', () => {
  it('is prompt, what was kept as the worker tells it, and what was written, before the stop string', () => {
    const written = tokens('‹c3›', '‹a9›', ' on', '. x');
    const lead = { text: 'Once é', tokens: 2 };
    expect(wholeText(written, lead, null)).toBe('Once é on. x');
    expect(wholeText(written, lead, stopped('.', 3))).toBe('Once é on');
  });
});

describe('endWords', () => {
  it('says why a text ended, and that a stop string did not come', () => {
    expect(endWords({ reason: 'length' }, [])).toBe(END_COPY.length);
    expect(endWords({ reason: 'length' }, ['.'])).toBe(NO_STOP_STRING);
    expect(endWords({ reason: 'end-of-text' }, ['.'])).toBe(END_COPY['end-of-text']);
    expect(endWords(stopped('.', 0), ['.'])).toBe(END_COPY['stop-string']);
    expect(endWords(null, [])).toBe('');
  });
});

describe('signedNumber', () => {
  it.each([
    [-1.234, '−1.23'],
    [-0.001, '0.00'],
    [-12.34, '−12.3'],
    [-123.4, '−123'],
    [0, '0.00'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('%f is %s', (value, text) => {
    expect(signedNumber(value)).toBe(text);
  });
});
