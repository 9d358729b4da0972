// Decoding for models whose past cannot be kept: where tokens look ahead, or the answer comes from all tokens at once,
// each new token changes what was computed for those before it. The last `contextLength` tokens are read anew every time.
import { requireEqualCounts, requireParents, type Decoder } from './languageModel.ts';

/**
 * @param ids [S·visible], the windows side by side @param visible tokens of each window
 * @returns logits after each window, [V]
 */
export type FinalLogits = (ids: Int32Array, visible: number) => Promise<Float32Array[]>;

export class WindowDecoder implements Decoder {
  readonly slides = true;
  readonly #contextLength: number;
  readonly #finalLogits: FinalLogits;
  #windows: number[][];
  #length = 0;

  constructor(contextLength: number, samples: number, finalLogits: FinalLogits) {
    this.#contextLength = contextLength;
    this.#finalLogits = finalLogits;
    this.#windows = Array.from({ length: samples }, () => []);
  }

  get length(): number {
    return this.#length;
  }

  async read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const count = requireEqualCounts(tokens);
    if (tokens.length !== this.#windows.length) {
      throw new RangeError(`This decoder reads ${this.#windows.length} sequences.`);
    }
    this.#windows = this.#windows.map((window, i) => [...window, ...(tokens[i] ?? [])].slice(-this.#contextLength));
    this.#length += count;
    const ids = Int32Array.from(this.#windows.flat());
    return this.#finalLogits(ids, ids.length / this.#windows.length);
  }

  async reorder(parents: readonly number[]): Promise<void> {
    requireParents(parents, this.#windows.length);
    this.#windows = parents.map((parent) => [...(this.#windows[parent] ?? [])]);
  }

  reset(): void {
    this.#windows = this.#windows.map(() => []);
    this.#length = 0;
  }

  dispose(): void {
    this.reset();
  }
}
