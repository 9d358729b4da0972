// Draws a token's text: invisible characters by their marks, isolated from the text around them. What is copied is the
// text itself: marks are drawn by the style sheet.
import styles from './TokenPieces.module.css';
import { lengthNote, textPieces, tokenName } from './tokenText.ts';

interface TokenPiecesProps {
  readonly text: string;
  /** Whether a line break breaks the line; else only its mark is shown. */
  readonly breaks?: boolean;
}

export function TokenPieces({ text, breaks = true }: TokenPiecesProps) {
  return textPieces(text).map((piece, at) => {
    if (piece.kind === 'text') return piece.text;
    if (piece.kind === 'mark') {
      return (
        <bdi key={at} className={styles.mark} data-mark={piece.mark}>
          {piece.text}
        </bdi>
      );
    }
    return (
      <span key={at}>
        <span className={styles.lineBreak} aria-hidden="true">
          ↵
        </span>
        {breaks && <br />}
      </span>
    );
  });
}

/** A token named in a sentence or list, set apart from the direction of the text around it. */
export function TokenName({ text, endOfText = false }: { readonly text: string; readonly endOfText?: boolean }) {
  if (endOfText) return 'end of text';
  const name = tokenName(text);
  return (
    <span className={styles.name}>
      “{name.space}
      <bdi>{name.word}</bdi>”{lengthNote(name)}
    </span>
  );
}
