// The learning rate over the run as it is planned, and the tokens of a step where they grow: drawn from the draft, before
// a step is taken. What a run has really done is in the training charts.
import { useCallback, useMemo } from 'react';
import type uPlot from 'uplot';
import type { RunConfig } from '../../config/runConfig.ts';
import { Plot, type PlotOptions } from '../charts/Plot.tsx';
import { plotAxis, stepAxis } from '../charts/plotParts.ts';
import { readableCompact, readableSmall } from '../charts/readableNumber.ts';
import type { ThemeColours } from '../charts/themeColours.ts';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
import { isRamped, schedulePoints, scheduleSummary } from './plannedSchedule.ts';
import { SCHEDULE_COPY } from './trainCopy.ts';
import styles from './TrainingPanel.module.css';

const HEIGHT_PX = 124;
const POINTS = 300;
const TABLE_ROWS = 12;
/** Of the tokens per step, on the canvas and in the legend. */
const RAMP_DASH = [6, 4];

export function ScheduleChart({ config }: { readonly config: RunConfig }) {
  const { model, training } = config;
  const ramped = isRamped(training);
  const points = useMemo(() => schedulePoints({ model, training }, POINTS), [model, training]);
  const summary = useMemo(() => scheduleSummary({ model, training }), [model, training]);
  const options = useCallback((colours: ThemeColours) => scheduleOptions(colours, ramped), [ramped]);
  const read = useCallback(
    (): uPlot.AlignedData => [
      points.map(({ step }) => step),
      points.map(({ learningRate }) => learningRate),
      ...(ramped ? [points.map(({ tokensPerStep }) => tokensPerStep)] : []),
    ],
    [points, ramped],
  );
  return (
    <figure className={styles.schedule}>
      <figcaption>
        <span className={styles.line}>
          <LegendLine /> {SCHEDULE_COPY.learningRate}
        </span>
        {ramped && (
          <span className={styles.line}>
            <LegendLine dashed /> {SCHEDULE_COPY.tokensPerStep}
          </span>
        )}
        <span>{SCHEDULE_COPY.planned}</span>
      </figcaption>
      <div role="img" aria-label={summary} data-chart="schedule">
        <Plot options={options} read={read} heightPx={HEIGHT_PX} />
      </div>
      <p>{summary}</p>
      <details>
        <summary data-testid="schedule-numbers">{SCHEDULE_COPY.numbers}</summary>
        <ScheduleTable config={config} />
      </details>
    </figure>
  );
}

function LegendLine({ dashed = false }: { readonly dashed?: boolean }) {
  return (
    <svg width="22" height="8" viewBox="0 0 22 8" aria-hidden="true" data-dashed={dashed}>
      <line x1="0" x2="22" y1="4" y2="4" strokeWidth="2" strokeDasharray={dashed ? RAMP_DASH.join(' ') : undefined} />
    </svg>
  );
}

function scheduleOptions(colours: ThemeColours, ramped: boolean): PlotOptions {
  const fromZero = { range: (_: uPlot, __: number, max: number): uPlot.Range.MinMax => [0, max > 0 ? max * 1.1 : 1] };
  const [, , rateColour, rampColour] = colours.series;
  return {
    legend: { show: false },
    padding: [8, ramped ? 0 : 16, 0, 0],
    cursor: { show: false },
    scales: { x: { time: false }, y: fromZero, tokens: fromZero },
    series: [
      {},
      { stroke: rateColour, width: 2, points: { show: false } },
      ...(ramped
        ? [{ scale: 'tokens', stroke: rampColour, width: 1.5, dash: RAMP_DASH, points: { show: false } }]
        : []),
    ],
    axes: [
      stepAxis(colours, { size: 20, gap: 3, space: 56 }),
      plotAxis(colours, { size: 54, gap: 5, space: 26, values: (_, ticks) => ticks.map(readableSmall) }),
      ...(ramped
        ? [
            plotAxis(colours, {
              scale: 'tokens',
              side: 1,
              size: 46,
              gap: 5,
              space: 26,
              grid: { show: false },
              values: (_, ticks) => ticks.map(readableCompact),
            }),
          ]
        : []),
    ],
  };
}

function ScheduleTable({ config }: { readonly config: RunConfig }) {
  const rows = schedulePoints(config, TABLE_ROWS);
  return (
    <div className={table.box} role="region" aria-label={SCHEDULE_COPY.table} tabIndex={0} data-testid="schedule-table">
      <table className={table.table}>
        <thead>
          <tr>
            {SCHEDULE_COPY.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ step, tokens, learningRate, tokensPerStep }) => (
            <tr key={step}>
              <th scope="row">{formatCount(step)}</th>
              <td>{formatCount(tokens)}</td>
              <td>{readableSmall(learningRate)}</td>
              <td>{formatCount(tokensPerStep)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
