// Every text of the Experiment panel: the models, the settings, the figures, and the sentences that tell what was found.
import type { VariantId } from '../../state/experimentVariants.ts';

export const EXPERIMENT_COPY = {
  title: 'Experiment',
  about: 'why the mask matters',
  /** The region's name. */
  label: 'Experiment: why the mask matters',
  intro:
    'Four models of the same size read the same text in the same order, from the same seed and for the same number of tokens. They differ in what each token can attend to, where the next token is predicted, and the architecture. How much worse does each predict?',
  start: 'Start the experiment',
  stop: 'Stop the experiment',
  again: 'Run it again',
  hint: 'Your own run is not changed.',
  starting: 'The device is starting.',
  alsoTraining: 'Your run keeps training; the two share the device. Pause it to finish the experiment sooner.',
  progress: 'Progress of the experiment',
  left: (duration: string) => `${duration} left`,
  spokenBusy: 'The experiment is running',
  status: { running: 'Running', done: 'Done', stopped: 'Stopped', failed: 'Ended early' },
  in: (duration: string) => ` in ${duration}`,
  sizes: (text: string, layers: number, width: number, context: number, steps: string) =>
    `${text}, ${layers} × ${width}, context ${context}, ${steps} steps`,
  ratesUsed: { same: 'one learning rate for all', own: 'each recipe’s own learning rate' },
  choices: 'What each choice did',
  choicesNote: 'To try one choice alone, use the Model panel and the training settings.',
  table: 'Table',
  csv: 'CSV',
  csvLabel: 'Download the experiment as CSV',
  csvHelp: 'Downloads all measurements as comma-separated values.',
  comparable: 'Comparable validation loss',
  comparableNote: (windows: string, length: number) =>
    `Comparable: every model predicts the token after each of the same ${windows} held-out windows of ${length} tokens.`,
  training: 'Training loss',
  trainingNote:
    'Training losses can’t be compared. GPT-3’s recipe predicts at every position, the last-position model and the mean model once per window, and GPT-3 without its mask can see the answer.',
  samplesNote:
    'All models continue the same prompt at temperature 0.8. The pictures show each head’s attention over the prompt: a row is the token that attends, a column the token attended to. Later tokens are to the right of the diagonal.',
} as const;

export const SETTINGS_COPY = {
  steps: { label: 'Steps of each model', help: 'All four models take the same number of steps, on the same batches.' },
  rates: { label: 'Learning rate', help: 'Whether all models train at GPT-3’s learning rate or each at its own.' },
  rateChoices: {
    same: {
      label: 'GPT-3’s for all',
      description: 'The learning rate then explains none of the differences.',
    },
    own: {
      label: 'Each recipe’s own',
      description: 'The blog trains at 0.00001 without warm-up. Over so few tokens, its models hardly change.',
    },
  },
  size: { label: 'Size', help: 'The size of all four models.' },
  sizeAsSet: (layers: number, width: number) => `As set up (${layers} × ${width})`,
  cost: (tokens: string, steps: string, batch: number, context: number) =>
    `Each model reads ${tokens} tokens: ${steps} steps of ${batch} windows of ${context} tokens.`,
  shortened: (steps: string) => `The blog’s 10 epochs over this text would be ${steps} steps.`,
  duration: (duration: string) => `Takes about ${duration} on this device.`,
  asBlog: (steps: string) => `Train as long as the blog: 10 epochs, ${steps} steps`,
} as const;

export const CHART_COPY = {
  latest: 'latest',
  step: (step: string) => `step ${step}`,
  keys: (title: string) => `${title}: arrow keys read values`,
  spoken: (step: string, values: string) => `Step ${step}: ${values}`,
  baseline: 'token frequency',
  baselineHelp: 'Token-frequency loss (unigram): predicting each token by how often it occurs, without the context.',
} as const;

export const TABLE_COPY = {
  table: 'Table of the experiment',
  caption: 'Losses in nats: comparable validation loss, then the mean training loss since the previous row',
  step: 'Step',
  comparable: (model: string) => `${model}, comparable`,
  training: (model: string) => `${model}, training`,
} as const;

