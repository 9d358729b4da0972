// The two units a loss is shown in: nats per token as computed, and bits per byte, which compares tokenizers fairly.
import type { DataReport, EvaluationPoint } from '../../protocol/messages.ts';

export type LossUnit = 'nats' | 'bits';

export const LOSS_UNIT_NAMES: Record<LossUnit, string> = { nats: 'nats per token', bits: 'bits per byte' };

/** What a loss in nats per token is multiplied by to be in `unit`: 1, or 1 / (ln 2 · bytes per token). */
export function lossFactor(unit: LossUnit, data: Pick<DataReport, 'bytesPerToken'> | undefined): number {
  return unit === 'nats' || data === undefined ? 1 : 1 / (Math.LN2 * data.bytesPerToken);
}

/** A validation point in `unit`; its bits per byte were measured on the validation text itself. */
export function validationIn(unit: LossUnit, point: EvaluationPoint): number {
  return unit === 'nats' ? point.validationLoss : point.bitsPerByte;
}
