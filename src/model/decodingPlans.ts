// What decoding as plans holds: keys and values in place on the GPU for a number of sequences, and the plans that read
// into them and draw from what they leave. Who reads what when is `plannedDecoder.ts`.
import { layerCacheBytes, PIECE } from '../config/decodingMemory.ts';
import type { Plan } from '../engine/plan.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { Readback } from '../engine/readback.ts';
import { StepData } from '../engine/stepData.ts';
import { allocated, DeviceMemoryError, type CreateBuffer } from '../engine/withinMemory.ts';
import { rotaryTable } from '../ops/rotary/rotaryTable.ts';
import { cutNumbers } from '../ops/tokenChoice/tokenChoice.ts';
import type { Cut } from '../ops/tokenChoice/drawToken.ts';
import { cacheName, decodingGraph, tokenChoiceGraph, type PlannedShape } from './graphs.ts';
import { canSlide, TooManySequencesError, type DrawnTokens } from './languageModel.ts';

interface ReadingPlan {
  readonly plan: Plan;
  readonly data: StepData;
}

/** Bytes of logits that are kept of tokens written ahead, and how many tokens at most. */
const AHEAD_BYTES = 4 << 20;
const MOST_AHEAD = 16;

/** What writing ahead needs besides the plan that reads one token. */
interface Writing {
  readonly choice: Plan;
  readonly data: StepData;
  /** Ids and logits of the tokens under way, one after the other. */
  readonly log: GPUBuffer;
}

/** Caches for a number of sequences and the plans that read into them; used by one decoder at a time. */
export class DecodingPlans {
  readonly samples: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly slides: boolean;
  /** Columns of the table of rotary positions; 0 where there is none. */
  readonly #rotaryWidth: number;
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
  /** Logits after the last token read, [S, V]. */
  readonly #logits: GPUBuffer;
  #writing: Promise<Writing> | undefined;

  /** Whether a plan could not be built: such a pool is not kept for others. */
  #hasFailed = false;

