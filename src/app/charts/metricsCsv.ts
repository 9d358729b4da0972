// A run's metrics as CSV text: every training row, and the validation loss in the rows where it was measured.
import type { EvaluationPoint } from '../../protocol/messages.ts';

export interface MetricColumns {
  readonly step: readonly number[];
  readonly loss: readonly number[];
  readonly smoothed: ArrayLike<number>;
  readonly learningRate: readonly number[];
  readonly gradientNorm: readonly number[];
  readonly tokensPerSecond: readonly number[];
}

const HEADER =
  'step,training_loss_nats,smoothed_loss_nats,validation_loss_nats,validation_bits_per_byte,learning_rate,gradient_norm,tokens_per_second';

/** Lines end in CR LF (RFC 4180); a value that is missing or not finite is an empty field. Losses in nats per token. */
export function metricsCsv(columns: MetricColumns, evaluations: readonly EvaluationPoint[]): string {
  const byStep = new Map(evaluations.map((point) => [point.step, point]));
  const rows: string[] = [];
  columns.step.forEach((step, row) => {
    const point = byStep.get(step);
    byStep.delete(step);
    rows.push(
      line(step, [
        columns.loss[row],
        columns.smoothed[row],
        point?.validationLoss,
        point?.bitsPerByte,
        columns.learningRate[row],
        columns.gradientNorm[row],
        columns.tokensPerSecond[row],
      ]),
    );
  });
  const before = [...byStep.values()].map((point) =>
    line(point.step, [undefined, undefined, point.validationLoss, point.bitsPerByte, undefined, undefined, undefined]),
  );
  const sorted = [...before, ...rows].toSorted((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
  return `${[HEADER, ...sorted].join('\r\n')}\r\n`;
}

function line(step: number, values: readonly (number | undefined)[]): string {
  const fields = values.map((value) => (value === undefined || !Number.isFinite(value) ? '' : field(value)));
  return [step, ...fields].join(',');
}

/** Seven significant digits: what a 32-bit float holds. */
function field(value: number): string {
  return String(Number(value.toPrecision(7)));
}
