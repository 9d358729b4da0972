// What people read about the built-in texts, as plain data: light enough for the page's first load.
// Making the texts is `builtInTexts.ts`, which runs in the worker.
import type { TextChoice } from '../config/runConfig.ts';

/** Texts that our own generators make. */
export type BuiltInKind = 'tales' | 'arithmetic' | 'word-games';
export type BuiltInChoice = Extract<TextChoice, { kind: BuiltInKind }>;

interface BuiltInText {
  readonly kind: BuiltInKind;
  readonly label: string;
  /** One sentence. */
  readonly description: string;
  readonly defaultKilobytes: number;
  /** Best first; at least one. */
  readonly suggestedPrompts: readonly string[];
  /** What the learning diary lets the model continue. */
  readonly diaryPrompt: string;
}

export const BUILT_IN_TEXTS = [
  {
    kind: 'tales',
    label: 'Tiny tales',
    description: 'Very short stories from a small grammar, so the page can tell how much of it the model has learned.',
    defaultKilobytes: 1024,
    suggestedPrompts: [
      'Once there was a little fox named Mia.',
      'Once',
      'Once there was a brave boy named Tom. He had two apples. Then he found one more apple. Now',
      'Once upon a time there was a clever owl named Nora. One day she lost her',
    ],
    diaryPrompt: 'Once',
  },
  {
    kind: 'arithmetic',
    label: 'Arithmetic',
    description: 'Sums, differences and products of two numbers below 100, asked as in the GPT-3 paper.',
    defaultKilobytes: 1024,
    suggestedPrompts: [
      'Q: What is 48 plus 76? A:',
      'Q: What is 34 minus 53? A:',
      'Q: What is 24 times 42? A:',
      'Q: What is 10 plus 20? A: 30\nQ: What is 12 plus 15? A:',
    ],
    diaryPrompt: 'Q: What is',
  },
  {
    kind: 'word-games',
    label: 'Word games',
    description: 'Words reversed, cycled, shuffled or strewn with marks, to be put right as in the GPT-3 paper.',
    defaultKilobytes: 1024,
    suggestedPrompts: [
      'Please unscramble the letters into a word, and write that word:\nelppa = apple\ntekcub = bucket\nneerg =',
      'Please unscramble the letters into a word, and write that word:\ng.a-r!d,e n = garden\nb/r!i.d-g e =',
      'Please unscramble the letters into a word, and write that word:',
    ],
    diaryPrompt: 'Please unscramble the letters into a word, and write that word:',
  },
] as const satisfies readonly BuiltInText[];

/** The catalogue's entry for a text; undefined for a person's own text or an address. */
export function builtInText(kind: TextChoice['kind']): BuiltInText | undefined {
  return BUILT_IN_TEXTS.find((text) => text.kind === kind);
}
