// The plots of the experiment: a line for each model over the steps, and where there is one, the baseline's.
import type uPlot from 'uplot';
import type { ExperimentPoint } from '../../protocol/messages.ts';
import { resultOf, type Experiment } from '../../state/experimentStore.ts';
import type { PlotOptions } from '../charts/Plot.tsx';
import { plotAxis, stepAxis } from '../charts/plotParts.ts';
import type { ThemeColours } from '../charts/themeColours.ts';
import { VARIANT_LOOKS } from './variantLooks.ts';

/** Which of a point's losses is drawn. */
export type ExperimentLoss = keyof Pick<ExperimentPoint, 'trainingLoss' | 'comparableLoss'>;

/** Steps at which any model was measured, in order. */
export function measuredSteps(experiment: Experiment): number[] {
  const steps = VARIANT_LOOKS.flatMap(({ id }) => resultOf(experiment, id).points.map(({ step }) => step));
  return [...new Set(steps)].toSorted((a, b) => a - b);
}

/** The steps, then each model's loss there; null where it has none. */
export function plottedLosses(experiment: Experiment, loss: ExperimentLoss): (number | null)[][] {
  const steps = measuredSteps(experiment);
  return [
    steps,
    ...VARIANT_LOOKS.map(({ id }) => {
      const at = new Map(resultOf(experiment, id).points.map((point) => [point.step, point[loss]]));
      return steps.map((step) => at.get(step) ?? null);
    }),
  ];
}

export interface ExperimentPlotControl {
  /** The last step. */
  readonly steps: () => number;
  /** Loss of guessing by frequency; undefined where it would say nothing. */
  readonly baseline: () => number | undefined;
  readonly onCursor: (step: number | undefined) => void;
}

/** In CSS pixels, on the canvas and in the legend. */
export const BASELINE_DASH: readonly number[] = [1, 4];

export function experimentPlotOptions(colours: ThemeColours, control: ExperimentPlotControl): PlotOptions {
  return {
    legend: { show: false },
    padding: [10, 16, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: () => [0, Math.max(1, control.steps())] },
      y: { range: (_, least, greatest) => lossRange(least, greatest, control.baseline()) },
    },
    series: [
      {},
      ...VARIANT_LOOKS.map(({ short, dash, width }, at): uPlot.Series => ({
        label: short,
        stroke: colours.series[at] ?? colours.text,
        width,
        dash: [...dash],
        spanGaps: true,
        points: { show: false },
      })),
    ],
    axes: [
      stepAxis(colours),
      plotAxis(colours, {
        size: 40,
        gap: 6,
        space: 30,
        values: (_, ticks) => ticks.map((tick) => String(Number(tick.toPrecision(4)))),
      }),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx, left = -1 } = plot.cursor;
          control.onCursor(left < 0 || idx === null || idx === undefined ? undefined : plot.data[0][idx]);
        },
      ],
      drawAxes: [(plot) => drawBaseline(plot, colours, control.baseline())],
    },
  };
}

function lossRange(least: number | null, greatest: number | null, baseline: number | undefined): uPlot.Range.MinMax {
  const max = Math.max(greatest ?? 0, baseline ?? 0);
  return [0, max > 0 ? max * 1.06 : Math.max(1, least ?? 1)];
}

function drawBaseline(plot: uPlot, colours: ThemeColours, baseline: number | undefined): void {
  if (baseline === undefined) return;
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  const y = Math.round(plot.valToPos(baseline, 'y', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colours.muted;
  ctx.lineWidth = pixels;
  ctx.setLineDash(BASELINE_DASH.map((length) => length * pixels));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
