// Whether the model is as sure as it should be: tenths of its surest probability against how often it was right.
import type { CalibrationBin, HeldOutReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { readableShare } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
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
      <h3 className={controls.heading}>Calibration</h3>
      <p className={controls.note}>
        When the model gives its most probable token 70 %, it should be right 7 times in 10: bars that end on the
        diagonal. The expected calibration error, the mean distance from it, is{' '}
        <strong className={styles.value}>{readableShare(calibrationError)}</strong>; all in all the model is{' '}
        {readableShare(Math.abs(surplus))} {surplus > 0 ? 'too sure' : 'too unsure'}.
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
      aria-label="Calibration diagram: how often the model was right by how sure it was; the numbers are in the table"
    >
      {TICKS.map((share) => (
        <g key={share}>
          <line className={styles.grid} x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
          <text className={styles.tick} x={LEFT - 5} y={y(share) + 3.5} textAnchor="end">
            {`${100 * share} %`}
          </text>
          <text className={styles.tick} x={x(share)} y={TOP + SIZE + 14} textAnchor="middle">
            {`${100 * share} %`}
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
              <title>{`Said ${readableShare(confidence)}, right ${readableShare(accuracy)}`}</title>
            </rect>
          </g>
        ),
      )}
      <line className={styles.diagonal} x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      <text className={styles.tick} x={x(0.5)} y={TOP + SIZE + 29} textAnchor="middle">
        how sure it was
      </text>
      <text className={styles.tick} textAnchor="start" x={x(0) + 5} y={y(1) + 13}>
        how often right
      </text>
    </svg>
  );
}

function CalibrationTable({ bins, all }: { readonly bins: readonly CalibrationBin[]; readonly all: number }) {
  return (
    <div className={table.box} role="region" aria-label="Table of calibration" tabIndex={0}>
      <table className={`${table.table} ${styles.wide}`}>
        <thead>
          <tr>
            <th scope="col" title="The probability that the model gave its most probable token">
              Sure
            </th>
            <th scope="col" title="Predictions of that sureness, and their share of all">
              Predictions
            </th>
            <th scope="col" title="Mean probability of these most probable tokens">
              Said
            </th>
            <th scope="col" title="How often the most probable token was the one that came">
              Right
            </th>
          </tr>
        </thead>
        <tbody>
          {bins.map(({ predictions, confidence, accuracy }, tenth) => (
            <tr key={tenth}>
              <th scope="row">{`${10 * tenth}–${10 * (tenth + 1)} %`}</th>
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
