// Every text of the Data panel but how a text was read, which is `readingWords.ts`.
export const DATA_COPY = {
  title: 'Data',
  tokens: (tokens: string) => `${tokens} tokens`,
  tooShort: (context: string) =>
    `Too short for a context of ${context} tokens. Add text, or shorten the context under Model.`,
  tokenizer: {
    label: 'Tokenizer',
    help: 'Splits the text into tokens, the units that the model reads and predicts.',
  },
  vocabulary: {
    label: 'Vocabulary size',
    help: 'How many different tokens there are: the 256 bytes, the end-of-text token, and pieces of words learned from the text.',
  },
  vocabularyLess: (tokens: string) => `This text yields only ${tokens}.`,
  validation: {
    label: 'Held out for validation',
    help: 'Share of the text that the model never trains on. Its loss there tells learning from memorising (overfitting).',
  },
  progress: 'Preparing the text',
  progressValue: (what: string, percent: string) => `${what}, ${percent}`,
  cancel: 'Cancel',
} as const;

export const TEXT_COPY = {
  label: 'Text',
  help: 'What the model learns from.',
  shakespeare: 'Tiny Shakespeare (download)',
  shakespeareDescription: 'Scenes from Shakespeare’s plays, about 1.1 MB, downloaded from GitHub when you choose it.',
  own: 'Your own text…',
  ownNamed: (name: string) => `Your own text: ${name}`,
  address: 'From an address (URL)…',
  tryAgain: 'Try again',
  another: 'Use a different text…',
  unchanged: 'The text at this address hasn’t changed since it was last fetched.',
  changed:
    'The text at this address has changed since it was last fetched. New runs train on the new text; earlier runs keep theirs.',
  length: {
    label: 'Length',
    help: 'How much text to generate. A longer text is harder to memorise, so the model learns its rules instead.',
  },
  seed: {
    label: 'Data seed',
    help: 'A different seed generates a different text with the same rules.',
  },
} as const;

export const OWN_TEXT_COPY = {
  paste: 'Paste a text',
  placeholder: 'At least a few pages. The more text, the more there is to learn.',
  use: 'Use this text',
  files: 'Choose files…',
  filesLabel: 'Text files',
  hint: 'Or drop files or a folder here: text, CSV, TSV, JSON or JSON Lines, up to 50 MB. Several files become several documents. Nothing leaves this machine.',
  link: (address: string) => `“${address}” is a link, not a text.`,
  linkRemedy: 'To read the page it points to, choose “From an address (URL)…” above.',
  address: 'Address of a text file',
  fetch: 'Fetch this text',
  shakespeare: 'Tiny Shakespeare’s address',
  addressHint: 'The address must allow other sites to read it (CORS), as raw files on GitHub do.',
} as const;

export const FIGURE_COPY = {
  documents: { name: 'Documents', help: 'Separate pieces of text. The end-of-text token stands between them.' },
  characters: { name: 'Characters', help: (bytes: string) => `${bytes} as UTF-8.` },
  tokens: { name: 'Tokens', help: 'The length of the text as the model reads it, end-of-text tokens included.' },
  vocabulary: { name: 'Vocabulary', help: 'How many different tokens the model can read and generate.' },
  bytesPerToken: {
    name: 'Bytes per token',
    help: 'How much text one token stands for. Losses are also shown per byte, which compares models with different tokenizers.',
  },
  split: {
    name: 'Train · validation',
    help: (train: string, validation: string) => `${train} tokens to train on, ${validation} held out.`,
  },
  uniform: {
    name: 'Random-guess loss',
    help: (vocabulary: string, choices: string) =>
      `The logarithm of the vocabulary size, ln ${vocabulary}: ${choices}.`,
  },
  unigram: {
    name: 'Token-frequency loss (unigram)',
    help: (choices: string) => `Predicting each token by how often it occurs, without the context: ${choices}.`,
  },
  nats: 'nats',
} as const;

export const PREVIEW_COPY = {
  title: 'The text as tokens',
  label: 'Start of the text as tokens',
  endOfText: 'end of text',
  hint: '(point at a token to see its id)',
  token: (name: string, id: string) => `${name} is token ${id}`,
} as const;
