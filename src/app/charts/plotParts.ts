// What the charts' plots have in common: axes, the shared crosshair and zooming by dragging.
import type uPlot from 'uplot';
import type { StepRange } from './lossSeries.ts';
import { readableCompact } from './readableNumber.ts';
import type { ThemeColours } from './themeColours.ts';

export interface StepAxisControl {
  /** The steps in sight. */
  readonly range: () => StepRange;
  readonly onSelect: (from: number, to: number) => void;
  readonly onReset: () => void;
}

const FONT_PX = 11;
const SYNC_KEY = 'training';

/** Crosshair shared by all training plots, drag to zoom, double click to reset. */
export function plotCursor(control: StepAxisControl): uPlot.Cursor {
  return {
    y: false,
    drag: { x: true, y: false, setScale: false, dist: 4 },
    sync: { key: SYNC_KEY, setSeries: false, scales: ['x', null] },
    points: { size: 7 },
    bind: {
      dblclick: () => () => {
        control.onReset();
        return null;
      },
    },
  };
}

/** Hands a dragged selection to the caller and clears it. */
export function selectionHook(control: StepAxisControl): (plot: uPlot) => void {
  return (plot) => {
    const { left, width } = plot.select;
    if (width < 4) return;
    const from = plot.posToVal(left, 'x');
    const to = plot.posToVal(left + width, 'x');
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    control.onSelect(from, to);
  };
}

export function stepScale(control: StepAxisControl): uPlot.Scale {
  return {
    time: false,
    range: () => {
      const { min, max } = control.range();
      return [min, max];
    },
  };
}

export function plotAxis(colours: ThemeColours, more: uPlot.Axis): uPlot.Axis {
  return {
    stroke: colours.muted,
    font: `${FONT_PX}px ${colours.font}`,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    ...more,
  };
}

export function stepAxis(colours: ThemeColours, more: uPlot.Axis = {}): uPlot.Axis {
  return plotAxis(colours, {
    size: 24,
    gap: 4,
    space: 60,
    incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000],
    values: (_, steps) => steps.map((step) => (step < 10_000 ? String(step) : readableCompact(step))),
    ...more,
  });
}
