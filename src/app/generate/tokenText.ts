// How a token's text is shown: what would be lost or unseen (line breaks, spaces, controls) made visible, what is too
// long shortened. The one place where this is decided; `TokenPieces.tsx` draws it.
import { counted } from '../charts/readableNumber.ts';
import { cutInvisible, invisibleName } from './invisibleCharacters.ts';

export interface TextPiece {
  readonly kind: 'text' | 'line-break' | 'mark';
  /** The pieces' texts, joined, are the token's. */
  readonly text: string;
  /** What is shown in place of a character that would not be seen; empty for others. */
  readonly mark: string;
}

/** Pieces of a token for running text: words as they are, line breaks and invisible characters apart. */
export function textPieces(text: string): readonly TextPiece[] {
  return text
    .split(/(\r\n|\n|\r|\t)/)
    .flatMap((part): TextPiece[] => {
      if (part === '\t') return [{ kind: 'mark', text: part, mark: '⇥' }];
      if (/[\r\n]/.test(part)) return [{ kind: 'line-break', text: part, mark: '↵' }];
      return cutInvisible(part).map((piece, at) =>
        at % 2 === 1
          ? { kind: 'mark', text: piece, mark: invisibleName(piece) }
          : { kind: 'text', text: piece, mark: '' },
      );
    })
    .filter((piece) => piece.text !== '');
}

/** Longer names are cut, in characters. */
const LONGEST_NAME = 32;
const KEPT_OF_A_LONG_NAME = 20;
/** More of the same white space in a row are counted instead of repeated. */
const LONGEST_RUN = /([␣↵⇥])\1{8,}/gu;

/** A text whose invisible characters are all named: ↵ for a line break, ⇥ for a tab, ⟨RLO⟩; plain spaces stay. */
export function visibleText(text: string): string {
  return textPieces(text)
    .map((piece) => piece.mark || piece.text)
    .join('');
}

export interface TokenName {
  readonly word: string;
  /** A space before the word that belongs to the token; else empty. */
  readonly space: string;
  /** How long the token is, where only its beginning is named. */
  readonly length: number | undefined;
}

/** A token's name in its parts, which `TokenName` in `TokenPieces.tsx` sets. */
export function tokenName(text: string): TokenName {
  if (text === '') return { word: '⟨empty⟩', space: '', length: undefined };
  const visible = visibleText(text);
  const trimmed = visible.replaceAll(/^ +| +$/g, '');
  const word = (trimmed === '' ? '␣'.repeat(visible.length) : trimmed).replaceAll(
    LONGEST_RUN,
    (run, one: string) => `${one}×${run.length}`,
  );
  const space = /^ +[^ ]/.test(text) ? ' ' : '';
  const characters = [...word.slice(0, 2 * LONGEST_NAME + 2)];
  if (characters.length <= LONGEST_NAME) return { word: combined(word), space, length: undefined };
  const kept = characters.slice(0, KEPT_OF_A_LONG_NAME).join('');
  return { word: `${combined(kept)}…`, space, length: [...text].length };
}

/** A mark that belongs over a letter gets a place to stand on. */
const combined = (word: string): string => (/^\p{M}/u.test(word) ? `◌${word}` : word);

/** “ (1,000 characters)” after the name of a long token; else empty. */
export const lengthNote = ({ length }: TokenName): string =>
  length === undefined ? '' : ` (${counted(length, 'character')})`;

/** A token's name where it stands alone: "fox" for " fox", ␣ for a space, ↵ for a line break, ⟨NBSP⟩; long ones cut. */
export function tokenLabel(text: string): string {
  const name = tokenName(text);
  return name.word + lengthNote(name);
}

/** As `tokenLabel`, in quotation marks, a leading space kept: “ fox”. For sentences and lists. */
export function quotedToken(text: string): string {
  const name = tokenName(text);
  return `“${name.space}${name.word}”${lengthNote(name)}`;
}

export interface TokenInText {
  readonly text: string;
  /** How long the token is, in characters, where only its beginning is shown. */
  readonly length: number | undefined;
}

/** A token for a text in which every token must be seen: spaces alone as ␣, a long one by its beginning. */
export function tokenInText(text: string): TokenInText {
  if (/^ *$/.test(text)) return { text: tokenName(text).word, length: undefined };
  const characters = [...text.slice(0, 2 * LONGEST_NAME + 2)];
  if (characters.length <= LONGEST_NAME) return { text, length: undefined };
  return { text: `${characters.slice(0, KEPT_OF_A_LONG_NAME).join('')}…`, length: [...text].length };
}
