// Decoding as plans: keys and values stay in place on the GPU, one replay reads one token of every sequence, and a
// longer text is read in pieces.
import type { Plan } from '../engine/plan.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { Readback } from '../engine/readback.ts';
import { StepData } from '../engine/stepData.ts';
import { cacheName, decodingGraph, type PlannedShape } from './graphs.ts';
import { requireParents, requireReadable, TooManySequencesError, type Decoder } from './languageModel.ts';

/** Tokens of each sequence that one replay reads of a longer text. */
const PIECE = 16;

interface ReadingPlan {
  readonly plan: Plan;
  readonly data: StepData;
}

/** Caches for a number of sequences and the plans that read into them; used by one decoder at a time. */
export class DecodingPlans {
  readonly samples: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly #context: PlanContext;
  readonly #shape: PlannedShape;
  readonly #caches: Record<string, GPUBufferBinding>;
  /** Of one layer's keys and values of one sequence, the whole context. */
  readonly #bytesPerSequence: number;
  /** Holds one layer's sequences while they change places; made when first needed. */
  #scratch: GPUBuffer | undefined;
  readonly #parameters: GPUBuffer;
  readonly #readback: Readback;
  readonly #plans = new Map<number, Promise<ReadingPlan>>();

  constructor(context: PlanContext, shape: PlannedShape, parameters: GPUBuffer, samples: number, vocabSize: number) {
    const { nLayer, nEmbd, contextLength } = shape.model;
    this.#context = context;
    this.#shape = shape;
    this.#parameters = parameters;
    this.samples = samples;
    this.vocabSize = vocabSize;
    this.contextLength = contextLength;
    this.#readback = new Readback(context.device);
    const size = 4 * samples * contextLength * 2 * nEmbd;
    this.#bytesPerSequence = size / samples;
    const { maxBufferSize, maxStorageBufferBindingSize } = context.device.limits;
    const most = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / this.#bytesPerSequence);
    if (samples > most) throw new TooManySequencesError(samples, most);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    this.#caches = Object.fromEntries(
      Array.from({ length: nLayer }, (_, layer) => [
        cacheName(layer),
        { buffer: context.device.createBuffer({ label: 'keys and values', size: Math.ceil(size / 16) * 16, usage }) },
      ]),
    );
  }

  /**
   * Reads `count` tokens of every sequence at `position`.
   * @param last which of them is followed by what is asked; undefined where nothing is
   */
  async read(
    tokens: readonly (readonly number[])[],
    count: number,
    position: number,
    last: number | undefined,
  ): Promise<Float32Array[]> {
    const { plan, data } = await this.#planFor(count);
    const ids = data.ints('ids');
    tokens.forEach((sequence, sample) => {
      for (let k = 0; k < count; k++) ids[sample * count + k] = sequence[k] ?? 0;
    });
    data.ints('position')[0] = position;
    data.write();
    const { device } = this.#context;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    plan.encode(pass);
    pass.end();
    const { buffer, offset = 0 } = plan.binding('logits');
    const bytes = 4 * this.vocabSize;
    const regions = tokens.map((_, sample) => ({
      buffer,
      bytes,
      offset: offset + (sample * count + (last ?? 0)) * bytes,
    }));
    const copy = last === undefined ? undefined : this.#readback.copy(encoder, regions);
    device.queue.submit([encoder.finish()]);
    return (await copy?.take())?.map((values) => new Float32Array(values)) ?? [];
  }

  /**
   * Copies what sequence parents[i] has read to sequence i, in every layer.
   * @param length tokens read
   */
  reorder(parents: readonly number[], length: number): void {
    const moves = parents.flatMap((parent, sequence) => (parent === sequence ? [] : [{ parent, sequence }]));
    if (moves.length === 0 || length === 0) return;
    const whole = this.#bytesPerSequence;
    const bytes = (whole / this.contextLength) * length;
    const { device } = this.#context;
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const scratch = (this.#scratch ??= device.createBuffer({
      label: 'keys and values changing places',
      size: Math.ceil((whole * this.samples) / 16) * 16,
      usage,
    }));
    const encoder = device.createCommandEncoder();
    for (const { buffer } of Object.values(this.#caches)) {
      for (const { parent, sequence } of moves) {
        encoder.copyBufferToBuffer(buffer, parent * whole, scratch, sequence * whole, bytes);
      }
      for (const { sequence } of moves) {
        encoder.copyBufferToBuffer(scratch, sequence * whole, buffer, sequence * whole, bytes);
      }
    }
    device.queue.submit([encoder.finish()]);
  }

  dispose(): void {
    for (const { buffer } of Object.values(this.#caches)) buffer.destroy();
    this.#scratch?.destroy();
    for (const ready of this.#plans.values()) {
      void ready.then(
        ({ plan, data }) => {
          plan.dispose();
          data.dispose();
        },
        () => {},
      );
    }
    this.#plans.clear();
    this.#readback.dispose();
  }

  #planFor(count: number): Promise<ReadingPlan> {
    const known = this.#plans.get(count);
    if (known) return known;
    const ready = this.#build(count);
    this.#plans.set(count, ready);
    ready.catch(() => this.#plans.delete(count));
    return ready;
  }

  async #build(count: number): Promise<ReadingPlan> {
    const data = new StepData(this.#context.device, { ids: this.samples * count, position: 1 });
    const buffers = { parameters: { buffer: this.#parameters }, ...this.#caches, ...data.bindings() };
    try {
      const graph = decodingGraph(this.#shape, this.samples, count);
      return { data, plan: await this.#context.build(graph, { buffers, precision: 'f32' }) };
    } catch (error) {
      data.dispose();
      throw error;
    }
  }
}

export class PlannedDecoder implements Decoder {
  #plans: DecodingPlans | undefined;
  readonly #giveBack: () => void;
  #length = 0;

  constructor(plans: DecodingPlans, giveBack: () => void) {
    this.#plans = plans;
    this.#giveBack = giveBack;
  }

  get length(): number {
    return this.#length;
  }

  async read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const plans = this.#plans;
    if (plans === undefined) throw new Error('This decoder has been disposed.');
    if (tokens.length !== plans.samples) throw new RangeError(`This decoder reads ${plans.samples} sequences.`);
    const total = requireReadable(tokens, this.#length, plans.contextLength);
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

  reorder(parents: readonly number[]): void {
    const plans = this.#plans;
    if (plans === undefined) throw new Error('This decoder has been disposed.');
    requireParents(parents, plans.samples);
    plans.reorder(parents, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  dispose(): void {
    if (this.#plans) this.#giveBack();
    this.#plans = undefined;
  }
}
