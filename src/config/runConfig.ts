// What a run is: text, tokenizer, model, training and seed, as plain data with its schema.
// Whether sizes go together is `validateConfig.ts`; what they cost is `estimate.ts`; the address bar is `urlCodec.ts`.
import * as v from 'valibot';

export const TOKENIZER_KINDS = ['trained', 'character', 'byte', 'gpt3-restricted', 'gpt3'] as const;
export type TokenizerKind = (typeof TOKENIZER_KINDS)[number];

const wholeNumber = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const numberBetween = (min: number, max: number) => v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));

/** Smallest and largest width of the residual stream. */
export const WIDTHS = { min: 4, max: 12_288 } as const;

const textSchema = v.variant('kind', [
  /** Stories from the built-in grammar: about `kilobytes` of them, chosen by `seed`. */
  v.object({ kind: v.literal('tales'), seed: wholeNumber(0, 2 ** 32 - 1), kilobytes: wholeNumber(1, 51_200) }),
  v.object({ kind: v.literal('arithmetic'), seed: wholeNumber(0, 2 ** 32 - 1), kilobytes: wholeNumber(1, 51_200) }),
  v.object({ kind: v.literal('word-games'), seed: wholeNumber(0, 2 ** 32 - 1), kilobytes: wholeNumber(1, 51_200) }),
  /** A person's own text, kept in this browser's store under `id` (a digest of its content). */
  v.object({ kind: v.literal('own'), id: v.string(), name: v.string() }),
  /** A text from an address, as it was when it was fetched: kept under `id`, which is undefined until it was. */
  v.object({ kind: v.literal('url'), url: v.string(), id: v.exactOptional(v.string()) }),
]);

const tokenizerSchema = v.object({
  kind: v.picklist(TOKENIZER_KINDS),
  /** Vocabulary wanted of a BPE trained on the text (ids, the 256 bytes and end-of-text included); unused by the other kinds. */
  vocabSize: wholeNumber(258, 32_768),
});

/** What a model may be built of besides GPT-3's own choices, which come first in each list. */
export const POSITIONS = ['learned', 'sinusoidal', 'rotary', 'alibi', 'none'] as const;
export const NORMS = ['layer', 'rms'] as const;
export const NORM_PLACEMENTS = ['pre', 'post'] as const;
export const ACTIVATIONS = ['gelu', 'gelu-exact', 'relu', 'swiglu'] as const;
/** Where a model is asked for the next token: at every position, at the last one, or once from the mean of all. */
export const PREDICTIONS = ['every', 'last', 'mean'] as const;

/** GPT-3's choice for every switch (Brown et al. 2020 §2.1), but for its alternating layers: all attention is dense. */
export const GPT3_SWITCHES = {
  nKeyValueHead: 0,
  band: 0,
  causal: true,
  positions: 'learned',
  norm: 'layer',
  normPlacement: 'pre',
  activation: 'gelu',
  tiedOutput: true,
  biases: true,
  dropEmbedding: true,
  dropAttention: true,
  dropResidual: true,
  dropoutAfterNorm: false,
  prediction: 'every',
} as const;

