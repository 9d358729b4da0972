// Numbers as people read them on charts and beside tokens: losses, rates, shares.
// Only formatting; units and words are the caller's.

import { formatCount } from '../formatNumber.ts';

const ABSENT = '–';

/** A loss in nats or bits: three decimals below 10, two above. Not finite gives a dash. */
export function readableLoss(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  return value.toFixed(Math.abs(value) < 10 ? 3 : 2);
}

/** Three significant digits; below 0.001 with a power of ten (3.00e-4). */
export function readableSmall(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  if (value === 0) return '0';
  return Math.abs(value) < 1e-3 ? value.toExponential(2) : Number(value.toPrecision(3)).toString();
}

/** A count or rate with k or M: 950, 18.2k, 1.25M. */
export function readableCompact(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  const size = Math.abs(value);
  if (size >= 999_500) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1000) return `${Number((value / 1000).toPrecision(3))}k`;
  return Number(value.toPrecision(3)).toString();
}

/** A share 0 … 1 as per cent: whole from 10%, one decimal from 1%, two below. */
export function readableShare(share: number): string {
  if (!Number.isFinite(share)) return ABSENT;
  const percent = share * 100;
  if (percent > 0 && percent < 0.005) return '<0.01%';
  const digits = percent >= 9.95 || percent === 0 ? 0 : percent >= 0.995 ? 1 : 2;
  return `${percent.toFixed(digits)}%`;
}

/** "1 token", "48 tokens": a count with its noun. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
