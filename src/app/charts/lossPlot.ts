// The loss chart's uPlot options: three series, two labelled reference lines, a linear or logarithmic axis.
// Holds no state; what is hidden, zoomed or in which unit is asked of the caller while drawing.
import type uPlot from 'uplot';
import { logarithmicTicks } from './axisTicks.ts';
import type { PlotOptions } from './Plot.tsx';
import { plotAxis, plotCursor, selectionHook, stepAxis, stepScale, type StepAxisControl } from './plotParts.ts';
import type { ThemeColours } from './themeColours.ts';

export const LOSS_SERIES = ['loss', 'smoothed', 'validation', 'uniform', 'unigram'] as const;
export type LossSeriesName = (typeof LOSS_SERIES)[number];

export interface ReferenceLine {
  readonly name: 'uniform' | 'unigram';
  readonly label: string;
  /** In the unit on screen. */
  readonly value: number;
}

export interface LossPlotControl extends StepAxisControl {
  readonly isZoomed: () => boolean;
  readonly isHidden: (name: LossSeriesName) => boolean;
  readonly references: () => readonly ReferenceLine[];
  readonly onCursor: (step: number | undefined) => void;
}

/** Dash patterns in CSS pixels: told apart without colour, the same in the legend and on the canvas. */
export const LOSS_DASHES: Record<LossSeriesName, readonly number[]> = {
  loss: [],
  smoothed: [],
  validation: [],
  uniform: [2, 4],
  unigram: [9, 5],
};

export function lossColour(name: LossSeriesName, colours: ThemeColours): string {
  const [first, second, , fourth] = colours.series;
  return { loss: first, smoothed: first, validation: second, uniform: colours.muted, unigram: fourth }[name];
}

export function lossPlotOptions(colours: ThemeColours, logarithmic: boolean, control: LossPlotControl): PlotOptions {
  const line = (name: LossSeriesName, more: uPlot.Series): uPlot.Series => ({
    label: name,
    stroke: lossColour(name, colours),
    show: !control.isHidden(name),
    spanGaps: true,
    points: { show: false },
    ...more,
  });
  return {
    legend: { show: false },
    padding: [10, 16, 0, 0],
    cursor: plotCursor(control),
    scales: {
      x: stepScale(control),
      y: {
        distr: logarithmic ? 3 : 1,
        range: (_, least, greatest) => lossRange(least, greatest, logarithmic, control),
      },
    },
    series: [
      {},
      line('loss', { width: 1, alpha: 0.38 }),
      line('smoothed', { width: 2 }),
      line('validation', {
        width: 1.5,
        points: { show: true, size: 6, stroke: lossColour('validation', colours), fill: colours.panel, width: 1.5 },
      }),
    ],
    axes: [
      stepAxis(colours),
      plotAxis(colours, {
        size: 44,
        gap: 6,
        space: 34,
        values: (_, ticks) => ticks.map((tick) => String(Number(tick.toPrecision(4)))),
        ...(logarithmic && {
          splits: (_plot: uPlot, _axis: number, min: number, max: number) => logarithmicTicks(min, max),
          filter: (_plot: uPlot, splits: number[]) => splits,
        }),
      }),
    ],
    hooks: {
      setSelect: [selectionHook(control)],
      setCursor: [
        (plot) => {
          const { idx, left = -1 } = plot.cursor;
          control.onCursor(left < 0 || idx === null || idx === undefined ? undefined : plot.data[0][idx]);
        },
      ],
      drawAxes: [(plot) => drawReferences(plot, colours, control)],
    },
  };
}

/** The whole chart keeps its baselines in sight; a zoomed one fits the data. */
function lossRange(
  least: number | null,
  greatest: number | null,
  logarithmic: boolean,
  control: LossPlotControl,
): uPlot.Range.MinMax {
  const values = [least, greatest].filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (!control.isZoomed() || values.length === 0) values.push(...shownReferences(control).map(({ value }) => value));
  if (values.length === 0) return logarithmic ? [0.1, 10] : [0, 10];
  const min = Math.min(...values);
  const max = Math.max(...values);
  if (logarithmic) return [Math.max(1e-6, min) * 0.92, Math.max(2e-6, max) * 1.08];
  const padding = Math.max((max - min) * 0.06, Math.abs(max) * 0.004, 1e-6);
  return [min >= 0 ? Math.max(0, min - padding) : min - padding, max + padding];
}

function shownReferences(control: LossPlotControl): readonly ReferenceLine[] {
  return control.references().filter(({ name }) => !control.isHidden(name));
}

function drawReferences(plot: uPlot, colours: ThemeColours, control: LossPlotControl): void {
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  const labelHeight = 15 * pixels;
  let lastLabelY = Number.NEGATIVE_INFINITY;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - 8 * pixels, bbox.width, bbox.height + 8 * pixels);
  ctx.clip();
  ctx.font = `${11 * pixels}px ${colours.font}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = 1.25 * pixels;
  for (const { name, label, value } of shownReferences(control)) {
    const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
    if (y < bbox.top - 1 || y > bbox.top + bbox.height + 1) continue;
    const colour = lossColour(name, colours);
    ctx.strokeStyle = colour;
    ctx.setLineDash(LOSS_DASHES[name].map((length) => length * pixels));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // Under its line where it would run into the label above it.
    const above = y - 4 * pixels;
    const labelY = above - labelHeight < lastLabelY || above - 10 * pixels < bbox.top ? y + 13 * pixels : above;
    lastLabelY = labelY;
    const right = bbox.left + bbox.width - 4 * pixels;
    const width = ctx.measureText(label).width;
    ctx.globalAlpha = 0.8;
    ctx.fillStyle = colours.panel;
    ctx.fillRect(right - width - 3 * pixels, labelY - 10 * pixels, width + 6 * pixels, 12.5 * pixels);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour;
    ctx.fillText(label, right, labelY);
  }
  ctx.restore();
}
