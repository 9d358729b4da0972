// A decoder as plans: one replay reads one token of every sequence, and a longer text is read in pieces.
import { PIECE } from '../config/decodingMemory.ts';
import type { Cut } from '../ops/tokenChoice/drawToken.ts';
import type { DecodingPlans } from './decodingPlans.ts';
import { requireParents, requireReadable, type Decoder, type DeviceWriter, type DrawnTokens } from './languageModel.ts';

export class PlannedDecoder implements Decoder, DeviceWriter {
  readonly writer: DeviceWriter = this;
  #plans: DecodingPlans | undefined;
  readonly #giveBack: () => void;
  #length = 0;
  /** Whether the last token was drawn when the context was full, and so not read. */
  #hasUnread = false;

  constructor(plans: DecodingPlans, giveBack: () => void) {
    this.#plans = plans;
    this.#giveBack = giveBack;
  }

  get length(): number {
    return this.#length;
  }

  get slides(): boolean {
    return this.#plans?.slides ?? false;
  }

  async read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const plans = this.#plans;
    if (plans === undefined) throw new Error('This decoder has been disposed.');
    if (tokens.length !== plans.samples) throw new RangeError(`This decoder reads ${plans.samples} sequences.`);
    const total = requireReadable(tokens, this, plans.contextLength);
    let logits: Float32Array[] = [];
    for (let done = 0; done < total;) {
      const rest = total - done;
      // A last piece may be longer than the text: what it reads beyond is overwritten before anything looks at it.
      const size = rest > 1 && this.#length + PIECE <= plans.contextLength ? PIECE : 1;
      const count = Math.min(size, rest);
      const isLast = done + count === total;
      const piece = tokens.map((sequence) => sequence.slice(done, done + count));
      logits = await plans.read(piece, size, this.#length, isLast ? count - 1 : undefined);
      done += count;
      this.#length += count;
    }
    return logits;
  }

  get room(): number {
    const plans = this.#plans;
    if (plans === undefined || this.#hasUnread) return 0;
    // After the context's last token there is one more to draw.
    return plans.slides ? plans.mostAhead : Math.min(plans.mostAhead, plans.contextLength - this.#length + 1);
  }

  async write(draws: readonly (readonly number[])[], cut: Cut): Promise<DrawnTokens[]> {
    const plans = this.#plans;
    if (plans === undefined) throw new Error('This decoder has been disposed.');
    if (draws.length > this.room) throw new RangeError(`No more than ${this.room} tokens can be written at once here.`);
    const drawn = await plans.write(draws, cut, this.#length);
    const read = plans.slides ? draws.length : Math.min(draws.length, plans.contextLength - this.#length);
    this.#length += read;
    this.#hasUnread = read < draws.length;
    return drawn;
  }

  async reorder(parents: readonly number[]): Promise<void> {
    const plans = this.#plans;
    if (plans === undefined) throw new Error('This decoder has been disposed.');
    requireParents(parents, plans.samples);
    await plans.reorder(parents, this.#length);
  }

  reset(): void {
    this.#length = 0;
    this.#hasUnread = false;
  }

  dispose(): void {
    if (this.#plans) this.#giveBack();
    this.#plans = undefined;
  }
}
