// Every text of the Attention panel: what is shown, what each head seems to do, and what a screen reader hears.

export const ATTENTION_COPY = {
  title: 'Attention',
  keepUp: 'Update during training',
  keepUpHelp: 'Updates every few seconds while the run trains.',
  refresh: 'Refresh',
  refreshHelp: 'Shows the attention of the model as it is now.',
  noModel: 'There is no model yet. Its attention appears here as soon as there is one.',
  noText: 'There is no text to show. Write a prompt or generate something.',
  oneToken: 'A single token can only attend to itself. Generate something or write a longer prompt.',
  reading: 'Reading this layer…',
  readingModel: 'Reading the attention of the current model',
  modelAt: (steps: string) => `Model at ${steps}`,
  step: (step: string) => `step ${step}`,
  steps: (first: string, last: string) => `steps ${first}–${last}`,
  now: (step: string) => ` (now at ${step})`,
  source: { prompt: 'prompt', whole: 'prompt + generated text' },
  beyond: (tokens: string) => `the first ${tokens} are beyond the context`,
  scaleEnd: '100% of a token’s attention',
  faint: 'Faint weights',
  head: (layer: number, head: number) => `Layer ${layer}, head ${head}`,
} as const;

export const TEXT_COPY = {
  tokens: 'Tokens, arrow keys choose',
  attendsTo: 'attends to',
  attendedToBy: 'Attended to by',
} as const;

export const GRID_COPY = {
  label: 'Layers and heads, arrow keys move',
  column: (head: number) => `head ${head}`,
  head: (layer: number, head: number) => `Layer ${layer} head ${head}`,
} as const;

export const MATRIX_COPY = {
  cell: (from: string, to: string, share: string) => `${from} attends to ${to}: ${share}`,
  hint: 'Point at a cell, or use the arrow keys, to read it.',
  zoomOut: 'Zoom out',
  zoomIn: 'Zoom in',
  fit: 'Fit',
  label: (layer: number, head: number, tokens: string) =>
    `Attention of layer ${layer} head ${head} over ${tokens}: arrow keys read cells, Enter chooses the token, plus and minus zoom`,
  axes: 'Rows: the token that attends. Columns: the token attended to.',
} as const;

/** What the mask and the local attention window leave in view. */
export const VIEW_COPY = {
  onlyItself: 'A local attention window of 1: each token attends only to itself.',
  masked: 'With the causal mask, no token attends to later ones.',
  maskedWindow: (tokens: string) =>
    `With the causal mask and the local attention window, each token attends to itself and the ${tokens} before it.`,
  window: (tokens: string) =>
    `No mask, but a local attention window: each token attends up to ${tokens} before and after it.`,
  open: 'No mask: tokens attend to later ones too.',
} as const;

/** What most of a head's weight does, where one simple rule explains it. */
export const HEAD_PATTERNS = {
  previous: { label: 'previous token', meaning: 'Attends mostly to the token just before.' },
  first: {
    label: 'first token',
    meaning: 'Attends mostly to the first token: an “attention sink”, used when a head has nothing to attend to.',
  },
  self: { label: 'self', meaning: 'Each token attends mostly to itself.' },
  same: { label: 'same token', meaning: 'Attends to earlier occurrences of the same token.' },
  induction: {
    label: 'induction',
    meaning: 'Attends to what came after the same token earlier: an induction head, which continues repetitions.',
  },
  next: {
    label: 'next token',
    meaning: 'Attends mostly to the token just after: the answer, which only a model without a mask can see.',
  },
  spread: { label: 'uniform', meaning: 'Attends almost evenly to all tokens in view.' },
} as const;
