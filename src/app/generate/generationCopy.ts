// Every text of the Generation panel: the form, what its settings mean, and what is said of generated text.
import type { DecodingMethod, FinishReason } from '../../protocol/messages.ts';
import type { NumberField } from './generationForm.ts';

export const GENERATION_COPY = {
  title: 'Generation',
  prompt: 'Prompt',
  promptPlaceholder: 'Leave empty to start a new text',
  suggestions: 'Suggested prompts',
  generate: 'Generate',
  stop: 'Stop',
  keys: 'Enter generates. Shift+Enter adds a line.',
  noModel: 'There is no model yet. It is created when the text is ready.',
  reading: 'Reading the prompt…',
  empty:
    'Generated text appears here. Each token’s tint shows how confident the model was. Try it before, during and after training.',
  settings: 'Settings',
  newSeed: 'New seed each time',
  newSeedHelp: 'Uses the next seed each time, so that every generation gives a different text.',
} as const;

/** What the live region says. */
export const SPOKEN_COPY = {
  generated: (text: string) => `Generated: ${text}`,
  sample: (number: number, text: string) => `Sample ${number}: ${text}`,
  empty: 'The model ended the text at once.',
  /** A long text is cut. */
  more: (tokens: string) => `… ${tokens} in all`,
} as const;

export const SAMPLE_COPY = {
  text: (number: number) => `Text ${number}`,
  sample: (number: number) => `Sample ${number}`,
  only: 'Generated text',
  statistics: (logProbability: string, perplexity: string) => `log p ${logProbability} · perplexity ${perplexity}`,
  statisticsHelp:
    'log p is the sum of the natural logarithms of the tokens’ probabilities. A perplexity of 4 is like choosing between 4 equally likely tokens.',
  attention: 'Attention',
  attentionHelp: 'Shows the attention of this sample.',
  continue: 'Continue',
  continueText: 'Continue text',
  continueHelp: 'Generates more from the end of this text, with the settings above.',
  copy: 'Copy',
  copyText: 'Copy text',
  copyHelp: 'Copies the prompt and the generated text.',
  searching: 'Searching…',
  writing: 'Generating…',
  failed: 'Ended early.',
  by: (ofThisRun: boolean, steps: string) => `Generated at ${steps}${ofThisRun ? '' : ' of a different run'}`,
  step: (step: string) => `step ${step}`,
  steps: (first: string, last: string) => `steps ${first}–${last}`,
  drawn: (temperature: number, seed: string) => `temperature ${temperature}, seed ${seed}`,
  beam: (width: number, alpha: number) => `width ${width}, α ${alpha}`,
  greedy: 'greedy',
  beamSearch: 'beam search',
  stochasticBeams: 'stochastic beams',
  speed: (rate: string) => ` · ${rate} tokens/s`,
  stopped: ' · stopped',
  listbox: (name: string, tokens: string, replaceable: boolean) =>
    `${name}: ${tokens}, ${replaceable ? 'press Enter to choose another token' : 'arrow keys show the alternatives of each'}`,
  endOfText: 'end of text',
  stopString: 'stop string',
  inStopString: ', stop string',
  promptBefore: (tokens: string) => `Only the end of the prompt is shown; ${tokens} before it.`,
  notDrawn: (tokens: string) => `${tokens} not shown.`,
  showEarlier: 'Show earlier tokens',
} as const;

/** Why a text ended. */
export const END_COPY: Readonly<Record<FinishReason, string>> = {
  'end-of-text': 'end of text',
  'stop-string': 'stop string',
  length: 'full length',
};
export const NO_STOP_STRING = 'full length, no stop string found';

export const ALTERNATIVES_COPY = {
  endOfText: 'End of text',
  endOfTextInList: 'end of text',
  atTemperature: ' at temperature 1',
  list: 'Most probable tokens here',
  chosen: 'chosen',
  foot: 'Continue from another token: click or press Enter to choose one.',
  menu: (token: string) => `Alternatives to ${token}`,
  menuTitle: 'Continue from another token',
} as const;

export const PROBABILITY_COPY = { title: 'Probability of each token', scale: 'Scale of the tints' } as const;

export const BEAM_COPY = {
  texts: 'Texts found',
  figures: (score: string, logProbability: string, end: string) => `score ${score} · log p ${logProbability} · ${end}`,
  unfinished: 'unfinished',
  emptyText: '(end of text)',
  legend: 'What the boxes mean',
  winning: 'winning path',
  kept: 'kept',
  pruned: 'pruned',
  ended: 'ended',
  scores: 'below each token: score of the text so far',
  chooseToken: 'Choose a token in the tree to see its figures.',
  chosenToken: (probability: string, logProbability: string, tokens: string, score: string) =>
    `${probability}, log p ${logProbability}; text of ${tokens}, score ${score}`,
  continue: 'Continue from here',
  continueHelp: 'Generates more from this token, with the settings above.',
  tree: 'Beam search: left and right move along a text, up and down between alternatives',
  prompt: 'prompt',
  newText: 'new text',
  end: 'end of text',
  endLabel: 'End of text',
  score: (score: string) => `score ${score}`,
  endedBy: (reason: string) => `ended: ${reason}`,
  text: (number: number) => `text ${number}`,
  onWinningPath: 'on the winning path',
} as const;

