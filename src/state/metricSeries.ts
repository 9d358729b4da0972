// The training metrics of one run, kept outside React: columns that grow as rows arrive, read by the charts on
// animation frames. `version` tells a reader whether anything changed.
import { METRIC_COLUMNS } from '../protocol/messages.ts';

export type MetricName = (typeof METRIC_COLUMNS)[number];

export class MetricSeries {
  readonly #columns = new Map<MetricName, number[]>(METRIC_COLUMNS.map((name) => [name, []]));
  readonly #listeners = new Set<() => void>();
  version = 0;

  /** Appends rows of METRIC_COLUMNS; rows at or before the last known step replace what was there from that step on. */
  append(rows: Float32Array): void {
    const width = METRIC_COLUMNS.length;
    const steps = this.column('step');
    const firstStep = rows[0];
    if (firstStep === undefined) return;
    let keep = steps.length;
    while (keep > 0 && (steps[keep - 1] ?? 0) >= firstStep) keep--;
    METRIC_COLUMNS.forEach((name, offset) => {
      const column = this.#columns.get(name) ?? [];
      column.length = keep;
      for (let row = 0; row < rows.length / width; row++) column.push(rows[row * width + offset] ?? Number.NaN);
    });
    this.#changed();
  }

  clear(): void {
    for (const column of this.#columns.values()) column.length = 0;
    this.#changed();
  }

  /** The live column; do not modify. */
  column(name: MetricName): readonly number[] {
    return this.#columns.get(name) ?? [];
  }

  last(name: MetricName): number | undefined {
    return this.column(name).at(-1);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

/** The series of the run on screen. */
export const metricSeries = new MetricSeries();