export const CARD_COPY = {
  figures: {
    comparable: {
      name: 'Comparable loss',
      help: 'Mean loss of the token after each held-out window: the same targets for all four models.',
    },
    perplexity: { name: 'Perplexity', help: 'How many equally likely tokens the model is choosing between.' },
    training: { name: 'Training loss', help: 'Measured at the model’s own predictions, so it can’t be compared.' },
    predictions: {
      name: 'Predictions',
      help: 'How many predictions the model was trained on, out of the tokens it read.',
    },
    step: { name: 'Step', help: 'Training steps taken, the same for all models.' },
    rate: { name: 'Learning rate', help: 'The peak of its schedule.' },
  },
  nats: 'nats',
  inTokens: (tokens: string) => `in ${tokens} tokens`,
  ofSteps: (steps: string) => `of ${steps}`,
  noSample: 'Samples appear after a quarter of the steps, half of them, and the last.',
  earlier: 'Earlier samples',
  step: (step: string) => `step ${step}`,
  ended: '(end of text)',
} as const;

export const HEADS_COPY = {
  picture: (layer: number, heads: number, tokens: number, words: string) =>
    `Attention of layer ${layer}, ${heads} heads, over the ${tokens} tokens of the prompt. ${words}`,
  caption: (layer: number, words: string) => `Heads of layer ${layer}. ${words}`,
  masked: 'No attention goes to later tokens.',
  unmasked: (later: string, next: string) =>
    `${later} of the attention goes to later tokens, ${next} to the very next one.`,
} as const;

interface VariantCopy {
  /** Title of its card. */
  readonly name: string;
  /** In legends and tables. */
  readonly short: string;
  /** One or two sentences. */
  readonly description: string;
}

export const VARIANT_COPY: Readonly<Record<VariantId, VariantCopy>> = {
  gpt3: {
    name: 'GPT-3’s recipe',
    short: 'GPT-3',
    description:
      'With the causal mask, each token attends only to itself and earlier tokens, so the model can predict the next token at every position.',
  },
  'blog-last': {
    name: 'Last-position model',
    short: 'last position',
    description:
      'The blog’s model (a). Without a mask, only the last position can predict a token it has not seen: one prediction per window. Sinusoidal positions, post-norm, GELU, Adam.',
  },
  'blog-mean': {
    name: 'Mean model',
    short: 'mean',
    description:
      'The blog’s model (b): the same with ReLU, predicting from the mean of all positions. Still one prediction per window.',
  },
  'gpt3-unmasked': {
    name: 'GPT-3 without its mask',
    short: 'no mask',
    description: 'Predicts at every position, although each position can see the token it must predict.',
  },
};

/** What was found, in sentences made of figures. */
export const VERDICT_COPY = {
  loss: (nats: string) => `${nats} nats`,
  lower: (nats: string) => `${nats} lower than`,
  higher: (nats: string) => `${nats} higher than`,
  same: 'about the same as',
  diverged: (step: string) => `Training failed at step ${step}: the loss became NaN.`,
  against: (loss: string, compared: string) => `${loss}, ${compared} GPT-3’s recipe.`,
  predictions: (tokens: string, own: string, paper: string) =>
    `The same ${tokens} tokens gave it ${own} predictions to learn from; GPT-3’s recipe had ${paper}.`,
  worseThanBaseline: (loss: string) => `That is still worse than the token-frequency loss (${loss}).`,
  lowerRate: (times: string) => `Its own learning rate is ${times} times lower.`,
  hidden: (nats: string) => `${nats} nats where the answer is hidden.`,
  copied: (training: string, hidden: string) =>
    `The training loss is ${training}, but ${hidden} nats where the answer is hidden: the model learned to copy the answer, not to predict it.`,
  notCopied: (training: string, hidden: string) =>
    `The training loss is ${training}, and ${hidden} nats where the answer is hidden: the model has not learned to copy the answer yet. Give it more steps.`,
  leftOut: (models: string) => ` Left out because training failed: ${models}.`,
  atStep: (model: string, step: string) => `${model} at step ${step}`,
  nothing: 'There is nothing to compare.',
  final: 'After the same number of tokens',
  soFar: (step: string) => `So far, at step ${step}`,
  best: (when: string, model: string, loss: string, others: string) =>
    `${when}, ${model} predicts best: ${loss}. The others: ${others}.`,
  only: (model: string, loss: string) => `Only ${model} is left: ${loss}.`,
  choices: {
    mask: 'No mask',
    oneTarget: 'One prediction per window, with post-norm, sinusoidal positions, dropout and plain Adam',
    mean: 'From the mean of all positions instead of the last, with ReLU',
  },
  effect: (choice: string, effect: string, before: string, after: string) =>
    `${choice}: ${effect} (${before} → ${after}).`,
  effectSame: 'about the same',
  effectLower: (nats: string) => `${nats} lower`,
  effectHigher: (nats: string) => `${nats} higher`,
} as const;
