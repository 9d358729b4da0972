// The main chart: training loss raw and smoothed, validation loss and baselines, read with pointer or keyboard.
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type uPlot from 'uplot';
import { metricSeries } from '../../state/metricSeries.ts';
import { useRunStore } from '../../state/runStore.ts';
import offscreen from '../hidden.module.css';
import type { TrainingLossName } from '../trainingLoss.ts';
import { LOSS_COPY } from './chartsCopy.ts';
import styles from './TrainingCharts.module.css';
import { rowAtOrBefore, smoothedLoss, stepsInSight, wholeRange, type ChartSettings } from './chartView.ts';
import { lossSeries, type StepRange } from './lossSeries.ts';
import { lossPlotOptions, type ReferenceLine } from './lossPlot.ts';
import { lossFactor } from './lossUnit.ts';
import { Plot } from './Plot.tsx';
import { panned, selected, zoomed } from './stepZoom.ts';
import type { ThemeColours } from './themeColours.ts';

interface LossChartProps {
  /** What the training loss is called. */
  readonly name: TrainingLossName;
  readonly settings: ChartSettings;
  readonly zoom: StepRange | undefined;
  readonly references: readonly ReferenceLine[];
  readonly summary: string;
  readonly onZoom: (range: StepRange | undefined) => void;
  readonly onCursor: (step: number | undefined) => void;
  /** The values at a step in words, for keyboard reading. */
  readonly describe: (step: number) => string;
}

const HEIGHT_PX = 280;

export function LossChart({
  name: lossName,
  settings,
  zoom,
  references,
  summary,
  onZoom,
  onCursor,
  describe,
}: LossChartProps) {
  const evaluations = useRunStore((state) => state.evaluations);
  const data = useRunStore((state) => state.runData ?? state.data);
  const plotRef = useRef<uPlot>(undefined);
  const [spoken, setSpoken] = useState('');
  const latest = useRef({ settings, zoom, references, onZoom, onCursor });
  // Before the plot's own effect reads it.
  useLayoutEffect(() => {
    latest.current = { settings, zoom, references, onZoom, onCursor };
  });

  const { logarithmic, unit, smoothing, hidden } = settings;
  const options = useCallback(
    (colours: ThemeColours) =>
      lossPlotOptions(colours, logarithmic, {
        range: () => stepsInSight(latest.current.zoom),
        onSelect: (from, to) => latest.current.onZoom(selected(from, to, wholeRange())),
        onReset: () => latest.current.onZoom(undefined),
        isZoomed: () => latest.current.zoom !== undefined,
        isHidden: (name) => latest.current.settings.hidden.has(name),
        references: () => latest.current.references,
        onCursor: (step) => latest.current.onCursor(step),
      }),
    [logarithmic],
  );

  const read = useCallback(
    (widthPx: number): uPlot.AlignedData => {
      const columns = {
        steps: metricSeries.column('step'),
        loss: metricSeries.column('loss'),
        smoothed: smoothedLoss(smoothing),
        evaluations,
      };
      return lossSeries(columns, stepsInSight(zoom), Math.max(50, widthPx), unit, lossFactor(unit, data));
    },
    [unit, zoom, smoothing, evaluations, data],
  );

  useEffect(() => {
    const plot = plotRef.current;
    if (plot === undefined) return;
    (['loss', 'smoothed', 'validation'] as const).forEach((name, at) => {
      if (plot.series[at + 1]?.show === hidden.has(name)) plot.setSeries(at + 1, { show: !hidden.has(name) });
    });
    plot.setData(plot.data);
  }, [hidden, references]);

  const moveCursor = (by: number) => {
    const plot = plotRef.current;
    if (plot === undefined) return;
    const steps = plot.data[0];
    if (steps.length === 0) return;
    const from = plot.cursor.idx ?? (by > 0 ? -1 : steps.length);
    const index = Math.min(steps.length - 1, Math.max(0, from + by));
    const step = steps[index] ?? 0;
    plot.setCursor({ left: plot.valToPos(step, 'x'), top: 20 });
    setSpoken(describe(step));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const range = stepsInSight(zoom);
    const whole = wholeRange();
    const plot = plotRef.current;
    const cursorStep = plot?.data[0][plot.cursor.idx ?? -1];
    const centre = cursorStep ?? (range.min + range.max) / 2;
    const coarse = Math.max(1, Math.round((plot?.data[0].length ?? 0) / 40));
    const actions: Record<string, (() => void) | undefined> = {
      '+': () => onZoom(zoomed(range, 0.6, centre, whole)),
      '=': () => onZoom(zoomed(range, 0.6, centre, whole)),
      '-': () => onZoom(zoomed(range, 1 / 0.6, centre, whole)),
      '0': () => onZoom(undefined),
      Escape: zoom === undefined ? undefined : () => onZoom(undefined),
      ArrowLeft: event.shiftKey ? () => onZoom(zoom && panned(range, -0.2, whole)) : () => moveCursor(-1),
      ArrowRight: event.shiftKey ? () => onZoom(zoom && panned(range, 0.2, whole)) : () => moveCursor(1),
      PageUp: () => moveCursor(-coarse),
      PageDown: () => moveCursor(coarse),
      Home: () => moveCursor(-Number.MAX_SAFE_INTEGER),
      End: () => moveCursor(Number.MAX_SAFE_INTEGER),
    };
    // Keys on the button inside are the button's.
    if (event.target !== event.currentTarget) return;
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };

  const leave = () => {
    plotRef.current?.setCursor({ left: -10, top: -10 });
    setSpoken('');
  };

  const isEmpty = evaluations.length === 0 && rowAtOrBefore(Number.MAX_SAFE_INTEGER) === undefined;
  return (
    <div
      className={styles.lossChart}
      role="group"
      aria-label={LOSS_COPY.keys}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={leave}
    >
      <div role="img" aria-label={summary} data-chart="loss">
        <Plot
          options={options}
          read={read}
          heightPx={HEIGHT_PX}
          onPlot={useCallback((plot: uPlot | undefined) => void (plotRef.current = plot), [])}
        />
      </div>
      {zoom !== undefined && (
        <button type="button" data-size="small" className={styles.resetZoom} onClick={() => onZoom(undefined)}>
          {LOSS_COPY.resetZoom}
        </button>
      )}
      {isEmpty && (
        <p className={styles.empty}>
          <span>
            {references.length === 0
              ? LOSS_COPY.noText
              : lossName === 'loss'
                ? LOSS_COPY.train
                : LOSS_COPY.trainObjective}
          </span>
        </p>
      )}
      <p className={offscreen.visually} aria-live="polite">
        {spoken}
      </p>
    </div>
  );
}
