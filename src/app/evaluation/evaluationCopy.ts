// Every text of the Evaluation panel: what is measured, what the figures mean, and how questions and answers are shown.
import type { EvaluationExtent } from '../../state/evaluationStore.ts';

export const EVALUATION_COPY = {
  title: 'Evaluation',
  about: 'how well it predicts and answers',
  evaluate: 'Evaluate',
  evaluating: 'Evaluating…',
  stop: 'Stop evaluating',
  extent: 'Extent',
  hint: (tokens: string, questions: string, examples: string) =>
    `Reads up to ${tokens} held-out tokens and asks ${questions} from each task of the text, with up to ${examples} in the prompt. Training is slower meanwhile.`,
  noModel: 'There is no model to evaluate yet.',
  progress: 'Evaluation progress',
  progressValue: (what: string, percent: string) => `${what}, ${percent}`,
  left: (duration: string) => `${duration} left`,
  spokenBusy: 'Evaluating the model',
  spokenDone: 'The model has been evaluated',
  empty:
    'The loss tells how well a model predicts. An evaluation also tells how often it is right, how well calibrated its confidence is, and whether it answers questions that are not in its training text.',
  otherRun: 'From a different run.',
  measuredAt: (steps: string, run: string) => `Measured at ${steps} of ${run}.`,
  trainedMeanwhile: 'The model was trained meanwhile.',
  step: (step: string) => `step ${step}`,
  steps: (first: string, last: string) => `steps ${first}–${last}`,
  csv: 'Evaluation as CSV',
  csvHelp: 'Downloads all figures as comma-separated values.',
} as const;

export const EXTENT_LABELS: Record<EvaluationExtent, string> = {
  quick: 'Quick',
  normal: 'Normal',
  thorough: 'Thorough',
};

export const HELD_OUT_COPY = {
  title: 'Predicting held-out text',
  note: (predictions: string, tokens: string, window: string) =>
    `${predictions} predictions on ${tokens} tokens that the model was never trained on, in windows of ${window}.`,
  loss: {
    name: 'Validation loss',
    meaning: (choices: string) => `Average loss per token: ${choices}.`,
    baselines: (unigram: string, uniform: string) =>
      `Token-frequency loss (unigram): ${unigram}. Random-guess loss: ${uniform}.`,
  },
  perplexity: {
    name: 'Perplexity',
    meaning: 'e to the power of the loss: how many equally likely tokens the model is choosing between.',
  },
  bitsPerByte: {
    name: 'Bits per byte',
    meaning: 'The loss per byte of text, which compares models with different tokenizers.',
  },
  top1: {
    name: 'Top-1 accuracy',
    meaning: (baseline: string) =>
      `How often the most probable token is the right one. Baseline: the most common token, ${baseline}.`,
  },
  top5: {
    name: 'Top-5 accuracy',
    meaning: (baseline: string) =>
      `How often the right token is among the five most probable. Baseline: the five most common tokens, ${baseline}.`,
  },
} as const;

export const JUDGED_COPY = {
  title: 'Generated tales, judged',
  note: (sentences: string) =>
    `${sentences} complete sentences, generated like the diary’s (temperature 0.8, top-p 0.95).`,
} as const;

export const CALIBRATION_COPY = {
  title: 'Calibration',
  /** The error stands in bold between the two. */
  beforeError:
    'When the model gives its most probable token 70%, it should be right 7 times in 10, so the bars should end on the diagonal. The expected calibration error is',
  afterError: (surplus: string, over: boolean) =>
    `on average. The model is ${over ? 'overconfident' : 'underconfident'} by ${surplus}.`,
  diagram: 'Calibration diagram: accuracy by confidence. The table has the numbers.',
  confidenceAxis: 'confidence',
  accuracyAxis: 'accuracy',
  bin: (confidence: string, accuracy: string) => `Mean confidence ${confidence}, accuracy ${accuracy}`,
  table: 'Table of calibration',
  columns: [
    { name: 'Confidence', help: 'The probability that the model gave its most probable token.' },
    { name: 'Predictions', help: 'Predictions with this confidence, and their share of all predictions.' },
    { name: 'Mean confidence', help: 'The mean probability of these most probable tokens.' },
    { name: 'Accuracy', help: 'How often the most probable token was the right one.' },
  ],
} as const;

export const TASK_COPY = {
  title: 'Answering the text’s questions',
  shots: 'In the prompt',
  note: 'Questions in the form of the text that are not in its training part. An answer counts only if it matches exactly, and the model always picks its most probable token. Thin lines are 95% intervals. A mark on the scale shows the baseline: always giving the same answer.',
  noRoom: 'The context is too short for more examples.',
  notAsked: 'Not asked; see the table.',
  interval: (low: string, high: string) => `95% interval ${low} to ${high}`,
  counts: (correct: string, asked: string) => `${correct} of ${asked}`,
  table: 'Table of tasks',
  caption: 'Accuracy by number of examples, with 95% intervals',
  columns: {
    task: { name: 'Task', help: undefined },
    drawn: {
      name: 'Drawn, known',
      help: 'Different questions drawn, and how many of them were left out because they are in the training text.',
    },
    asked: { name: 'Asked', help: 'Questions asked: the same ones for every number of examples.' },
    constant: { name: 'Baseline', help: 'Accuracy of always giving the one answer that is most often right here.' },
  },
  examplesHelp: (examples: string) => `Accuracy with ${examples} in the prompt.`,
} as const;

export const SHOT_COPY = {
  title: 'With more examples in the prompt',
  note: 'Accuracy against the number of examples before the question. The weights do not change: any improvement comes from the prompt (in-context learning).',
  chart: (kind: string) => `${kind}: accuracy by number of examples. The table has the numbers.`,
  choices: {
    zero: 'no example (zero-shot)',
    one: 'one example (one-shot)',
    few: 'as many as fit (few-shot)',
  },
} as const;

export const ANSWER_COPY = {
  title: 'Prompts and answers',
  task: 'Task',
  taskOption: (kind: string, variant: string) => `${kind}, ${variant}`,
  examples: 'Examples',
  note: (questions: string) =>
    `The first ${questions}, with the whole prompt. The model reads it as the start of a document and generates to the end of the line.`,
  nothing: '(nothing)',
  right: '✓ right',
  wrong: (expected: string) => `✗ wrong: ${expected}`,
} as const;
