// Reads of four neighbours of a matrix in WGSL, with all that does not change from turn to turn of the loop over k
// computed once before it. A read's `term` counts from k on.
import type { Operand } from './product.ts';

/** Writes the reads of one operand in turns of `terms` terms. In WGSL `k` is the turn's first term. */
export class Reads {
  readonly #operand: Operand;
  readonly #terms: number;
  readonly #clamps: boolean;
  /** Distance of two rows in memory, in vec4s where rows are whole vec4s. */
  readonly #stride: number;

  /** @param clamps places beyond the matrix are asked for; its last ones are read instead */
  constructor(operand: Operand, terms: number, clamps: boolean) {
    this.#operand = operand;
    this.#terms = terms;
    this.#clamps = clamps;
    this.#stride = operand.aligned ? operand.width / 4 : operand.width;
  }

  /** Statements before the loop, for a read called `name` at a place and a term (expressions, u32). */
  prepare(name: string, place: string, term: string): string[] {
    const { along, extent, aligned } = this.#operand;
    const kept = (place: string, last: number): string => (this.#clamps ? `min(${place}, ${last}u)` : `(${place})`);
    if (along === 'depth') {
      const row = `${kept(place, extent - 1)} * ${this.#stride}u`;
      if (aligned) return [`let ${name} = ${row} + ${term} / 4u;`];
      // The last turn may be shorter than a read: what lies beyond is not used, but must be in the matrix.
      return FOUR.map((j) => `let ${name}_${j} = ${row} + min(${term} + ${j}u, ${this.#terms - 1}u);`);
    }
    const row = `${term} * ${this.#stride}u`;
    if (aligned) return [`let ${name} = ${row} + ${kept(place, extent - 4)} / 4u;`];
    return FOUR.map((j) => `let ${name}_${j} = ${row} + ${kept(`${place} + ${j}u`, extent - 1)};`);
  }

  /** Statements at the start of a turn. */
  turn(): string[] {
    const { name, along, aligned } = this.#operand;
    return [`let ${name}_k = k ${along === 'depth' ? `/ ${aligned ? 4 : 1}u` : `* ${this.#stride}u`};`];
  }

  /**
   * Expression (vec4f) of a prepared read; where neighbours lie along the sum, of four terms.
   * @param later terms after the prepared one; only where neighbours lie across the sum
   */
  read(name: string, later = 0): string {
    const matrix = this.#operand.name;
    const from = later === 0 ? `${matrix}_k` : `${matrix}_k + ${later * this.#stride}u`;
    if (this.#operand.aligned) return `vec4f(${matrix}[${name} + ${from}])`;
    return `vec4f(${FOUR.map((j) => `${matrix}_at(${name}_${j} + ${from})`).join(', ')})`;
  }
}

const FOUR = [0, 1, 2, 3] as const;
