// All metric rows of a run, growing by doubling, and which of them the page has not been sent yet.
import { METRIC_COLUMNS } from '../protocol/messages.ts';

const WIDTH = METRIC_COLUMNS.length;
const LOSS = METRIC_COLUMNS.indexOf('loss');

export class MetricLog {
  #rows: Float32Array<ArrayBuffer>;
  #length: number;
  #sent: number;

  /** @param rows what a saved run had; the page gets those with the opened run. */
  constructor(rows: Float32Array = new Float32Array()) {
    this.#rows = Float32Array.from(rows);
    this.#length = rows.length;
    this.#sent = rows.length;
  }

  append(row: readonly number[]): void {
    if (this.#length + WIDTH > this.#rows.length) {
      const grown = new Float32Array(Math.max(256 * WIDTH, 2 * this.#rows.length));
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows.set(row, this.#length);
    this.#length += WIDTH;
  }

  /** A copy of all rows. */
  all(): Float32Array<ArrayBuffer> {
    return this.#rows.slice(0, this.#length);
  }

  /** A copy of the rows since the last call. */
  takeUnsent(): Float32Array<ArrayBuffer> {
    const rows = this.#rows.slice(this.#sent, this.#length);
    this.#sent = this.#length;
    return rows;
  }

  lastLoss(): number {
    return this.#length === 0 ? Number.NaN : (this.#rows[this.#length - WIDTH + LOSS] ?? Number.NaN);
  }
}
