// Model sizes to pick from: GPT-3's table (Brown et al. 2020, Table 2.1) scaled down to a browser, from the
// smallest model of Figure 3.1 up, and GPT-3 Small itself for those whose device takes it.
import { DEFAULT_CONFIG, type ModelConfig, type TokenizerConfig, type TrainingConfig } from './runConfig.ts';
import { estimate, type DeviceSpeed } from './estimate.ts';

export interface ModelPreset {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly model: Pick<ModelConfig, 'nLayer' | 'nHead' | 'nEmbd' | 'contextLength'>;
  /** Highest learning rate that suits the size (smaller models take larger ones, as in the paper's table). */
  readonly learningRate: number;
}

const preset = (
  id: string,
  label: string,
  description: string,
  [nLayer, nHead, nEmbd, contextLength]: readonly [number, number, number, number],
  learningRate: number,
): ModelPreset => ({ id, label, description, model: { nLayer, nHead, nEmbd, contextLength }, learningRate });

export const MODEL_PRESETS: readonly ModelPreset[] = [
  preset(
    'pico',
    'Pico (2 layers × 64)',
    'The smallest of the paper’s Figure 3.1: 100,000 parameters besides the embeddings.',
    [2, 4, 64, 64],
    4e-3,
  ),
  preset(
    'small',
    'Small, scaled (4 × 128)',
    'GPT-3 Small at a third of its depth and a sixth of its width.',
    [4, 4, 128, 128],
    2e-3,
  ),
  preset('medium', 'Medium, scaled (6 × 192)', 'GPT-3 Medium at a quarter of its depth.', [6, 6, 192, 128], 1.5e-3),
  preset(
    'large',
    'Large, scaled (6 × 384)',
    'GPT-3 Large at a quarter of its depth and width.',
    [6, 6, 384, 256],
    1e-3,
  ),
  preset(
    'xl',
    'XL, scaled (8 × 512)',
    'GPT-3 XL at a third of its depth and a quarter of its width.',
    [8, 8, 512, 256],
    8e-4,
  ),
  preset(
    'gpt3-small',
    'GPT-3 Small, whole (12 × 768)',
    'The paper’s smallest model, as printed: 125 million parameters with the full vocabulary.',
    [12, 12, 768, 2048],
    6e-4,
  ),
];

/** Training-shaped work that a person is asked to wait for at most, when the size is proposed for them. */
const PROPOSED_SECONDS = 240;
const PROPOSED_WARMUP_STEPS = 50;

export interface Proposal {
  readonly presetId: string;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly tokenizer: TokenizerConfig;
}

/** The largest preset whose default training ends within about four minutes at the measured speed; at least the smallest. */
export function proposeConfig(speed: DeviceSpeed): Proposal {
  const { training, tokenizer } = DEFAULT_CONFIG;
  const affordable = MODEL_PRESETS.filter(({ model }) => {
    const config = { ...DEFAULT_CONFIG, model: { ...DEFAULT_CONFIG.model, ...model } };
    return estimate(config, tokenizer.vocabSize, speed).totalSeconds <= PROPOSED_SECONDS;
  });
  const chosen = affordable.at(-1) ?? MODEL_PRESETS[0];
  if (chosen === undefined) throw new RangeError('There is no model preset.');
  return {
    presetId: chosen.id,
    model: { ...DEFAULT_CONFIG.model, ...chosen.model },
    training: {
      ...training,
      learningRate: chosen.learningRate,
      warmupTokens: PROPOSED_WARMUP_STEPS * training.batchSize * chosen.model.contextLength,
    },
    tokenizer,
  };
}

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
