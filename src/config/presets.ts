// Model sizes to pick from: GPT-3's table (Brown et al. 2020, Table 2.1) scaled down to a browser, from the
// smallest model of Figure 3.1 up, and GPT-3 Small itself for those whose device takes it.
// A size says nothing of switches and recipe; those are `recipes.ts`.
import { estimate, parameterCount, type DeviceSpeed } from './estimate.ts';
import { nearestDivisor } from './modelProblems.ts';
import { proposedLearningRate } from './proposedLearningRate.ts';
import { DEFAULT_CONFIG, type ModelConfig, type TokenizerConfig, type TrainingConfig } from './runConfig.ts';
import { validateConfig, type ConfigLimits } from './validateConfig.ts';

export type ModelSizes = Pick<ModelConfig, 'nLayer' | 'nHead' | 'nEmbd' | 'contextLength'>;

export interface ModelPreset {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly model: ModelSizes;
}

const preset = (
  id: string,
  label: string,
  description: string,
  [nLayer, nHead, nEmbd, contextLength]: readonly [number, number, number, number],
): ModelPreset => ({ id, label, description, model: { nLayer, nHead, nEmbd, contextLength } });

/**
 * A quarter of the paper's layers and heads and an eighth of its width keep the ratios between the models, with heads
 * half as wide: 1/256 of the parameters. 175B would still be too large so, and takes an eighth and a sixteenth.
 */
export const MODEL_PRESETS: readonly ModelPreset[] = [
  preset(
    'pico',
    'Pico (2 layers × 64)',
    'The smallest of the paper’s Figure 3.1: 100,000 parameters besides the embeddings.',
    [2, 4, 64, 64],
  ),
  preset(
    'nano',
    'Nano (4 × 64)',
    'Twice as deep as the smallest: 200,000 parameters besides the embeddings.',
    [4, 4, 64, 64],
  ),
  preset(
    'small',
    'Small, scaled (3 × 96)',
    'GPT-3 Small at a quarter of its depth and an eighth of its width.',
    [3, 3, 96, 128],
  ),
  preset(
    'medium',
    'Medium, scaled (6 × 128)',
    'GPT-3 Medium at a quarter of its depth and an eighth of its width.',
    [6, 4, 128, 128],
  ),
  preset(
    'large',
    'Large, scaled (6 × 192)',
    'GPT-3 Large at a quarter of its depth and an eighth of its width.',
    [6, 4, 192, 128],
  ),
  preset(
    'xl',
    'XL, scaled (6 × 256)',
    'GPT-3 XL at a quarter of its depth and an eighth of its width.',
    [6, 4, 256, 256],
  ),
  preset(
    '2.7b',
    '2.7B, scaled (8 × 320)',
    'GPT-3 2.7B at a quarter of its depth and an eighth of its width.',
    [8, 8, 320, 256],
  ),
  preset(
    '6.7b',
    '6.7B, scaled (8 × 512)',
    'GPT-3 6.7B at a quarter of its depth and an eighth of its width.',
    [8, 8, 512, 256],
  ),
  preset(
    '13b',
    '13B, scaled (10 × 640)',
    'GPT-3 13B at a quarter of its depth and an eighth of its width.',
    [10, 10, 640, 512],
  ),
  preset(
    '175b',
    '175B, scaled (12 × 768)',
    'GPT-3 itself at an eighth of its depth and a sixteenth of its width: as deep and wide as GPT-3 Small.',
    [12, 12, 768, 512],
  ),
  preset(
    'gpt3-small',
    'GPT-3 Small, whole (12 × 768)',
    'The paper’s smallest model, as printed: 125 million parameters with the full vocabulary.',
    [12, 12, 768, 2048],
  ),
];

/**
 * A model of other sizes with the same switches: its band keeps its share of the context, and its heads share keys and
 * values in groups as near to the former as can be.
 */
export function resized(model: ModelConfig, sizes: ModelSizes): ModelConfig {
  const { band, contextLength, nHead, nKeyValueHead } = model;
  const shareOfHeads = (nKeyValueHead * sizes.nHead) / nHead;
  return {
    ...model,
    ...sizes,
    band: Math.ceil((Math.min(band, contextLength) * sizes.contextLength) / contextLength),
    nKeyValueHead: nKeyValueHead === 0 ? 0 : nearestDivisor(sizes.nHead, shareOfHeads),
  };
}

/** Training-shaped work that a person is asked to wait for at most, when the size is proposed for them. */
const PROPOSED_SECONDS = 150;
const PROPOSED_WARMUP_STEPS = 50;

export interface Proposal {
  readonly presetId: string;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly tokenizer: TokenizerConfig;
}

/** What is known of a device that a model is proposed for. */
export type ProposalDevice = DeviceSpeed & Pick<ConfigLimits, 'maxTensorBytes' | 'memoryBudgetBytes'>;

/**
 * The largest preset that fits the device and whose default training ends within some two minutes and a half at the measured
 * speed; at least the smallest.
 */
export function proposeConfig(device: ProposalDevice): Proposal {
  const { training, tokenizer } = DEFAULT_CONFIG;
  const limits: ConfigLimits = { ...limitsOf(device), vocabSize: tokenizer.vocabSize };
  const affordable = MODEL_PRESETS.filter(({ model }) => {
    const config = { ...DEFAULT_CONFIG, model: { ...DEFAULT_CONFIG.model, ...model } };
    const { totalSeconds } = estimate(config, tokenizer.vocabSize, device);
    return totalSeconds <= PROPOSED_SECONDS && validateConfig(config, limits).length === 0;
  });
  const chosen = affordable.at(-1) ?? MODEL_PRESETS[0];
  if (chosen === undefined) throw new RangeError('There is no model preset.');
  const model = { ...DEFAULT_CONFIG.model, ...chosen.model };
  return {
    presetId: chosen.id,
    model,
    training: {
      ...training,
      learningRate: proposedLearningRate(parameterCount(model, tokenizer.vocabSize)),
      warmupTokens: PROPOSED_WARMUP_STEPS * training.batchSize * chosen.model.contextLength,
    },
    tokenizer,
  };
}

const limitsOf = ({ maxTensorBytes, memoryBudgetBytes, engine }: ProposalDevice): ConfigLimits => ({
  engine,
  ...(maxTensorBytes !== undefined && { maxTensorBytes }),
  ...(memoryBudgetBytes !== undefined && { memoryBudgetBytes }),
});

/** The preset whose sizes a model has, or 'custom'. */
export function presetOf(model: ModelConfig): string {
  const found = MODEL_PRESETS.find(
    (preset) =>
      preset.model.nLayer === model.nLayer &&
      preset.model.nHead === model.nHead &&
      preset.model.nEmbd === model.nEmbd &&
      preset.model.contextLength === model.contextLength,
  );
  return found?.id ?? 'custom';
}