const modelSchema = v.object({
  nLayer: wholeNumber(1, 96),
  nHead: wholeNumber(1, 128),
  /** Width of the residual stream. */
  nEmbd: wholeNumber(WIDTHS.min, WIDTHS.max),
  /** Tokens the model sees at once. */
  contextLength: wholeNumber(4, 4096),
  /** Share of activations dropped in training, at the places chosen by `dropEmbedding`, `dropAttention`, `dropResidual`. */
  dropout: numberBetween(0, 0.9),
  /** Key and value heads, each shared by equally many query heads (Ainslie et al. 2023); 0 means one for each head. */
  nKeyValueHead: v.optional(wholeNumber(0, 128), GPT3_SWITCHES.nKeyValueHead),
  /**
   * In every second layer, from the second on, a token looks at most band − 1 tokens away (locally banded attention,
   * Child et al. 2019; GPT-3 §2.1); 0 means that all layers are dense.
   */
  band: v.optional(wholeNumber(0, 4096), GPT3_SWITCHES.band),
  /** Whether a token sees only itself and those before it. */
  causal: v.optional(v.boolean(), GPT3_SWITCHES.causal),
  positions: v.optional(v.picklist(POSITIONS), GPT3_SWITCHES.positions),
  norm: v.optional(v.picklist(NORMS), GPT3_SWITCHES.norm),
  /** 'pre': before attention and feed-forward; 'post': after each residual sum (Vaswani et al. 2017). */
  normPlacement: v.optional(v.picklist(NORM_PLACEMENTS), GPT3_SWITCHES.normPlacement),
  activation: v.optional(v.picklist(ACTIVATIONS), GPT3_SWITCHES.activation),
  /** Whether the output layer is the token embedding. */
  tiedOutput: v.optional(v.boolean(), GPT3_SWITCHES.tiedOutput),
  /** Whether linear maps and layer norms add a bias. */
  biases: v.optional(v.boolean(), GPT3_SWITCHES.biases),
  dropEmbedding: v.optional(v.boolean(), GPT3_SWITCHES.dropEmbedding),
  dropAttention: v.optional(v.boolean(), GPT3_SWITCHES.dropAttention),
  /** Drops what attention and feed-forward add to the residual stream. */
  dropResidual: v.optional(v.boolean(), GPT3_SWITCHES.dropResidual),
  /** With post-norm: drops after the norm instead of before the residual sum. */
  dropoutAfterNorm: v.optional(v.boolean(), GPT3_SWITCHES.dropoutAfterNorm),
  prediction: v.optional(v.picklist(PREDICTIONS), GPT3_SWITCHES.prediction),
});

const stepwiseWarmupSchema = v.looseObject({
  model: v.looseObject({ contextLength: v.number() }),
  training: v.looseObject({ batchSize: v.number(), accumulation: v.optional(v.number()), warmupSteps: v.number() }),
});

export const OPTIMIZERS = ['adamw', 'adam', 'sgd', 'muon'] as const;
export const SCHEDULES = ['cosine', 'linear', 'constant', 'warmup-stable-decay'] as const;

/** GPT-3's choice for every switch of the recipe (App. B). */
export const GPT3_RECIPE = {
  optimizer: 'adamw',
  beta1: 0.9,
  beta2: 0.95,
  schedule: 'cosine',
  decayTokens: 0,
  rampTokens: 0,
  zLoss: 0,
  labelSmoothing: 0,
} as const;

const trainingSchema = v.object({
  /** Sequences of `contextLength` tokens per step. */
  batchSize: wholeNumber(1, 1024),
  /** Batches whose gradients are averaged in one step; runs from before this setting took one. */
  accumulation: v.optional(wholeNumber(1, 64), 1),
  steps: wholeNumber(1, 1_000_000),
  /** Highest learning rate, reached after the warm-up. */
  learningRate: numberBetween(0, 1),
  /** Tokens over which the learning rate rises from 0. */
  warmupTokens: wholeNumber(0, 1e12),
  optimizer: v.optional(v.picklist(OPTIMIZERS), GPT3_RECIPE.optimizer),
  /** Decay of the first moment; the momentum of SGD and Muon. */
  beta1: v.optional(numberBetween(0, 0.9999), GPT3_RECIPE.beta1),
  /** Decay of the second moment. */
  beta2: v.optional(numberBetween(0, 0.99999), GPT3_RECIPE.beta2),
  /** How the learning rate goes on after the warm-up. */
  schedule: v.optional(v.picklist(SCHEDULES), GPT3_RECIPE.schedule),
  /** Tokens after which the learning rate has reached its floor and stays there; 0 means at the end of the run. */
  decayTokens: v.optional(wholeNumber(0, 1e15), GPT3_RECIPE.decayTokens),
  /** Tokens over which a step's batches grow in number from 1 to `accumulation`; 0 means that all steps are alike. */
  rampTokens: v.optional(wholeNumber(0, 1e12), GPT3_RECIPE.rampTokens),
  /** Weight of the squared log-sum-exp of the logits in the training loss (Chowdhery et al. 2022 §5). */
  zLoss: v.optional(numberBetween(0, 1), GPT3_RECIPE.zLoss),
  /** Share of every target that is spread evenly over the vocabulary (Szegedy et al. 2016 §7). */
  labelSmoothing: v.optional(numberBetween(0, 0.9), GPT3_RECIPE.labelSmoothing),
  weightDecay: numberBetween(0, 10),
  /** Largest global norm of the gradient; 0 means no clipping. */
  clipNorm: numberBetween(0, 1e6),
  /** Share of the text held out for validation. */
  validationFraction: numberBetween(0.01, 0.5),
  /** Steps between two measurements of the validation loss. */
  evalEvery: wholeNumber(1, 1_000_000),
  /** Steps between two entries of the learning diary. */
  sampleEvery: wholeNumber(1, 1_000_000),
  /** Prompt of the learning diary; empty means the one that suits the text. */
  samplePrompt: v.pipe(v.string(), v.maxLength(2000)),
  /** Tokens per diary sample. */
  sampleLength: wholeNumber(1, 1000),
});

