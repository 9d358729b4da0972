// The tales' judge: which sentences of a text the grammar accepts, which also agree with their story, which are new.
// It knows nothing of its own about English: sentences are `grammar.ts`, agreement with the story is `story.ts`.
import { END_OF_TEXT } from '../../tokenizers/tokenizer.ts';
import type { WorkContext } from '../../tokenizers/workPace.ts';
import { WorkPace } from '../../tokenizers/workPace.ts';
import { readSentence } from './grammar.ts';
import { Story } from './story.ts';

interface JudgedSentence {
  readonly text: string;
  /** The grammar can write this sentence. */
  readonly accepted: boolean;
  /** Accepted, and it agrees with what the story said before. */
  readonly coherent: boolean;
  /** The training documents do not hold this very sentence. */
  readonly isNew: boolean;
  /** Why it is not accepted or not coherent; empty if it is both. */
  readonly reason: string;
}

/** Counts of complete sentences; `details` in the order of the text. */
interface JudgeReport {
  readonly sentences: number;
  readonly accepted: number;
  readonly coherent: number;
  readonly new: number;
  readonly details: readonly JudgedSentence[];
}

export class TalesJudge {
  /** Hashes of 53 bits instead of the sentences: a million of them collide with a chance of about 1 in 18,000. */
  readonly #known = new Set<number>();

  /** Notes the sentences of training documents as not new. @throws (rejects with) the signal's reason if cancelled */
  async learn(trainingDocuments: readonly string[], context: WorkContext): Promise<void> {
    const pace = new WorkPace(context);
    for (const [index, document] of trainingDocuments.entries()) {
      for (const { text } of sentencesOf(document)) this.#known.add(hash53(text));
      const breath = pace.tick(index / trainingDocuments.length, 'Noting the sentences of the text');
      if (breath !== undefined) await breath;
    }
    await pace.yieldToEvents(1, 'Noted the sentences of the text');
  }

  /** Judges a text; an unfinished last sentence is left out. A new line or end-of-text marker starts a new story. */
  judge(text: string): JudgeReport {
    const details: JudgedSentence[] = [];
    for (const part of text.split(END_OF_TEXT).flatMap((piece) => piece.split('\n'))) {
      const story = new Story();
      for (const sentence of sentencesOf(part)) details.push(this.#judgeSentence(sentence, story));
    }
    const count = (holds: (sentence: JudgedSentence) => boolean): number => details.filter(holds).length;
    return {
      sentences: details.length,
      accepted: count((sentence) => sentence.accepted),
      coherent: count((sentence) => sentence.coherent),
      new: count((sentence) => sentence.isNew),
      details,
    };
  }

  #judgeSentence({ text, spaced }: FoundSentence, story: Story): JudgedSentence {
    const isNew = !this.#known.has(hash53(text));
    const refused = (reason: string): JudgedSentence => ({ text, accepted: false, coherent: false, isNew, reason });
    if (!spaced) return refused('Sentences are parted by exactly one space.');
    const words = text.slice(0, -1).split(' ');
    const reading = readSentence(words, text.slice(-1));
    if (!reading.ok) {
      const at = reading.understoodWords;
      const wrong = at < words.length ? `“${words[at] ?? ''}”` : `“${text.slice(-1)}”`;
      const before = words.slice(Math.max(0, at - 3), at).join(' ');
      return refused(before === '' ? `No sentence starts with ${wrong}.` : `${wrong} does not fit after “${before}”.`);
    }
    const fault = story.faultIn(reading.sentence);
    story.tell(reading.sentence);
    return { text, accepted: true, coherent: fault === undefined, isNew, reason: fault ?? '' };
  }
}

interface FoundSentence {
  readonly text: string;
  /** Whether exactly one space parts it from the sentence before (none at the start of the text). */
  readonly spaced: boolean;
}

/** Complete sentences of a text: everything up to `.`, `!` or `?`. */
function sentencesOf(text: string): FoundSentence[] {
  const found = text.trimStart().match(/[^.!?]*[.!?]/g) ?? [];
  return found.map((sentence, i) => {
    const trimmed = sentence.trim();
    return { text: trimmed, spaced: i === 0 ? sentence === trimmed : sentence === ` ${trimmed}` };
  });
}

/** Two 32-bit multiplicative hashes side by side, 53 bits in all. */
function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x85ebca6b);
    b = Math.imul(b ^ code, 0xc2b2ae35);
    a = (a << 13) | (a >>> 19);
    b = (b << 15) | (b >>> 17);
  }
  a ^= a >>> 16;
  b ^= b >>> 15;
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}
