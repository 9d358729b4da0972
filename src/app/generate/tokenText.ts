// How a token's text is shown: its line breaks and spaces made visible where they would be lost.

/** Pieces of a token for running text: words as they are, line breaks apart. */
export function textPieces(text: string): readonly { readonly kind: 'text' | 'line-break'; readonly text: string }[] {
  return text
    .split(/(\r\n|\n|\r)/)
    .filter((piece) => piece !== '')
    .map((piece) => ({ kind: /[\r\n]/.test(piece) ? 'line-break' : 'text', text: piece }));
}

/** A token's name where it stands alone: "fox" for " fox", ␣ for a space, ↵ for a line break, ⇥ for a tab. */
export function tokenLabel(text: string): string {
  if (text === '') return '∅';
  const visible = text.replaceAll(/\r\n|\n|\r/g, '↵').replaceAll('\t', '⇥');
  const word = visible.trim();
  return word === '' ? '␣'.repeat(visible.length) : word;
}

/** As `tokenLabel`, in quotation marks, a leading space kept: “ fox”. For sentences and lists. */
export function quotedToken(text: string): string {
  const label = tokenLabel(text);
  const leading = /^ +\S/.test(text) ? ' ' : '';
  return `“${leading}${label}”`;
}