export const FIELD_COPY: Readonly<Record<NumberField, { readonly label: string; readonly meaning: string }>> = {
  maxTokens: { label: 'Length', meaning: 'How many tokens to generate at most.' },
  temperature: {
    label: 'Temperature',
    meaning:
      'Below 1, the model keeps to likely tokens; above 1, it takes more risks. 0 always takes the most likely token.',
  },
  samples: { label: 'Samples', meaning: 'How many continuations to generate.' },
  seed: { label: 'Seed', meaning: 'The same seed, model and settings generate the same text.' },
  beamWidth: { label: 'Beam width', meaning: 'How many candidate texts are followed at once. GPT-3: 4.' },
  lengthPenalty: {
    label: 'Length penalty α',
    meaning: 'Offsets the bias of beam search towards short texts. 0 = off. GPT-3: 0.6.',
  },
  topK: { label: 'Top-k', meaning: 'Chooses only among the k most likely tokens. 0 = off.' },
  topP: {
    label: 'Top-p',
    meaning: 'Chooses only among the most likely tokens that together have this probability. 1 = off.',
  },
  minP: {
    label: 'Min-p',
    meaning: 'Leaves out tokens less likely than this share of the most likely one’s probability. 0 = off.',
  },
  repetitionPenalty: {
    label: 'Repetition penalty',
    meaning: 'Makes tokens that are already in the text less likely. 1 = off; 1.2 is common.',
  },
  noRepeatNgram: {
    label: 'No repeated n-gram',
    meaning: 'No sequence of n tokens appears twice, including in the prompt. 0 = off.',
  },
};

export const FORM_COPY = {
  range: (label: string, whole: boolean, min: string, max: string) =>
    `${label} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`,
  beyondVocabulary: (label: string, size: string) => `${label} can’t exceed ${size}, the size of the vocabulary.`,
} as const;

export const METHOD_COPY: Record<DecodingMethod, { readonly label: string; readonly meaning: string }> = {
  sample: { label: 'Sampling', meaning: 'Draws one token after another by its probability.' },
  beam: {
    label: 'Beam search',
    meaning:
      'Follows several candidate texts at once to find the most probable one. Above temperature 0, it draws different texts at random.',
  },
};

export const DECODING_COPY = {
  title: 'Decoding',
  presets: 'Presets',
  method: 'Method',
  stop: 'Stop strings',
  stopMeaning: 'The text ends before the first of these. One per line; \\n stands for a line break.',
  endOfText: 'Stop at end of text',
  endOfTextMeaning: 'When off, the model starts another text after an end-of-text token.',
} as const;

export const PRESET_COPY = {
  default: { name: 'Default', meaning: 'Samples a little below temperature 1, without any cut-off.' },
  greedy: { name: 'Greedy', meaning: 'Always takes the most likely token.' },
  completion: {
    name: 'Completion',
    meaning: 'Beam search of width 4 with length penalty 0.6, as GPT-3 completes texts (§2.4).',
  },
  poem: { name: 'Poem', meaning: 'Temperature 1 with top-p 0.9, as GPT-3 writes poems (App. F).' },
} as const;

export const SUMMARY_COPY = {
  width: (width: string, alpha: string) => `width ${width}, α ${alpha}`,
  temperature: (value: string) => `temperature ${value}`,
  topK: (value: string) => `top-k ${value}`,
  topP: (value: string) => `top-p ${value}`,
  minP: (value: string) => `min-p ${value}`,
  repetitionPenalty: (value: string) => `repetition penalty ${value}`,
  noRepeatNgram: (value: string) => `no repeated ${value}-gram`,
  stops: (count: number) => (count === 1 ? '1 stop string' : `${count} stop strings`),
  pastEnd: 'past end of text',
} as const;

/** Settings that go together but do nothing, or not what one may think. */
export const NOTE_COPY = {
  cutsAtZero: (cuts: string, several: boolean, isBeam: boolean) =>
    `${cuts} ${several ? 'have' : 'has'} no effect: ${isBeam ? 'at temperature 0, beam search considers every token' : 'at temperature 0, the most likely token is always taken'}.`,
  sameSamples: (samples: number) => `At temperature 0, all ${samples} samples are the same text. One is enough.`,
  onlyMostLikely: (which: string, seed: number) =>
    `${which} leaves only the most likely token, so temperature and seed ${seed} have no effect.`,
  narrowBeam: 'A beam of width 1 is greedy decoding: it follows only one text.',
  narrowStochasticBeam: 'A stochastic beam of width 1 is a plain sample.',
  penaltyUnused: 'Stochastic beams are drawn by probability, so the length penalty changes only the scores shown.',
  nothingEnds: (tokens: number) =>
    `Nothing ends a text before ${tokens} tokens, so the length penalty divides all scores alike.`,
  oneGram: 'No repeated 1-gram: no token appears twice, not even a space or a full stop.',
} as const;
