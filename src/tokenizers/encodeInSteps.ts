// Encoding a long text with progress and cancel, to the same ids as encoding it at once.
// The encoding itself is the tokenizer's.

import type { Tokenizer } from './tokenizer.ts';
import type { WorkContext } from './workPace.ts';
import { WorkPace } from './workPace.ts';

/** Code units encoded between two looks at the clock: a few milliseconds of work. */
const STEP = 65_536;

/**
 * @returns the ids of `tokenizer.encode(text)`
 * @throws UnknownCharactersError (naming those of one step of the text); the signal's reason when cancelled
 */
export async function encodeInSteps(tokenizer: Tokenizer, text: string, context: WorkContext): Promise<Int32Array> {
  const pace = new WorkPace(context);
  context.signal.throwIfAborted();
  const pieces: Int32Array[] = [];
  let length = 0;
  for (let start = 0; start < text.length;) {
    const end = stepEnd(text, start + STEP);
    const ids = tokenizer.encode(text.slice(start, end));
    pieces.push(ids);
    length += ids.length;
    start = end;
    if (pace.due()) await pace.breathe(start / text.length, 'Tokenizing');
  }
  const all = new Int32Array(length);
  let at = 0;
  for (const ids of pieces) {
    all.set(ids, at);
    at += ids.length;
  }
  return all;
}

/** First place from `from` on where white space begins: no tokenizer's token reaches across it. */
function stepEnd(text: string, from: number): number {
  if (from >= text.length) return text.length;
  const edge = /\S(?=\s)/g;
  edge.lastIndex = from;
  return edge.exec(text) === null ? text.length : edge.lastIndex;
}
