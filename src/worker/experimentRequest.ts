// What an experiment needs before it can begin: models that can be compared, and room for all of them.
import { estimate } from '../config/estimate.ts';
import type { RunConfig } from '../config/runConfig.ts';
import type { ExperimentVariant } from '../protocol/messages.ts';
import { FaultError } from './fault.ts';
import { freeBytes, type PlannedMemory, type SizedRun } from './freeMemory.ts';

/** What must be the same for models to be compared at equal tokens. */
const COMMON: readonly (readonly [name: string, of: (config: RunConfig) => unknown])[] = [
  ['text', ({ text }) => text],
  ['tokenizer', ({ tokenizer }) => tokenizer],
  ['seed', ({ seed }) => seed],
  ['held-out share', ({ training }) => training.validationFraction],
  ['context length', ({ model }) => model.contextLength],
  ['batch size', ({ training }) => training.batchSize],
  ['number of steps', ({ training }) => training.steps],
];

/** @returns the variants' first config @throws FaultError if there is none, or if they cannot be compared */
export function requireComparable(variants: readonly ExperimentVariant[]): RunConfig {
  const refuse = (message: string, remedy: string): FaultError => new FaultError('config', message, remedy);
  const [first] = variants;
  if (first === undefined) throw refuse('An experiment needs a model.', 'Choose at least one.');
  if (new Set(variants.map(({ id }) => id)).size < variants.length) {
    throw refuse('Two models of this experiment have the same name.', 'Name each otherwise.');
  }
  for (const [name, of] of COMMON) {
    const common = JSON.stringify(of(first.config));
    const other = variants.find(({ config }) => JSON.stringify(of(config)) !== common);
    if (other === undefined) continue;
    throw refuse(`${other.id} has another ${name} than ${first.id}.`, `Give all models the ${name} of ${first.id}.`);
  }
  const several = variants.find(({ config }) => config.training.accumulation > 1);
  if (several) throw refuse(`${several.id} accumulates batches.`, 'Take one batch a step, which may be larger.');
  return first.config;
}

/**
 * @param open the run that goes on beside the experiment, if any
 * @throws FaultError if the models do not fit the device's memory together, with the open run there too
 */
export function requireRoom(
  variants: readonly ExperimentVariant[],
  vocabSize: number,
  device: PlannedMemory,
  open: SizedRun | undefined,
): void {
  const bytes = variants.reduce((sum, { config }) => sum + estimate(config, vocabSize, device).trainingBytes, 0);
  const free = freeBytes(device, open);
  if (bytes <= free) return;
  const gigabytes = (value: number): string => (value / 1e9).toPrecision(2);
  throw new FaultError(
    'config',
    `The ${variants.length} models together need about ${gigabytes(bytes)} GB, but only ${gigabytes(free)} GB is available on this device${open ? ' beside the open run' : ''}.`,
    open && bytes <= device.memoryBudgetBytes
      ? 'Choose a smaller size, such as Pico, or start a smaller run first.'
      : 'Choose a smaller size, such as Pico.',
  );
}
