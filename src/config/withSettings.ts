// A run config with some settings changed.
import type { ModelConfig, RunConfig, TrainingConfig } from './runConfig.ts';

export const withModel = (config: RunConfig, model: Partial<ModelConfig>): RunConfig => ({
  ...config,
  model: { ...config.model, ...model },
});

export const withTraining = (config: RunConfig, training: Partial<TrainingConfig>): RunConfig => ({
  ...config,
  training: { ...config.training, ...training },
});
