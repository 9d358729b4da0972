// The columns behind the charts: rows that come again replace what they repeat, and whoever draws is told.
import { expect, it, vi } from 'vitest';
import { METRIC_COLUMNS } from '../protocol/messages.ts';
import { MetricSeries } from './metricSeries.ts';

const rowsAt = (...steps: number[]): Float32Array =>
  Float32Array.from(steps.flatMap((step) => METRIC_COLUMNS.map((name) => (name === 'step' ? step : step + 100))));

it('appends rows, and replaces what a run that went back takes again', () => {
  const series = new MetricSeries();
  series.append(rowsAt(1, 2, 3, 4));
  series.append(rowsAt(5));
  expect(series.column('step')).toEqual([1, 2, 3, 4, 5]);
  series.append(rowsAt(3, 4));
  expect(series.column('step')).toEqual([1, 2, 3, 4]);
  expect(series.column('loss')).toEqual([101, 102, 103, 104]);
  series.append(rowsAt(1));
  for (const name of METRIC_COLUMNS) expect(series.column(name), name).toHaveLength(1);
  expect([series.last('step'), series.last('loss')]).toEqual([1, 101]);
});

it('tells who listens of everything that changes, and of nothing else', () => {
  const series = new MetricSeries();
  const [stays, leaves] = [vi.fn<() => void>(), vi.fn<() => void>()];
  series.subscribe(stays);
  series.subscribe(leaves)();
  series.append(new Float32Array());
  expect([stays.mock.calls.length, series.version]).toEqual([0, 0]);
  series.append(rowsAt(1));
  series.clear();
  expect(stays).toHaveBeenCalledTimes(2);
  expect(leaves).not.toHaveBeenCalled();
  expect([series.version, series.last('step')]).toEqual([2, undefined]);
});