export const runConfigSchema = v.pipe(
  v.unknown(),
  v.transform(withWarmupInTokens),
  v.object({
    text: textSchema,
    tokenizer: tokenizerSchema,
    model: modelSchema,
    training: trainingSchema,
    seed: wholeNumber(0, 2 ** 32 - 1),
  }),
);

/** Runs saved before warm-up was measured in tokens count it in steps. */
function withWarmupInTokens(data: unknown): unknown {
  const old = v.safeParse(stepwiseWarmupSchema, data);
  if (!old.success) return data;
  const { model, training } = old.output;
  const { warmupSteps, ...rest } = training;
  const tokensPerStep = training.batchSize * (training.accumulation ?? 1) * model.contextLength;
  return { ...old.output, training: { ...rest, warmupTokens: warmupSteps * tokensPerStep } };
}

export type RunConfig = v.InferOutput<typeof runConfigSchema>;
export type TextChoice = RunConfig['text'];
export type TokenizerConfig = RunConfig['tokenizer'];
export type ModelConfig = RunConfig['model'];
export type TrainingConfig = RunConfig['training'];

/** Training settings that may change while a run goes on without making its past meaningless. */
export const LIVE_SETTINGS = [
  'steps',
  'learningRate',
  'weightDecay',
  'clipNorm',
  'evalEvery',
  'sampleEvery',
  'samplePrompt',
  'sampleLength',
] as const satisfies readonly (keyof TrainingConfig)[];
export type LiveSettings = Partial<Pick<TrainingConfig, (typeof LIVE_SETTINGS)[number]>>;

/** What keeps Adam's division finite (App. B). */
export const ADAM_EPSILON = 1e-8;
/** The cosine schedule ends at this share of the highest learning rate (App. B). */
export const FINAL_LEARNING_RATE_SHARE = 0.1;

export const TINY_SHAKESPEARE_URL =
  'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt';

/** Parses untrusted data (a checkpoint's header, the browser's store). @returns undefined if it is no run config. */
export function parseRunConfig(data: unknown): RunConfig | undefined {
  const result = v.safeParse(runConfigSchema, data);
  return result.success ? result.output : undefined;
}

export const DEFAULT_CONFIG: RunConfig = {
  text: { kind: 'tales', seed: 1, kilobytes: 1024 },
  tokenizer: { kind: 'trained', vocabSize: 1024 },
  model: { ...GPT3_SWITCHES, nLayer: 2, nHead: 4, nEmbd: 64, contextLength: 64, dropout: 0 },
  training: {
    ...GPT3_RECIPE,
    batchSize: 8,
    accumulation: 1,
    steps: 1000,
    learningRate: 3e-3,
    warmupTokens: 25_600,
    weightDecay: 0.1,
    clipNorm: 1,
    validationFraction: 0.1,
    evalEvery: 50,
    sampleEvery: 50,
    samplePrompt: '',
    sampleLength: 48,
  },
  seed: 1,
};
