// The log of metric rows: nothing lost while it grows, each row sent once, saved rows never again.
import { describe, expect, it } from 'vitest';
import { MetricLog } from './metricLog.ts';

const row = (step: number): number[] => [step, 10 / step, 1e-3, 1, 900];
const steps = (rows: Float32Array): number[] => [...rows].filter((_, i) => i % 5 === 0);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('MetricLog', () => {
  it('keeps every row in order while it grows', () => {
    const log = new MetricLog();
    for (const step of upTo(1500)) log.append(row(step));
    expect(steps(log.all())).toEqual(upTo(1500));
    expect(log.all().slice(-5)).toEqual(Float32Array.from(row(1500)));
  });

  it('gives each row once to be sent, in arrays of its own', () => {
    const log = new MetricLog();
    expect(log.takeUnsent()).toHaveLength(0);
    log.append(row(1));
    log.append(row(2));
    const sent = log.takeUnsent();
    expect(steps(sent)).toEqual([1, 2]);
    expect(log.takeUnsent()).toHaveLength(0);
    // As transferring does.
    sent.fill(0);
    log.append(row(3));
    expect(steps(log.takeUnsent())).toEqual([3]);
    expect(steps(log.all())).toEqual([1, 2, 3]);
  });

  it('starts from saved rows, which it does not send, and grows beyond them', () => {
    const saved = Float32Array.from([...row(1), ...row(2)]);
    const log = new MetricLog(saved);
    expect(log.takeUnsent()).toHaveLength(0);
    for (const step of upTo(700).slice(2)) log.append(row(step));
    expect(steps(log.takeUnsent())).toEqual(upTo(700).slice(2));
    expect(steps(log.all())).toEqual(upTo(700));
    expect(saved).toHaveLength(10);
  });

  it('tells the last loss, none before the first step', () => {
    const log = new MetricLog();
    expect(log.lastLoss()).toBeNaN();
    log.append(row(1));
    log.append(row(4));
    expect(log.lastLoss()).toBe(2.5);
    expect(new MetricLog(Float32Array.from(row(2))).lastLoss()).toBe(5);
  });
});
