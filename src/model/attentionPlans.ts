// Attention weights of one layer as plans, of texts of any length: a plan has places for about as many tokens as there
// are. Small plans are kept for the next look; large ones are given back after it.
import { attentionPlaces, WEIGHTS_COPIED } from '../config/attentionMemory.ts';
import type { Plan } from '../engine/plan.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { Readback } from '../engine/readback.ts';
import { StepData } from '../engine/stepData.ts';
import { attentionGraph, type PlannedShape } from './graphs.ts';

interface AttentionPlan {
  readonly plan: Plan;
  readonly data: StepData;
  /** T': places for tokens. */
  readonly places: number;
}

/** Bytes on the device that plans may hold between two looks, all together. */
const KEPT_BYTES = 1 << 24;

/** One look at a time. */
export class AttentionPlans {
  readonly #context: PlanContext;
  readonly #shape: PlannedShape;
  readonly #parameters: GPUBuffer;
  /** The last one used at the end. */
  readonly #kept = new Map<string, AttentionPlan>();

  constructor(context: PlanContext, shape: PlannedShape, parameters: GPUBuffer) {
    this.#context = context;
    this.#shape = shape;
    this.#parameters = parameters;
  }

  /**
   * @param ids [T], at most the context @returns [H, T, T]
   * @throws DeviceMemoryError if the device has not the memory; it then holds no more than before
   */
  async weights(ids: Int32Array, layer: number): Promise<Float32Array> {
    const { contextLength, causal } = this.#shape.model;
    const places = attentionPlaces(ids.length, contextLength);
    const key = `${layer} ${places}`;
    const ready = this.#kept.get(key) ?? (await this.#build(places, layer));
    this.#kept.delete(key);
    try {
      const { plan, data } = ready;
      data.ints('ids').fill(0).set(ids);
      if (!causal) data.ints('visible')[0] = ids.length;
      data.write();
      plan.run();
      const weights = await this.#read(ready, ids.length);
      this.#kept.set(key, ready);
      return weights;
    } finally {
      if (!this.#kept.has(key)) disposePlan(ready);
      this.#keepWithin(KEPT_BYTES);
    }
  }

  dispose(): void {
    this.#keepWithin(0);
  }

  /** Of what has places for more tokens, the part that the text has; a few heads at a time. */
  async #read({ plan, places }: AttentionPlan, length: number): Promise<Float32Array> {
    const { nHead } = this.#shape.model;
    const { buffer, offset = 0 } = plan.binding('weights');
    const headBytes = 4 * places * places;
    const together = Math.max(1, Math.floor(WEIGHTS_COPIED / headBytes));
    const weights = new Float32Array(nHead * length * length);
    const readback = new Readback(this.#context.device);
    try {
      for (let head = 0; head < nHead; head += together) {
        const heads = Math.min(together, nHead - head);
        const region = { buffer, offset: offset + head * headBytes, bytes: heads * headBytes };
        const [bytes = new ArrayBuffer(0)] = await readback.read([region]);
        const values = new Float32Array(bytes);
        for (let row = 0; row < heads * length; row++) {
          const start = (Math.floor(row / length) * places + (row % length)) * places;
          weights.set(values.subarray(start, start + length), (head * length + row) * length);
        }
      }
      return weights;
    } finally {
      readback.dispose();
    }
  }

  async #build(places: number, layer: number): Promise<AttentionPlan> {
    // Where tokens look ahead, they are told where the text ends.
    const sections = { ids: places, ...(!this.#shape.model.causal && { visible: 1 }) };
    const data = new StepData(this.#context.device, sections);
    const buffers = { parameters: { buffer: this.#parameters }, ...data.bindings() };
    try {
      const graph = attentionGraph(this.#shape, places, layer);
      return { data, places, plan: await this.#context.build(graph, { buffers }) };
    } catch (error) {
      data.dispose();
      throw error;
    }
  }

  /** Gives back the plans that were unused for longest. */
  #keepWithin(most: number): void {
    let bytes = [...this.#kept.values()].reduce((sum, plan) => sum + bytesOf(plan), 0);
    for (const [key, plan] of this.#kept) {
      if (bytes <= most) return;
      bytes -= bytesOf(plan);
      disposePlan(plan);
      this.#kept.delete(key);
    }
  }
}

const bytesOf = ({ plan: { memory }, data }: AttentionPlan): number =>
  memory.plannedBytes + memory.ownBytes + data.bytes;

function disposePlan({ plan, data }: AttentionPlan): void {
  plan.dispose();
  data.dispose();
}
