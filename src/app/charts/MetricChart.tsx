// A small chart of one metric over the same steps as the loss chart, with its value at the crosshair or the last one.
import { useCallback, useLayoutEffect, useRef } from 'react';
import type uPlot from 'uplot';
import { metricSeries, type MetricName } from '../../state/metricSeries.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import { METRIC_COPY } from './chartsCopy.ts';
import styles from './TrainingCharts.module.css';
import { stepsInSight, wholeRange } from './chartView.ts';
import { decimate } from './decimate.ts';
import type { StepRange } from './lossSeries.ts';
import { Plot, type PlotOptions } from './Plot.tsx';
import { plotAxis, plotCursor, selectionHook, stepAxis, stepScale } from './plotParts.ts';
import { readableCompact, readableSmall } from './readableNumber.ts';
import { selected } from './stepZoom.ts';
import type { ThemeColours } from './themeColours.ts';

interface MetricChartProps {
  readonly metric: Exclude<MetricName, 'step' | 'loss'>;
  readonly title: string;
  /** What the number means; opens on hover, focus and press. */
  readonly meaning: string;
  readonly zoom: StepRange | undefined;
  readonly value: number | undefined;
  readonly onZoom: (range: StepRange | undefined) => void;
}

const HEIGHT_PX = 96;

export function MetricChart({ metric, title, meaning, zoom, value, onZoom }: MetricChartProps) {
  const latest = useRef({ zoom, onZoom });
  // Before the plot's own effect reads it.
  useLayoutEffect(() => {
    latest.current = { zoom, onZoom };
  });
  const options = useCallback(
    (colours: ThemeColours): PlotOptions => {
      const control = {
        range: () => stepsInSight(latest.current.zoom),
        onSelect: (from: number, to: number) => latest.current.onZoom(selected(from, to, wholeRange())),
        onReset: () => latest.current.onZoom(undefined),
      };
      return {
        legend: { show: false },
        padding: [6, 16, 0, 0],
        cursor: plotCursor(control),
        scales: { x: stepScale(control), y: { range: (_, __, max) => [0, max > 0 ? max * 1.12 : 1] } },
        series: [{}, { stroke: colours.series[2], width: 1.5, spanGaps: true, points: { show: false } }],
        axes: [
          stepAxis(colours, { size: 20, gap: 3, space: 48 }),
          plotAxis(colours, { size: 46, gap: 5, space: 26, values: (_, ticks) => ticks.map(readable(metric)) }),
        ],
        hooks: { setSelect: [selectionHook(control)] },
      };
    },
    [metric],
  );
  const read = useCallback(
    (widthPx: number): uPlot.AlignedData => {
      const steps = metricSeries.column('step');
      const values = metricSeries.column(metric);
      const range = stepsInSight(zoom);
      const rows = decimate(steps, values, range.min, range.max, Math.max(30, widthPx));
      return [rows.map((row) => steps[row] ?? 0), rows.map((row) => finite(values[row]))];
    },
    [metric, zoom],
  );
  const shown = readable(metric)(value);
  return (
    <figure className={styles.small}>
      <figcaption>
        <HelpTerm help={meaning}>{title}</HelpTerm>
        <span className={styles.value}>{shown}</span>
      </figcaption>
      <div role="img" aria-label={METRIC_COPY.chart(title, shown)} data-chart={metric}>
        <Plot options={options} read={read} heightPx={HEIGHT_PX} />
      </div>
    </figure>
  );
}

function readable(metric: MetricName): (value: number | undefined) => string {
  return metric === 'tokensPerSecond' ? readableCompact : readableSmall;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
