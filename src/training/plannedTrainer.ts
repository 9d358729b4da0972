// Training as plans on a GPU: a step is one submission that creates nothing and is not waited for. Loss and gradient
// norm go to a log on the GPU that is read once for several steps.
import { GPT3_RECIPE, type TrainingConfig } from '../config/runConfig.ts';
import { learningRateAt } from '../config/schedule.ts';
import type { DispatchReport, Plan } from '../engine/plan.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { timeDispatches } from '../engine/profile.ts';
import { Readback } from '../engine/readback.ts';
import { StepData } from '../engine/stepData.ts';
import type * as tf from '../engine/tf.ts';
import { trace } from '../engine/trace.ts';
import { allocated, type CreateBuffer } from '../engine/withinMemory.ts';
import { gradientGraph } from '../model/graphs.ts';
import { askedTargets, targetCount, type Batch } from '../model/languageModel.ts';
import { initialParameters, relaid, type ParameterLayout } from '../model/parameters.ts';
import { encodePlan, type PlannedModel } from '../model/plannedModel.ts';
import { addTo } from '../ops/gradient/addTo.ts';
import { globalNorm } from '../ops/optimizer/globalNorm.ts';
import { optimizerStep } from '../ops/optimizer/optimizer.ts';
import { recordStep } from '../ops/optimizer/recordStep.ts';
import { optimizerBlocks } from './optimizerBlocks.ts';
import {
  dropoutKey,
  ruleOf,
  stepSettings,
  type OptimizerChoice,
  type StepMetrics,
  type Trainer,
  type TrainerSnapshot,
} from './trainer.ts';

/** Rows of the log, and so the most steps between two reads of it. */
const LOG_ROWS = 256;

const PROFILED_STEPS = 64;
const PROFILE_MS = 300;

/** What plans of a run are made for: a step has between 1 and `accumulation` batches. */
export type TrainerShape = Pick<TrainingConfig, 'batchSize' | 'accumulation'> & OptimizerChoice;

/** What a step costs; see `profile`. */
export interface StepProfile {
  /** By the clock, several steps in a row. */
  readonly stepMilliseconds: number;
  /** Encoding and submitting on the processor. */
  readonly encodeMilliseconds: number;
  /** Tokens of one batch; a step's other batches cost the same again, but for the update. */
  readonly tokensPerStep: number;
  readonly dispatches: readonly (DispatchReport & { readonly milliseconds: number | null })[];
}

interface Buffers {
  readonly firstMoment: GPUBuffer;
  readonly secondMoment: GPUBuffer;
  readonly gradient: GPUBuffer;
  readonly loss: GPUBuffer;
  /** Sums over a step's batches; the gradient and the loss themselves where there is one batch. */
  readonly gradientSum: GPUBuffer;
  readonly lossSum: GPUBuffer;
  readonly log: GPUBuffer;
  readonly latch: GPUBuffer;
}

interface TrainerMemory {
  readonly data: StepData;
  readonly queued: GPUBuffer | undefined;
  readonly buffers: Buffers;
}

function trainerMemory(
  { shape: { layout }, config }: PlannedModel,
  { device }: PlanContext,
  { batchSize, accumulation }: TrainerShape,
  create: CreateBuffer,
): TrainerMemory {
  const rows = batchSize * config.contextLength;
  const targets = targetCount(rows, config.contextLength, config.prediction);
  const data = new StepData(device, { ids: rows, targets, dropoutKey: 1, settings: 8 }, create);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = (label: string, bytes: number): GPUBuffer => create({ label, size: Math.max(16, bytes), usage });
  const flatBytes = 4 * layout.size;
  const gradient = buffer('gradient', flatBytes);
  const loss = buffer('loss', 4);
  const several = accumulation > 1;
  return {
    data,
    queued: several ? buffer('queued batches', data.bytes * accumulation) : undefined,
    buffers: {
      firstMoment: buffer('first moment', flatBytes),
      secondMoment: buffer('second moment', flatBytes),
      gradient,
      loss,
      gradientSum: several ? buffer('summed gradient', flatBytes) : gradient,
      lossSum: several ? buffer('summed loss', 4) : loss,
      log: buffer('step log', 8 * LOG_ROWS),
      latch: buffer('latch', 4),
    },
  };
}

