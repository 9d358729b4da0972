// Every text of the training charts.
export const CHARTS_COPY = {
  tools: 'Chart tools',
  unit: 'Unit of the loss',
  unitHelp: 'Bits per byte compare models with different tokenizers.',
  smoothing: 'Smoothing',
  smoothingHelp: 'How much of the run the moving average covers. 0 shows the raw loss.',
  log: 'Log scale',
  table: 'Table',
  csv: 'CSV',
  csvHelp: 'Downloads every step as comma-separated values.',
  png: 'PNG',
  pngHelp: 'Downloads the charts as a picture.',
  beforeFirst: 'Before step 1',
  step: (step: string) => `Step ${step}`,
  pictureTitle: (run: string) => `${run}: loss`,
  pictureSubtitle: (step: string, unit: string) => `step ${step}, ${unit}`,
  uniformLine: (loss: string) => `random guess (ln V) ${loss}`,
  unigramLine: (loss: string) => `token frequency (unigram) ${loss}`,
} as const;

export const LEGEND_COPY = {
  label: 'Series shown',
  hide: (meaning: string) => `${meaning} Press to hide it.`,
  show: (meaning: string) => `${meaning} Press to show it.`,
  training: 'Training',
  objective: 'Objective',
  smoothed: 'Smoothed',
  smoothedMeaning: (isPlain: boolean) => `Moving average of the ${isPlain ? 'training loss' : 'objective'}.`,
  trainingMeaning: 'Loss of each training step.',
  objectiveMeaning: (sentence: string) => `What each training step minimises. ${sentence}`,
  validation: 'Validation',
  validationMeaning:
    'Loss on text held out from training. If it rises while the training loss falls, the model is memorising (overfitting).',
  uniform: 'Random guess',
  uniformMeaning: 'Random-guess loss, ln V: every token of the vocabulary is equally likely.',
  unigram: 'Token frequency',
  unigramMeaning: 'Token-frequency loss (unigram): predicting each token by how often it occurs, without the context.',
  notObjective: ' Compare it with the validation loss, not with the objective.',
} as const;

export const SMALL_CHARTS = [
  {
    metric: 'learningRate',
    title: 'Learning rate',
    meaning: 'How far each step moves the weights. It warms up, then follows its schedule.',
  },
  {
    metric: 'gradientNorm',
    title: 'Gradient norm',
    meaning: 'Length of the whole gradient before clipping. Sudden peaks are a sign of trouble.',
  },
  { metric: 'tokensPerSecond', title: 'Tokens/s', meaning: 'Training tokens processed per second.' },
] as const;

export const METRIC_COPY = {
  chart: (title: string, value: string) => `${title} by step, now ${value}`,
} as const;

export const LOSS_COPY = {
  keys: 'Loss chart: arrow keys read values, plus and minus zoom, Shift with arrows moves, 0 resets',
  resetZoom: 'Reset zoom',
  noText: 'The loss appears here once you choose a text and start training.',
  train: 'Press Train. The loss appears here step by step and should fall below both lines.',
  trainObjective:
    'Press Train. The objective appears here step by step, and the validation loss should fall below both lines.',
} as const;

export const TABLE_COPY = {
  label: 'Table of metrics',
  caption: (unit: string) => `Losses in ${unit}, newest step first`,
  some: (shown: string, all: string) => `; ${shown} of ${all} rows (the CSV has all of them)`,
  columns: (loss: string) =>
    ['Step', loss, 'Smoothed', 'Validation', 'Learning rate', 'Gradient norm', 'Tokens/s'] as const,
  loss: 'Loss',
  objective: 'Objective',
  empty: 'No training step has been taken yet.',
} as const;
