// The charts as a table: evenly spread rows of the run, the newest first, for screen readers and exact reading.
import { metricSeries } from '../../state/metricSeries.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
import { trainingLossName } from '../trainingLoss.ts';
import { smoothedLoss } from './chartView.ts';
import { evenlySpread } from './decimate.ts';
import { rowAt } from './lossSeries.ts';
import { TABLE_COPY } from './chartsCopy.ts';
import { LOSS_UNIT_NAMES, lossFactor, validationIn, type LossUnit } from './lossUnit.ts';
import { useMetricVersion } from './metricFrames.ts';
import { readableCompact, readableLoss, readableSmall } from './readableNumber.ts';

const MOST_ROWS = 120;

export function MetricsTable({ unit, smoothing }: { readonly unit: LossUnit; readonly smoothing: number }) {
  useMetricVersion(1000);
  const evaluations = useRunStore((state) => state.evaluations);
  const data = useRunStore((state) => state.runData ?? state.data);
  const lossName = useRunStore((state) => trainingLossName(state.run?.config.training));
  const factor = lossFactor(unit, data);
  const steps = metricSeries.column('step');
  const smoothed = smoothedLoss(smoothing);
  const shownSteps = new Set([
    ...evenlySpread(steps.length, MOST_ROWS).map((row) => steps[row] ?? 0),
    ...evenlySpread(evaluations.length, MOST_ROWS).map((at) => evaluations[at]?.step ?? 0),
  ]);
  const rows = [...shownSteps].toSorted((a, b) => b - a);
  const pointAt = new Map(evaluations.map((point) => [point.step, point]));
  const scaled = (value: number | undefined) => readableLoss(value === undefined ? undefined : value * factor);
  return (
    <div className={table.box} role="region" aria-label={TABLE_COPY.label} tabIndex={0}>
      <table className={table.table}>
        <caption>
          {TABLE_COPY.caption(LOSS_UNIT_NAMES[unit])}
          {rows.length < steps.length && TABLE_COPY.some(formatCount(rows.length), formatCount(steps.length))}
        </caption>
        <thead>
          <tr>
            {TABLE_COPY.columns(lossName === 'loss' ? TABLE_COPY.loss : TABLE_COPY.objective).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.length === 0 && (
            <tr>
              <td colSpan={7}>{TABLE_COPY.empty}</td>
            </tr>
          )}
          {rows.map((step) => {
            const row = rowAt(steps, step) ?? -1;
            const point = pointAt.get(step);
            return (
              <tr key={step}>
                <th scope="row">{formatCount(step)}</th>
                <td>{scaled(metricSeries.column('loss')[row])}</td>
                <td>{scaled(smoothed[row])}</td>
                <td>{point === undefined ? '' : readableLoss(validationIn(unit, point))}</td>
                <td>{readableSmall(metricSeries.column('learningRate')[row])}</td>
                <td>{readableSmall(metricSeries.column('gradientNorm')[row])}</td>
                <td>{readableCompact(metricSeries.column('tokensPerSecond')[row])}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
