// Texts of equal length that grow token by token, read through one decoder. When the context is full and the
// decoder does not slide, the last part of each is read anew: learned positions leave no cheaper way.
import type { Exclusive } from '../engine/exclusive.ts';
import type { Cut } from '../ops/tokenChoice/drawToken.ts';
import type { Decoder, DrawnTokens, LanguageModel } from '../model/languageModel.ts';

/** Share of the context that is read again when it is full. */
const KEPT_SHARE = 0.75;

export class RollingReader {
  readonly #decoder: Decoder;
  readonly #contextLength: number;
  readonly #exclusive: Exclusive;
  #texts: readonly number[][];
  /** What the decoder has not read yet, equally many tokens of each text. */
  #unread: readonly (readonly number[])[];
  /** From which of the texts read each text goes on; undefined where from itself. */
  #parents: readonly number[] | undefined;

  private constructor(decoder: Decoder, contextLength: number, texts: readonly number[][], exclusive: Exclusive) {
    this.#decoder = decoder;
    this.#contextLength = contextLength;
    this.#exclusive = exclusive;
    this.#texts = texts;
    this.#unread = texts.map((text) => text.slice(-contextLength));
  }

  /** @param start what each of the `samples` texts begins with, at least one token. Caller disposes. */
  static async open(
    model: LanguageModel,
    start: readonly number[],
    samples: number,
    exclusive: Exclusive,
  ): Promise<RollingReader> {
    const texts = Array.from({ length: samples }, () => [...start]);
    return new RollingReader(await model.newDecoder(samples), model.config.contextLength, texts, exclusive);
  }

  /**
   * Reads what has been added since the last time.
   * @returns logits after each text, [V] each
   * @throws RangeError if nothing was
   */
  async read(): Promise<Float32Array[]> {
    const decoder = this.#decoder;
    const parents = this.#parents;
    const coming = this.#unread[0]?.length ?? 0;
    const isFull = !decoder.slides && decoder.length + coming > this.#contextLength;
    const kept = Math.max(1, Math.floor(this.#contextLength * KEPT_SHARE));
    const unread = isFull ? this.#texts.map((text) => text.slice(-kept)) : this.#unread;
    const rows = await this.#exclusive(async () => {
      if (isFull) decoder.reset();
      else if (parents) await decoder.reorder(parents);
      return decoder.read(unread);
    });
    this.#unread = [];
    this.#parents = undefined;
    return rows;
  }

  /** Tokens that the device can write by itself from here; 0 if it cannot, or something must be read first. */
  get room(): number {
    return this.#unread.length === 0 ? (this.#decoder.writer?.room ?? 0) : 0;
  }

  /**
   * Lets the device draw tokens and read them, several under way at once. Adds them to the texts.
   * @param draws for each token, `room` at most, a number for each text
   */
  async write(draws: readonly (readonly number[])[], cut: Cut): Promise<DrawnTokens[]> {
    const { writer } = this.#decoder;
    if (writer === undefined) throw new Error('This decoder draws no tokens.');
    const before = this.#decoder.length;
    const drawn = await this.#exclusive(() => writer.write(draws, cut));
    for (const { ids } of drawn) this.#texts.forEach((text, sample) => text.push(ids[sample] ?? 0));
    const read = this.#decoder.length - before;
    // The last one may have found the context full.
    if (read < drawn.length) this.#unread = this.#texts.map((text) => text.slice(read - drawn.length));
    return drawn;
  }

  /** Adds a token to each text, after they have been read. */
  append(tokens: readonly number[]): void {
    this.#texts.forEach((text, sample) => text.push(tokens[sample] ?? 0));
    this.#unread = tokens.map((id) => [id]);
  }

  /** As `append`, where text i goes on from text parents[i]. */
  branch(parents: readonly number[], tokens: readonly number[]): void {
    this.#texts = parents.map((parent) => [...(this.#texts[parent] ?? [])]);
    if (parents.some((parent, sample) => parent !== sample)) this.#parents = parents;
    this.append(tokens);
  }

  dispose(): void {
    this.#decoder.dispose();
  }
}
