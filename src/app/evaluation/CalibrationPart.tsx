// How well calibrated the model is: its confidence, in tenths, against its accuracy.
import type { CalibrationBin, HeldOutReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { readableShare } from '../charts/readableNumber.ts';
import { formatCount, formatShare } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import table from '../table.module.css';
import { CALIBRATION_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';

const SIZE = 200;
const LEFT = 40;
const RIGHT = 22;
const TOP = 8;
const BOTTOM = 34;
const TICKS = [0, 0.5, 1];

const x = (share: number): number => LEFT + share * SIZE;
const y = (share: number): number => TOP + (1 - share) * SIZE;

export function CalibrationPart({ heldOut }: { readonly heldOut: HeldOutReport }) {
  const { calibration, calibrationError, predictions } = heldOut;
  const surplus = calibration.reduce(
    (sum, bin) => sum + (bin.predictions / predictions) * (bin.confidence - bin.accuracy),
    0,
  );
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>{CALIBRATION_COPY.title}</h3>
      <p className={controls.note}>
        {CALIBRATION_COPY.beforeError} <strong className={styles.value}>{readableShare(calibrationError)}</strong>{' '}
        {CALIBRATION_COPY.afterError(readableShare(Math.abs(surplus)), surplus > 0)}
      </p>
      <div className={styles.beside}>
        <CalibrationDiagram bins={calibration} />
        <CalibrationTable bins={calibration} all={predictions} />
      </div>
    </div>
  );
}

function CalibrationDiagram({ bins }: { readonly bins: readonly CalibrationBin[] }) {
  return (
    <svg
      className={styles.diagram}
      viewBox={`0 0 ${LEFT + SIZE + RIGHT} ${TOP + SIZE + BOTTOM}`}
      role="img"
      aria-label={CALIBRATION_COPY.diagram}
      data-testid="calibration-diagram"
    >
      {TICKS.map((share) => (
        <g key={share}>
          <line className={styles.grid} x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
          <text className={styles.tick} x={LEFT - 5} y={y(share) + 3.5} textAnchor="end">
            {formatShare(share)}
          </text>
          <text className={styles.tick} x={x(share)} y={TOP + SIZE + 14} textAnchor="middle">
            {formatShare(share)}
          </text>
        </g>
      ))}
      {bins.map(({ predictions, accuracy, confidence }, tenth) =>
        predictions === 0 ? null : (
          <g key={tenth}>
            <rect
              className={styles.calibrationBar}
              x={x(tenth / bins.length) + 1}
              y={y(accuracy)}
              width={SIZE / bins.length - 2}
              height={Math.max(0.75, accuracy * SIZE)}
            >
              <title>{CALIBRATION_COPY.bin(readableShare(confidence), readableShare(accuracy))}</title>
            </rect>
          </g>
        ),
      )}
      <line className={styles.diagonal} x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      <text className={styles.tick} x={x(0.5)} y={TOP + SIZE + 29} textAnchor="middle">
        {CALIBRATION_COPY.confidenceAxis}
      </text>
      <text className={styles.tick} textAnchor="start" x={x(0) + 5} y={y(1) + 13}>
        {CALIBRATION_COPY.accuracyAxis}
      </text>
    </svg>
  );
}

function CalibrationTable({ bins, all }: { readonly bins: readonly CalibrationBin[]; readonly all: number }) {
  return (
    <div
      className={table.box}
      role="region"
      aria-label={CALIBRATION_COPY.table}
      tabIndex={0}
      data-testid="calibration-table"
    >
      <table className={`${table.table} ${styles.wide}`}>
        <thead>
          <tr>
            {CALIBRATION_COPY.columns.map(({ name, help }) => (
              <th key={name} scope="col">
                <HelpTerm help={help}>{name}</HelpTerm>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bins.map(({ predictions, confidence, accuracy }, tenth) => (
            <tr key={tenth}>
              <th scope="row">{`${10 * tenth}–${10 * (tenth + 1)}%`}</th>
              <td>
                {formatCount(predictions)} <span className={styles.aside}>{readableShare(predictions / all)}</span>
              </td>
              <td>{predictions === 0 ? '–' : readableShare(confidence)}</td>
              <td>{predictions === 0 ? '–' : readableShare(accuracy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
