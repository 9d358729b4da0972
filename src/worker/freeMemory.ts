// How much of the memory that can be planned with the open run leaves to what goes on beside it.
import { estimate, type DeviceSpeed } from '../config/estimate.ts';
import type { RunConfig } from '../config/runConfig.ts';
import type { DeviceReport } from '../protocol/messages.ts';
import type { PreparedData } from './preparedData.ts';

/** The sizes of a run, as `ActiveRun` has them. */
export interface SizedRun {
  readonly config: RunConfig;
  readonly data: { readonly dataset: Pick<PreparedData['dataset'], 'vocabSize'> };
}

/** What of a device report memory is planned by. */
export type PlannedMemory = DeviceSpeed & Pick<DeviceReport, 'memoryBudgetBytes'>;

/** Bytes; 0 where the run takes all, or by its estimate more. */
export function freeBytes({ memoryBudgetBytes, ...speed }: PlannedMemory, open: SizedRun | undefined): number {
  if (open === undefined) return memoryBudgetBytes;
  const { trainingBytes } = estimate(open.config, open.data.dataset.vocabSize, speed);
  return Math.max(0, memoryBudgetBytes - trainingBytes);
}

/** Numbers per parameter that a run holds between steps where operations run one by one: the state, and views of it. */
const EAGER_STATE = 4;

/** As `freeBytes`, for what ends before the next step begins: where operations run one by one, a step's own memory is free. */
export function freeBytesBetweenSteps(device: PlannedMemory, open: SizedRun): number {
  if (device.engine === 'plan') return freeBytes(device, open);
  const { parameters } = estimate(open.config, open.data.dataset.vocabSize, device);
  return Math.max(0, device.memoryBudgetBytes - 4 * EAGER_STATE * parameters);
}
