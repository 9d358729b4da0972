// A text that a stop string has ended: where its tokens are cut, since a stop string may begin and end within them.
import type { GeneratedToken, TextEnd } from '../../protocol/messages.ts';
import type { Lead } from '../../state/generationStore.ts';
import { END_COPY, NO_STOP_STRING } from './generationCopy.ts';

export interface StopCut {
  /** The token in which the stop string begins; all after it belong to the stop string or lie beyond. */
  readonly index: number;
  /** How much of that token's text stands before the stop string. */
  readonly before: string;
  /** The stop string. */
  readonly stop: string;
}

/** @returns undefined for a text that no stop string has ended */
export function stopCut(
  tokens: readonly GeneratedToken[],
  lead: Lead | undefined,
  end: TextEnd | null,
): StopCut | undefined {
  if (end?.stop === undefined) return undefined;
  let length = 0;
  for (let index = lead?.tokens ?? 0; index < tokens.length; index++) {
    const { decoded = '' } = tokens[index] ?? {};
    const at = end.stop.at - length;
    if (at < decoded.length) return { index, before: decoded.slice(0, at), stop: end.stop.text };
    length += decoded.length;
  }
  return undefined;
}

/** The whole text, prompt included, as one would copy it: it ends before its stop string. */
export function wholeText(tokens: readonly GeneratedToken[], lead: Lead | undefined, end: TextEnd | null): string {
  const written = tokens.slice(lead?.tokens ?? 0).map(({ decoded }) => decoded);
  return (lead?.text ?? '') + written.join('').slice(0, end?.stop?.at);
}

/** Why a text ended, in a few words; empty while it is not known. */
export function endWords(end: TextEnd | null, stops: readonly string[]): string {
  switch (end?.reason) {
    case 'length':
      return stops.length === 0 ? END_COPY.length : NO_STOP_STRING;
    case 'end-of-text':
    case 'stop-string':
      return END_COPY[end.reason];
    default:
      return '';
  }
}
