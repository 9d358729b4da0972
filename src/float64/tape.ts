// Reverse-mode differentiation of whole arrays in double precision: each operation computes its values at once and
// leaves a function that sends its gradient back to its inputs. It knows no operation and shares no code with the one
// that TensorFlow.js has.

/** An array of the computation, and what has flowed back to it so far. */
export interface Value {
  readonly values: Float64Array;
  /** As long as `values`; empty on a tape that only computes. */
  readonly gradient: Float64Array;
}

const NOTHING = new Float64Array();

export class Tape {
  /** Whether gradients are wanted; without them an operation costs its values alone. */
  readonly records: boolean;
  readonly #back: (() => void)[] = [];

  constructor(records: boolean) {
    this.records = records;
  }

  /** The result of an operation. @param back adds to the gradients of its inputs what its own gradient says */
  value(values: Float64Array, back: (own: Float64Array) => void): Value {
    if (!this.records) return { values, gradient: NOTHING };
    const gradient = new Float64Array(values.length);
    this.#back.push(() => back(gradient));
    return { values, gradient };
  }

  /** Sends the derivative of `end`, a single number, back to everything that it was made from. Once per tape. */
  differentiate({ gradient }: Value): void {
    gradient.fill(1);
    for (const step of this.#back.toReversed()) step();
  }
}

/** Adds to one entry. */
export function addAt(array: Float64Array, index: number, amount: number): void {
  array[index] = (array[index] ?? 0) + amount;
}
