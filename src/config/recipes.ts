// Whole recipes to pick from: what a model is built of and how it is trained, at whatever sizes are chosen.
// Sizes are `presets.ts`.
import { parameterCount } from './estimate.ts';
import { proposedLearningRate } from './proposedLearningRate.ts';
import { GPT3_RECIPE, GPT3_SWITCHES, type ModelConfig, type RunConfig, type TrainingConfig } from './runConfig.ts';

export interface RecipePreset {
  readonly id: string;
  readonly label: string;
  /** One sentence. */
  readonly description: string;
  /** Of a model whose published code does not run as it was meant to: what was repaired, and what still differs. */
  readonly mended?: string;
  /**
   * The config with this recipe; layers, heads, width and context stay as they are.
   * @param trainTokens tokens of the text's training part, for recipes that count epochs
   * @param vocabSize the text's, where it is known already
   */
  readonly apply: (config: RunConfig, trainTokens: number, vocabSize?: number) => RunConfig;
}

interface Recipe {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly mended?: string;
  /** Switches, and what follows from the sizes. */
  readonly model: (sizes: ModelConfig) => Partial<ModelConfig>;
  /** How it is trained, where that is not GPT-3's way. */
  readonly training?: (model: ModelConfig, trainTokens: number) => Partial<TrainingConfig>;
}

const WARMUP_STEPS = 50;

/** GPT-3's training (App. B) at the learning rate that suits the size; the run's length and batch stay. */
function gpt3Training(model: ModelConfig, training: TrainingConfig, vocabSize: number): Partial<TrainingConfig> {
  const warmupSteps = Math.min(WARMUP_STEPS, Math.floor(training.steps / 10));
  return {
    ...GPT3_RECIPE,
    learningRate: proposedLearningRate(parameterCount(model, vocabSize)),
    warmupTokens: warmupSteps * training.batchSize * training.accumulation * model.contextLength,
    weightDecay: 0.1,
    clipNorm: 1,
  };
}

const BLOG_BATCH = 8;
const BLOG_EPOCHS = 10;

/** Steps of ten epochs over windows side by side, eight a step; the last step of an epoch may have fewer. */
export function blogSteps(trainTokens: number, contextLength: number): number {
  const windows = Math.floor((trainTokens - 1) / contextLength);
  return Math.min(1_000_000, Math.max(1, BLOG_EPOCHS * Math.ceil(windows / BLOG_BATCH)));
}

const BLOG_SWITCHES = {
  causal: false,
  positions: 'sinusoidal',
  normPlacement: 'post',
  dropout: 0.1,
  dropEmbedding: false,
  dropAttention: false,
  dropoutAfterNorm: true,
  tiedOutput: false,
} as const satisfies Partial<ModelConfig>;

const blogTraining = ({ contextLength }: ModelConfig, trainTokens: number): Partial<TrainingConfig> => ({
  batchSize: BLOG_BATCH,
  accumulation: 1,
  steps: blogSteps(trainTokens, contextLength),
  learningRate: 1e-5,
  warmupTokens: 0,
  optimizer: 'adam',
  beta2: 0.999,
  schedule: 'constant',
  weightDecay: 0,
  clipNorm: 0,
});

/** Half the heads, or the next fewer that can be shared equally. */
function sharedHeads(nHead: number): number {
  for (let heads = Math.floor(nHead / 2); heads > 1; heads--) if (nHead % heads === 0) return heads;
  return 1;
}

const halfTheContext = ({ contextLength }: ModelConfig): number => Math.floor(contextLength / 2);

const RECIPES: readonly Recipe[] = [
  {
    id: 'gpt2',
    label: 'GPT-2, dense (default)',
    description: 'GPT-3’s recipe with full attention in every layer, as in GPT-2: learned positions, pre-norm, GELU.',
    model: () => ({}),
  },
  {
    id: 'gpt3',
    label: 'GPT-3',
    description: 'As in the paper, with local attention in every second layer: half of the context here.',
    model: (sizes) => ({ band: halfTheContext(sizes) }),
  },
  {
    id: 'llama',
    label: 'LLaMA-like',
    description: 'Rotary positions, RMS norm, SwiGLU, no biases, an untied output layer and shared key/value heads.',
    model: ({ nHead }) => ({
      nKeyValueHead: sharedHeads(nHead),
      positions: 'rotary',
      norm: 'rms',
      activation: 'swiglu',
      tiedOutput: false,
      biases: false,
    }),
  },
  {
    id: 'blog-last',
    label: 'Blog model (a), last position',
    description:
      'An encoder without a mask that predicts once per window, at the last position: sinusoidal positions, post-norm, GELU, plain Adam.',
    mended:
      'Repaired: the blog’s printed code adds positions along the batch and fails at its own batch size of 8; here they run along the text. Still different: the blog also drops embeddings and attention weights.',
    model: () => ({ ...BLOG_SWITCHES, activation: 'gelu-exact', prediction: 'last' }),
    training: blogTraining,
  },
  {
    id: 'blog-mean',
    label: 'Blog model (b), mean',
    description: 'The same encoder with ReLU, which predicts once per window, from the mean of all positions.',
    mended:
      'Repaired: the blog’s printed code attends across the batch, not the text; here it attends across the text. Still different: the blog also drops embeddings, attention weights and the mean, and has no final norm.',
    model: () => ({ ...BLOG_SWITCHES, activation: 'relu', prediction: 'mean' }),
    training: blogTraining,
  },
  {
    id: 'gpt3-unmasked',
    label: 'GPT-3 without its mask',
    description: 'A tempting mistake: without the mask, each position can see the token it must predict.',
    model: (sizes) => ({ band: halfTheContext(sizes), causal: false }),
  },
];

export const RECIPE_PRESETS: readonly RecipePreset[] = RECIPES.map(({ id, label, description, mended, ...recipe }) => ({
  id,
  label,
  description,
  ...(mended !== undefined && { mended }),
  apply: (config, trainTokens, vocabSize = config.tokenizer.vocabSize) => {
    const model: ModelConfig = { ...config.model, dropout: 0, ...GPT3_SWITCHES, ...recipe.model(config.model) };
    const training: TrainingConfig = {
      ...config.training,
      ...gpt3Training(model, config.training, vocabSize),
      ...recipe.training?.(model, trainTokens),
    };
    return { ...config, model, training };
  },
}));

/** What may be changed of a recipe without leaving it: how long, how much at once, how fast. */
const FREE_SETTINGS: ReadonlySet<string> = new Set([
  'batchSize',
  'accumulation',
  'rampTokens',
  'steps',
  'learningRate',
  'warmupTokens',
]);

/** The recipe that a config follows, but for length, batch and learning rate; undefined if it is one of its own. */
export function recipeOf(config: RunConfig): RecipePreset | undefined {
  const kept = ({ model, training }: RunConfig): string =>
    Object.entries({ ...model, ...training })
      .filter(([name]) => !FREE_SETTINGS.has(name))
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&');
  return RECIPE_PRESETS.find(({ apply }) => kept(apply(config, 1)) === kept(config));
}
