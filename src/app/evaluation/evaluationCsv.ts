// An evaluation as CSV text: one figure a row.
import type { EvaluationReport } from '../../protocol/messages.ts';

const HEADER = 'first_step,last_step,figure,task,variant,examples,value,low,high,count';

interface Row {
  readonly figure: string;
  readonly value: number;
  readonly task?: string;
  readonly variant?: string;
  readonly examples?: number;
  readonly low?: number;
  readonly high?: number;
  /** Predictions, questions or sentences that the value is a mean over. */
  readonly count?: number;
}

/** Lines end in CR LF (RFC 4180); shares are 0 … 1, what does not apply is an empty field. */
export function evaluationCsv(report: EvaluationReport): string {
  const lines = [...heldOutRows(report), ...taskRows(report), ...judgedRows(report)].map((row) =>
    [
      report.step,
      report.lastStep,
      row.figure,
      row.task ?? '',
      text(row.variant ?? ''),
      row.examples ?? '',
      number(row.value),
      number(row.low),
      number(row.high),
      row.count ?? '',
    ].join(','),
  );
  return `${[HEADER, ...lines].join('\r\n')}\r\n`;
}

function heldOutRows({ heldOut }: EvaluationReport): Row[] {
  if (heldOut === null) return [];
  const { predictions: count, calibration } = heldOut;
  const figures: readonly (readonly [string, number])[] = [
    ['loss_nats_per_token', heldOut.loss],
    ['perplexity', Math.exp(heldOut.loss)],
    ['bits_per_byte', heldOut.bitsPerByte],
    ['top_1_accuracy', heldOut.top1],
    ['top_5_accuracy', heldOut.top5],
    ['commonest_token_accuracy', heldOut.commonestTop1],
    ['five_commonest_tokens_accuracy', heldOut.commonestTop5],
    ['expected_calibration_error', heldOut.calibrationError],
  ];
  const bins = calibration.flatMap(({ predictions, confidence, accuracy }, tenth): Row[] => {
    const ends = { low: tenth / 10, high: (tenth + 1) / 10, count: predictions };
    if (predictions === 0) return [];
    return [
      { figure: 'calibration_confidence', value: confidence, ...ends },
      { figure: 'calibration_accuracy', value: accuracy, ...ends },
    ];
  });
  return [...figures.map(([figure, value]) => ({ figure, value, count })), ...bins];
}

const taskRows = ({ tasks }: EvaluationReport): Row[] =>
  tasks.flatMap(({ name, variant, byShots, constantAnswer, drawn, known }) => {
    const of = { task: name, variant };
    const asked = byShots[0]?.asked;
    return [
      { ...of, figure: 'share_found_in_training_text', value: known / drawn, count: drawn },
      ...byShots.map(({ shots, correct, asked: count, low, high }): Row => ({
        ...of,
        figure: 'accuracy',
        examples: shots,
        value: correct / count,
        low,
        high,
        count,
      })),
      ...(asked === undefined
        ? []
        : [{ ...of, figure: 'constant_answer_accuracy', value: constantAnswer, count: asked }]),
    ];
  });

function judgedRows({ judged }: EvaluationReport): Row[] {
  if (judged === undefined) return [];
  const { sentences: count, accepted, coherent, new: unseen } = judged;
  return [
    { figure: 'judged_accepted', value: accepted, count },
    { figure: 'judged_coherent', value: coherent, count },
    { figure: 'judged_new', value: unseen, count },
  ];
}

const text = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const number = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '' : String(Number(value.toPrecision(7)));
