// A plan's rows as CSV text.
import type { PlanRow } from './planRows.ts';

const HEADER = 'place,kernel,variant,shape,dispatches,milliseconds,flops,gflops_per_second,share';

/** Lines end in CR LF (RFC 4180); what was not measured is an empty field. */
export function planCsv(rows: readonly PlanRow[]): string {
  const lines = rows.map((row) =>
    [
      row.place,
      text(row.label),
      text(row.variant),
      text(row.shape),
      row.count,
      number(row.milliseconds),
      row.flops,
      number(row.gigaflopsPerSecond),
      number(row.share),
    ].join(','),
  );
  return `${[HEADER, ...lines].join('\r\n')}\r\n`;
}

const text = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const number = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(6))));
