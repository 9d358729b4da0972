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
  v.object({ kind: v.literal('url'), url: v.string() }),
]);

const tokenizerSchema = v.object({
  kind: v.picklist(TOKENIZER_KINDS),
  /** Vocabulary wanted of a BPE trained on the text (ids, the 256 bytes and end-of-text included); unused by the other kinds. */
  vocabSize: wholeNumber(258, 32_768),
});

const modelSchema = v.object({
  nLayer: wholeNumber(1, 96),
  nHead: wholeNumber(1, 128),
  /** Width of the residual stream. */
  nEmbd: wholeNumber(WIDTHS.min, WIDTHS.max),
  /** Tokens the model sees at once. */
  contextLength: wholeNumber(4, 4096),
  /** Share of activations dropped after the embedding, in attention and before each residual sum. */
  dropout: numberBetween(0, 0.9),
});

const trainingSchema = v.object({
  /** Sequences of `contextLength` tokens per step. */
  batchSize: wholeNumber(1, 1024),
  /** Batches whose gradients are averaged in one step; runs from before this setting took one. */
  accumulation: v.optional(wholeNumber(1, 64), 1),
  steps: wholeNumber(1, 1_000_000),
  /** Highest learning rate, reached after the warm-up. */
  learningRate: numberBetween(0, 1),
  warmupSteps: wholeNumber(0, 1_000_000),
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

export const runConfigSchema = v.object({
  text: textSchema,
  tokenizer: tokenizerSchema,
  model: modelSchema,
  training: trainingSchema,
  seed: wholeNumber(0, 2 ** 32 - 1),
});

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

/** Adam's constants in GPT-3's recipe (Brown et al. 2020, App. B). */
export const ADAM = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 } as const;
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
  model: { nLayer: 2, nHead: 4, nEmbd: 64, contextLength: 64, dropout: 0 },
  training: {
    batchSize: 8,
    accumulation: 1,
    steps: 1000,
    learningRate: 3e-3,
    warmupSteps: 50,
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