  /** @throws TooManySequencesError if the device cannot hold so many sequences, or has no memory left for them */
  static async create(
    context: PlanContext,
    shape: PlannedShape,
    parameters: GPUBuffer,
    samples: number,
    vocabSize: number,
  ): Promise<DecodingPlans> {
    const { maxBufferSize, maxStorageBufferBindingSize } = context.device.limits;
    const largest = Math.max(layerCacheBytes(shape.model), 4 * PIECE * vocabSize);
    const most = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / largest);
    if (samples > most) throw new TooManySequencesError(samples, most);
    const { made } = await madeFor(samples, context.device, (create) => {
      return new DecodingPlans(context, shape, parameters, samples, vocabSize, create);
    });
    return made;
  }

  private constructor(
    context: PlanContext,
    shape: PlannedShape,
    parameters: GPUBuffer,
    samples: number,
    vocabSize: number,
    create: CreateBuffer,
  ) {
    const { nLayer, nEmbd, nHead, contextLength, positions } = shape.model;
    this.#context = context;
    this.#shape = shape;
    this.#parameters = parameters;
    this.samples = samples;
    this.vocabSize = vocabSize;
    this.contextLength = contextLength;
    this.#readback = new Readback(context.device);
    const headSize = nEmbd / nHead;
    this.slides = canSlide(shape.model);
    this.#rotaryWidth = positions === 'rotary' ? headSize : 0;
    this.#bytesPerSequence = layerCacheBytes(shape.model);
    const size = samples * this.#bytesPerSequence;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const logitsBytes = Math.ceil((4 * samples * vocabSize) / 16) * 16;
    this.#logits = create({ label: 'logits', size: logitsBytes, usage });
    this.#caches = Object.fromEntries(
      Array.from({ length: nLayer }, (_, layer) => [
        cacheName(layer),
        { buffer: create({ label: 'keys and values', size: Math.ceil(size / 16) * 16, usage }) },
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
    this.#place(data, position, count);
    data.write();
    const { device } = this.#context;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    plan.encode(pass);
    pass.end();
    if (last === undefined) {
      device.queue.submit([encoder.finish()]);
      return [];
    }
    this.#keepLogits(encoder, plan, count, last);
    const bytes = 4 * this.vocabSize;
    const copy = this.#readback.copy(encoder, [{ buffer: this.#logits, bytes: this.samples * bytes }]);
    device.queue.submit([encoder.finish()]);
    const [all = new ArrayBuffer(0)] = await copy.take();
    return tokens.map((_, sample) => new Float32Array(all, sample * bytes, this.vocabSize).slice());
  }

  #keepLogits(encoder: GPUCommandEncoder, plan: Plan, count: number, last: number): void {
    const { buffer, offset = 0 } = plan.binding('logits');
    const bytes = 4 * this.vocabSize;
    for (let sample = 0; sample < this.samples; sample++) {
      const from = offset + (sample * count + last) * bytes;
      encoder.copyBufferToBuffer(buffer, from, this.#logits, sample * bytes, bytes);
    }
  }

  /** Tokens that may be under way at once. */
  get mostAhead(): number {
    return Math.max(1, Math.min(MOST_AHEAD, Math.floor(AHEAD_BYTES / (4 * this.samples * this.vocabSize))));
  }

  /**
   * Draws and reads one token of every sequence for each of `draws`, the first at `position`; they wait for each other on
   * the device alone. A token for which the context has no place is drawn only. @param draws at most `mostAhead`
   */
  async write(draws: readonly (readonly number[])[], cut: Cut, position: number): Promise<DrawnTokens[]> {
    const { device } = this.#context;
    const { plan, data } = await this.#planFor(1);
    const { choice, data: choiceData, log } = await this.#readyToWrite();
    const [idBytes, logitsBytes] = [4 * this.samples, 4 * this.samples * this.vocabSize];
    const ids = data.binding('ids');
    choiceData.floats('cut').set(cutNumbers(cut));
    for (const [i, numbers] of draws.entries()) {
      choiceData.floats('draws').set(numbers);
      choiceData.write();
      const isRead = this.slides || position + i < this.contextLength;
      const changing = this.#place(data, position + i, 1);
      data.writeSections(...changing);
      const encoder = device.createCommandEncoder();
      const start = i * (idBytes + logitsBytes);
      encoder.copyBufferToBuffer(this.#logits, 0, log, start + idBytes, logitsBytes);
      const pass = encoder.beginComputePass();
      choice.encode(pass);
      if (isRead) plan.encode(pass);
      pass.end();
      encoder.copyBufferToBuffer(ids.buffer, ids.offset ?? 0, log, start, idBytes);
      if (isRead) this.#keepLogits(encoder, plan, 1, 0);
      device.queue.submit([encoder.finish()]);
    }
    const [all = new ArrayBuffer(0)] = await this.#readback.read([
      { buffer: log, bytes: draws.length * (idBytes + logitsBytes) },
    ]);
    return draws.map((_, i) => {
      const start = i * (idBytes + logitsBytes);
      const logitsAt = (sample: number): number => start + idBytes + 4 * sample * this.vocabSize;
      return {
        ids: [...new Int32Array(all, start, this.samples)],
        logits: Array.from({ length: this.samples }, (_, s) => new Float32Array(all, logitsAt(s), this.vocabSize)),
      };
    });
  }

  /** Says where the next tokens stand. @returns the sections that were changed */
  #place(data: StepData, position: number, count: number): string[] {
    data.ints('position')[0] = position;
    if (this.#rotaryWidth === 0) return ['position'];
    data.floats('rotary').set(rotaryTable(position, count, this.#rotaryWidth));
    return ['position', 'rotary'];
  }

  #readyToWrite(): Promise<Writing> {
    if (this.#writing) return this.#writing;
    const ready = this.#buildWriting();
    this.#writing = ready;
    ready.catch(() => {
      this.#hasFailed = true;
      this.#writing = undefined;
    });
    return ready;
  }

  async #buildWriting(): Promise<Writing> {
    const { device } = this.#context;
    const { data: reading } = await this.#planFor(1);
    const data = new StepData(device, { draws: this.samples, cut: 4 });
    const buffers = { logits: { buffer: this.#logits }, ids: reading.binding('ids'), ...data.bindings() };
    try {
      const size = this.mostAhead * 4 * this.samples * (this.vocabSize + 1);
      const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
      const choice = await this.#context.build(tokenChoiceGraph(this.samples, this.vocabSize), { buffers });
      try {
        const descriptor = { label: 'tokens under way', size, usage };
        return { choice, data, log: (await madeFor(this.samples, device, (create) => create(descriptor))).made };
      } catch (error) {
        choice.dispose();
        throw error;
      }
    } catch (error) {
      data.dispose();
      throw error;
    }
  }

  /**
   * Copies what sequence parents[i] has read to sequence i, in every layer.
   * @param length tokens read
   * @throws TooManySequencesError if the device has no memory for one more layer
   */
  async reorder(parents: readonly number[], length: number): Promise<void> {
    const moves = parents.flatMap((parent, sequence) => (parent === sequence ? [] : [{ parent, sequence }]));
    if (moves.length === 0 || length === 0) return;
    const whole = this.#bytesPerSequence;
    const bytes = (whole / this.contextLength) * Math.min(length, this.contextLength);
    const { device } = this.#context;
    const scratch = (this.#scratch ??= await this.#newScratch());
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

  async #newScratch(): Promise<GPUBuffer> {
    const { device } = this.#context;
    const size = Math.ceil((this.#bytesPerSequence * this.samples) / 16) * 16;
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const descriptor = { label: 'keys and values changing places', size, usage };
    return (await madeFor(this.samples, device, (create) => create(descriptor))).made;
  }

  /** Whether others may use these plans after their present user. */
  get isSound(): boolean {
    return !this.#hasFailed;
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
    void this.#writing?.then(
      ({ choice, data, log }) => {
        choice.dispose();
        data.dispose();
        log.destroy();
      },
      () => {},
    );
    this.#logits.destroy();
    this.#readback.dispose();
  }

  #planFor(count: number): Promise<ReadingPlan> {
    const known = this.#plans.get(count);
    if (known) return known;
    const ready = this.#build(count);
    this.#plans.set(count, ready);
    ready.catch(() => {
      this.#hasFailed = true;
      this.#plans.delete(count);
    });
    return ready;
  }

  async #build(count: number): Promise<ReadingPlan> {
    const rotary = count * this.#rotaryWidth;
    const sections = { ids: this.samples * count, position: 1, ...(rotary > 0 && { rotary }) };
    const data = new StepData(this.#context.device, sections);
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

/** As `allocated`. @throws TooManySequencesError where there is not enough memory */
async function madeFor<T>(samples: number, device: GPUDevice, make: Parameters<typeof allocated<T>>[1]) {
  try {
    return await allocated(device, make);
  } catch (error) {
    throw error instanceof DeviceMemoryError ? new TooManySequencesError(samples) : error;
  }
}
