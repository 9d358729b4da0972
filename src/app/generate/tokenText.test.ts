// Tests of how tokens are shown.
import { describe, expect, it } from 'vitest';
import { quotedToken, textPieces, tokenLabel } from './tokenText.ts';

describe('token text', () => {
  it('sets line breaks apart without losing a character', () => {
    const pieces = textPieces('end.\n\nOnce');
    expect(pieces.map(({ kind }) => kind)).toEqual(['text', 'line-break', 'line-break', 'text']);
    expect(pieces.map(({ text }) => text).join('')).toBe('end.\n\nOnce');
  });

  it('names tokens that would be invisible', () => {
    expect([' fox', ' ', '\n', '\t', '', '.\n'].map(tokenLabel)).toEqual(['fox', '␣', '↵', '⇥', '∅', '.↵']);
  });

  it('keeps the leading space of a word in quotation marks', () => {
    expect([' fox', 'fox', ' '].map(quotedToken)).toEqual(['“ fox”', '“fox”', '“␣”']);
  });
});