export class PlannedTrainer implements Trainer {
  readonly model: PlannedModel;
  readonly stepsAtOnce = LOG_ROWS;
  readonly #context: PlanContext;
  readonly #seed: number;
  readonly #shape: TrainerShape;
  readonly #data: StepData;
  /** Data of a step's batches after the first; each takes its turn in `#data`. */
  readonly #queued: GPUBuffer | undefined;
  readonly #buffers: Buffers;
  readonly #readback: Readback;
  #gradientPlan: Plan | undefined;
  #sumPlan: Plan | undefined;
  #updatePlan: Plan | undefined;
  #step: number;

  private constructor(
    model: PlannedModel,
    context: PlanContext,
    shape: TrainerShape,
    seed: number,
    step: number,
    memory: TrainerMemory,
  ) {
    this.model = model;
    this.#context = context;
    this.#shape = shape;
    this.#seed = seed;
    this.#step = step;
    this.#data = memory.data;
    this.#queued = memory.queued;
    this.#buffers = memory.buffers;
    this.#readback = new Readback(context.device);
  }

  /**
   * Plans everything. Starts at step 0 with first values by `seed`, or where a snapshot left off. The model is the
   * trainer's from here on: what fails gives back its memory, too.
   * @throws DeviceMemoryError if the device has not the memory
   */
  static async create(
    model: PlannedModel,
    context: PlanContext,
    shape: TrainerShape,
    seed: number,
    snapshot?: TrainerSnapshot,
    onProgress: (share: number) => void = () => {},
  ): Promise<PlannedTrainer> {
    const { made } = await allocated(context.device, (create) => trainerMemory(model, context, shape, create)).catch(
      (error: unknown) => {
        model.dispose();
        throw error;
      },
    );
    const trainer = new PlannedTrainer(model, context, shape, seed, snapshot?.step ?? 0, made);
    try {
      trainer.#restore(snapshot);
      await trainer.#plan(onProgress);
      return trainer;
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  get step(): number {
    return this.#step;
  }

  /** The plans of a step in the order they run. */
  get plans(): readonly Plan[] {
    return [this.#gradientPlan, this.#sumPlan, this.#updatePlan].filter((plan) => plan !== undefined);
  }

  /** Bytes by what they are for. */
  get memory(): Readonly<Record<'parameters' | 'gradients' | 'optimizer' | 'activations' | 'other', number>> {
    const { firstMoment, secondMoment, gradient, gradientSum, log, latch, loss, lossSum } = this.#buffers;
    const losses = loss.size + (lossSum === loss ? 0 : lossSum.size);
    const constants = this.plans.reduce((sum, { memory }) => sum + memory.ownBytes, 0);
    return {
      parameters: this.model.parameters.size,
      gradients: gradient.size + (gradientSum === gradient ? 0 : gradientSum.size),
      optimizer: firstMoment.size + secondMoment.size,
      activations: this.plans.reduce((sum, { memory }) => sum + memory.plannedBytes, 0),
      other: log.size + latch.size + losses + this.#data.bytes + (this.#queued?.size ?? 0) + constants,
    };
  }

  #restore(snapshot: TrainerSnapshot | undefined): void {
    const { layout } = this.model;
    this.model.setParameters(snapshot?.parameters ?? initialParameters(layout, this.#seed));
    const { queue } = this.#context.device;
    const padded = (values: Float32Array): Float32Array<ArrayBuffer> => relaid(values, layout, this.model.shape.layout);
    if (snapshot) {
      queue.writeBuffer(this.#buffers.firstMoment, 0, padded(snapshot.firstMoment));
      queue.writeBuffer(this.#buffers.secondMoment, 0, padded(snapshot.secondMoment));
    }
  }

  async #plan(onProgress: (share: number) => void): Promise<void> {
    const { model } = this;
    const planned = model.shape;
    const { contextLength } = model.config;
    const { gradient, loss, gradientSum, lossSum, ...state } = this.#buffers;
    const bound = (buffers: Readonly<Record<string, GPUBuffer>>): Record<string, GPUBufferBinding> =>
      Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, { buffer }]));
    const rows = this.#shape.batchSize * contextLength;
    this.#gradientPlan = await this.#context.build(gradientGraph(planned, rows, contextLength), {
      buffers: { ...this.#data.bindings(), ...bound({ parameters: model.parameters, gradient, loss }) },
      onProgress: (share) => onProgress(0.9 * share),
    });
    if (this.#shape.accumulation > 1) {
      this.#sumPlan = await this.#context.build(sumGraph(planned.layout.size), {
        buffers: bound({ gradient, loss, gradientSum, lossSum }),
      });
    }
    this.#updatePlan = await this.#context.build(updateGraph(planned.layout, this.#shape), {
      buffers: {
        settings: this.#data.binding('settings'),
        ...bound({ ...state, parameters: model.parameters, gradient: gradientSum, loss: lossSum }),
      },
      onProgress: (share) => onProgress(0.9 + 0.1 * share),
    });
  }

  async advance(steps: readonly (readonly Batch[])[], training: TrainingConfig): Promise<StepMetrics[]> {
    const taken = steps.slice(0, LOG_ROWS);
    if (taken.length === 0) return [];
    for (const batches of taken) this.#requireShape(batches);
    const { device } = this.#context;
    let log: (() => Promise<ArrayBuffer[]>) | undefined;
    taken.forEach((batches, slot) => {
      const encoder = device.createCommandEncoder();
      this.#encodeStep(encoder, batches, this.#step + 1 + slot, slot, training);
      if (slot === taken.length - 1) {
        log = this.#readback.copy(encoder, [{ buffer: this.#buffers.log, bytes: 8 * taken.length }]).take;
      }
      device.queue.submit([encoder.finish()]);
    });
    const [bytes = new ArrayBuffer(0)] = (await log?.()) ?? [];
    const rows = new Float32Array(bytes);
    const metrics: StepMetrics[] = [];
    for (let slot = 0; slot < taken.length; slot++) {
      const [loss = Number.NaN, gradientNorm = Number.NaN] = rows.subarray(2 * slot, 2 * slot + 2);
      const step = this.#step + 1;
      metrics.push({ step, loss, gradientNorm, learningRate: this.#learningRate(step, training) });
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        // The GPU left out this step and all that were under way behind it; from here on it may go on.
        device.queue.writeBuffer(this.#buffers.latch, 0, new Float32Array(1));
        break;
      }
      this.#step = step;
    }
    return metrics;
  }

  #learningRate(step: number, training: TrainingConfig): number {
    return learningRateAt(step, training, this.model.config.contextLength);
  }

  #requireShape(batches: readonly Batch[]): void {
    const { batchSize, accumulation } = this.#shape;
    const { contextLength } = this.model.config;
    const rows = batchSize * contextLength;
    const fits = ({ inputs, targets, contextLength: length }: Batch): boolean =>
      inputs.length === rows && targets.length === rows && length === contextLength;
    if (batches.length >= 1 && batches.length <= accumulation && batches.every(fits)) return;
    const count = accumulation === 1 ? 'one batch' : `1 to ${accumulation} batches`;
    throw new RangeError(`A step of this run takes ${count} of ${batchSize} × ${contextLength} tokens.`);
  }

  #encodeStep(
    encoder: GPUCommandEncoder,
    batches: readonly Batch[],
    step: number,
    slot: number,
    training: TrainingConfig,
  ): void {
    const [gradientPlan, updatePlan] = [this.#gradientPlan, this.#updatePlan];
    if (gradientPlan === undefined || updatePlan === undefined) throw new Error('This trainer has been disposed.');
    const data = this.#data;
    data.floats('settings').set(stepSettings(step, batches.length, training, this.#learningRate(step, training), slot));
    const fill = (batch: Batch, i: number): void => {
      data.ints('ids').set(batch.inputs);
      data.ints('targets').set(askedTargets(batch, this.model.config.prediction));
      data.ints('dropoutKey')[0] = dropoutKey(this.#seed, step, i);
    };
    if (this.#queued === undefined || this.#sumPlan === undefined) {
      batches.forEach(fill);
      data.write();
      encodePlan(encoder, gradientPlan, updatePlan);
      return;
    }
    const all = new Uint8Array(batches.length * data.bytes);
    batches.forEach((batch, i) => {
      fill(batch, i);
      all.set(new Uint8Array(data.snapshot()), i * data.bytes);
    });
    this.#context.device.queue.writeBuffer(this.#queued, 0, all);
    encoder.clearBuffer(this.#buffers.gradientSum);
    encoder.clearBuffer(this.#buffers.lossSum);
    for (let i = 0; i < batches.length; i++) {
      encoder.copyBufferToBuffer(this.#queued, i * data.bytes, data.buffer, 0, data.bytes);
      encodePlan(encoder, gradientPlan, this.#sumPlan);
    }
    encodePlan(encoder, updatePlan);
  }

  /**
   * Measures the step on the present state, which is put back afterwards. Runs alone on the device.
   * The batch is the last one trained on.
   */
  async profile(now: () => number): Promise<StepProfile> {
    const { device } = this.#context;
    const { firstMoment, secondMoment } = this.#buffers;
    const kept = [this.model.parameters, firstMoment, secondMoment].map((buffer) => ({
      buffer,
      copy: device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC }),
    }));
    const copyAll = (back: boolean): void => {
      const encoder = device.createCommandEncoder();
      for (const { buffer, copy } of kept) {
        encoder.copyBufferToBuffer(back ? copy : buffer, 0, back ? buffer : copy, 0, buffer.size);
      }
      device.queue.submit([encoder.finish()]);
    };
    copyAll(false);
    try {
      const step = (): number => {
        const startMs = now();
        const encoder = device.createCommandEncoder();
        encodePlan(encoder, ...this.plans);
        device.queue.submit([encoder.finish()]);
        return now() - startMs;
      };
      step();
      await device.queue.onSubmittedWorkDone();
      const encodings: number[] = [];
      const startMs = now();
      // A few steps at a time, so that the processor's part is measured with an empty queue.
      while (encodings.length < PROFILED_STEPS && now() - startMs < PROFILE_MS) {
        for (let i = 0; i < 4; i++) encodings.push(step());
        await device.queue.onSubmittedWorkDone();
      }
      const stepMilliseconds = (now() - startMs) / encodings.length;
      const times = await timeDispatches(device, this.plans);
      return {
        stepMilliseconds,
        encodeMilliseconds: encodings.toSorted((a, b) => a - b)[Math.floor(encodings.length / 2)] ?? 0,
        tokensPerStep: this.#shape.batchSize * this.model.config.contextLength,
        dispatches: this.plans.flatMap((plan, p) =>
          plan.dispatches.map((dispatch, i) => ({ ...dispatch, milliseconds: times?.[p]?.[i] ?? null })),
        ),
      };
    } finally {
      copyAll(true);
      device.queue.writeBuffer(this.#buffers.latch, 0, new Float32Array(1));
      for (const { copy } of kept) copy.destroy();
    }
  }

  async snapshot(): Promise<TrainerSnapshot> {
    const step = this.#step;
    const { layout, shape, parameters } = this.model;
    const { firstMoment, secondMoment } = this.#buffers;
    const bytes = 4 * shape.layout.size;
    const copies = await this.#readback.read(
      [parameters, firstMoment, secondMoment].map((buffer) => ({ buffer, bytes })),
    );
    const [p, m, v] = copies.map((copy) => relaid(new Float32Array(copy), shape.layout, layout));
    if (p === undefined || m === undefined || v === undefined) throw new Error('The state could not be read.');
    return { step, parameters: p, firstMoment: m, secondMoment: v };
  }

  dispose(): void {
    for (const plan of this.plans) plan.dispose();
    for (const buffer of new Set(Object.values(this.#buffers))) buffer.destroy();
    this.#queued?.destroy();
    this.#data.dispose();
    this.#readback.dispose();
    this.model.dispose();
  }
}

/** gradientSum += gradient, lossSum += loss. */
const sumGraph = (size: number) =>
  trace((scope) => {
    for (const [name, shape] of [
      ['gradient', [size]],
      ['loss', []],
    ] as const) {
      const sum = scope.input(`${name}Sum`, shape);
      scope.assign(`${name}Sum`, addTo(sum, scope.input(name, shape)));
    }
  });

/** gradient, loss and settings of a step → parameters, moments and log. @param choice GPT-3's unless told */
export const updateGraph = (layout: ParameterLayout, choice: OptimizerChoice = GPT3_RECIPE) =>
  trace((scope) => {
    const flat = (name: string): tf.Tensor1D => scope.input(name, [layout.size]) as tf.Tensor1D;
    const state = {
      parameters: flat('parameters'),
      firstMoment: flat('firstMoment'),
      secondMoment: flat('secondMoment'),
    };
    const gradient = flat('gradient');
    const settings = scope.input('settings', [8]) as tf.Tensor1D;
    const loss = scope.input('loss', []) as tf.Scalar;
    const log = scope.input('log', [LOG_ROWS, 2]) as tf.Tensor2D;
    const latch = scope.input('latch', [1]) as tf.Tensor1D;
    const recorded = recordStep(log, latch, loss, globalNorm(gradient), settings);
    const blocks = optimizerBlocks(layout, choice.optimizer);
    const next = optimizerStep(ruleOf(choice), state, gradient, recorded.norm, settings, blocks);
    scope.assign('log', recorded.log);
    scope.assign('latch', recorded.latch);
    for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) scope.assign(name, next[name]);
  });
