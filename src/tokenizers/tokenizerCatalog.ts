// What the page says about each kind of tokenizer: plain data, so that the page loads no tokenizer for it.

import type { TokenizerKind } from '../config/runConfig.ts';

interface TokenizerEntry {
  /** A few words, for a list to choose from. */
  readonly label: string;
  /** One sentence on what its tokens are and whom it suits. */
  readonly description: string;
}

export const TOKENIZER_CATALOG: Readonly<Record<TokenizerKind, TokenizerEntry>> = {
  trained: {
    label: 'BPE trained on this text',
    description:
      'Learns the pieces of words that are frequent in your text, in a vocabulary as large as you choose; the best start for small models.',
  },
  character: {
    label: 'Characters',
    description:
      'One token for each different character of the text: easy to follow, but it can write no other character.',
  },
  byte: {
    label: 'Bytes',
    description: 'One token for each of the 256 bytes: any text in any language, in rather long sequences.',
  },
  'gpt3-restricted': {
    label: 'GPT-3’s BPE, only the tokens in this text',
    description:
      'Cuts words as GPT-3 does and leaves out the tokens that never occur in your text, which keeps a small model small.',
  },
  gpt3: {
    label: 'GPT-3’s BPE, all 50,257 tokens',
    description:
      'Exactly GPT-3’s own vocabulary: true to the paper, but most of a small model’s parameters go into its embedding.',
  },
};
