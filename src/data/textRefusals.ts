// Sentences for texts that are refused wherever they come from.
import { formatBytes, MAX_TEXT_BYTES } from './textSize.ts';
import { TextError } from './textSource.ts';

export const tooLarge = (what: string, bytes: number, more = ''): TextError =>
  new TextError(
    `${what} ${what.startsWith('These') ? 'have' : 'has'} ${more}${formatBytes(bytes)}; up to ${formatBytes(MAX_TEXT_BYTES)} can be read. ` +
      'Use a part of it: the first 50 MB are more than a small model can learn from.',
  );

export const emptyText = (what: string): TextError =>
  new TextError(`${what} is empty. Choose a text with at least a few hundred characters.`);
