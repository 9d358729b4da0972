// A model that runs as plans on a GPU. Plans are made when first asked for and kept; they all read the same parameters.
import type { ModelConfig } from '../config/runConfig.ts';
import type { Graph } from '../engine/graph.ts';
import type { Plan } from '../engine/plan.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { Readback } from '../engine/readback.ts';
import { StepData } from '../engine/stepData.ts';
import { allocated, type CreateBuffer } from '../engine/withinMemory.ts';
import type { Objective } from '../ops/crossEntropy/objective.ts';
import {
  evaluationGraph,
  finalLogitsGraph,
  gradientGraph,
  logitsGraph,
  PLAN_ALIGNMENT,
  type PlannedShape,
} from './graphs.ts';
import {
  askedTargets,
  keepsPast,
  targetCount,
  TooManySequencesError,
  type Batch,
  type Decoder,
  type LanguageModel,
  type Question,
} from './languageModel.ts';
import { parameterLayout, relaid, totalSize, type ParameterLayout } from './parameters.ts';
import { AttentionPlans } from './attentionPlans.ts';
import { DecodingPlans } from './decodingPlans.ts';
import { PlannedDecoder } from './plannedDecoder.ts';
import { WindowDecoder } from './windowDecoder.ts';

/** Numbers of samples for which decoding plans are kept while nobody uses them: the diary's and a person's. */
const MOST_IDLE = 2;

interface Ready {
  readonly plan: Plan;
  readonly data: StepData;
}

export class PlannedModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  readonly layout: ParameterLayout;
  /** Parameters as plans bind them. */
  readonly shape: PlannedShape;
  readonly parameters: GPUBuffer;
  readonly #context: PlanContext;
  readonly #readback: Readback;
  readonly #plans = new Map<string, Promise<Ready>>();
  readonly #attention: AttentionPlans;
  /** Decoding plans that nobody uses now, the last ones given back at the end. */
  #idleDecoding: DecodingPlans[] = [];
  readonly #allDecoding = new Set<DecodingPlans>();

  /** @throws DeviceMemoryError if the device has no memory for the parameters */
  static async create(...given: ConstructorParameters<typeof PlannedModel>): Promise<PlannedModel> {
    const [context, config, vocabSize, objective] = given;
    const make = (create: CreateBuffer): PlannedModel => {
      return new PlannedModel(context, config, vocabSize, objective, create);
    };
    return (await allocated(context.device, make)).made;
  }

  /**
   * @param objective what training minimises besides cross-entropy
   * @param create makes the parameters' buffer; plainly unless told
   */
  constructor(
    context: PlanContext,
    config: ModelConfig,
    vocabSize: number,
    objective?: Objective,
    create: CreateBuffer = (descriptor) => context.device.createBuffer(descriptor),
  ) {
    this.#context = context;
    this.config = config;
    this.vocabSize = vocabSize;
    this.layout = parameterLayout(config, vocabSize);
    this.shape = { model: config, layout: parameterLayout(config, vocabSize, PLAN_ALIGNMENT), objective };
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const size = 4 * this.shape.layout.size;
    this.parameters = create({ label: 'parameters', size, usage });
    this.#attention = new AttentionPlans(context, this.shape, this.parameters);
    this.#readback = new Readback(context.device);
  }

  get parameterCount(): number {
    return totalSize(this.layout);
  }

  /** @param values [P] in this side's layout */
  setParameters(values: Float32Array): void {
    this.#context.device.queue.writeBuffer(this.parameters, 0, relaid(values, this.layout, this.shape.layout));
  }

  dispose(): void {
    for (const ready of this.#plans.values()) void ready.then(disposeReady, () => {});
    for (const plans of this.#allDecoding) plans.dispose();
    this.#plans.clear();
    this.#allDecoding.clear();
    this.#idleDecoding = [];
    this.#attention.dispose();
    this.#readback.dispose();
    this.parameters.destroy();
  }

  async losses(batches: readonly Batch[], question = this.config.prediction): Promise<number[]> {
    const { device } = this.#context;
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const results = device.createBuffer({ size: Math.max(4, 4 * batches.length), usage });
    try {
      for (const [i, batch] of batches.entries()) {
        const { plan, data } = await this.#evaluationPlan(batch, question);
        fill(data, batch, question);
        data.write();
        const encoder = device.createCommandEncoder();
        encodePlan(encoder, plan);
        const { buffer, offset = 0 } = plan.binding('loss');
        encoder.copyBufferToBuffer(buffer, offset, results, 4 * i, 4);
        device.queue.submit([encoder.finish()]);
      }
      const [values] = await this.#readback.read([{ buffer: results, bytes: 4 * batches.length }]);
      return [...new Float32Array(values ?? new ArrayBuffer(0))];
    } finally {
      results.destroy();
    }
  }

  async lossAndGradient(batch: Batch, dropoutKey: number): Promise<{ loss: number; gradient: Float32Array }> {
    const { plan, data } = await this.#gradientPlan(batch);
    fill(data, batch, this.config.prediction);
    data.ints('dropoutKey')[0] = dropoutKey | 0;
    data.write();
    plan.run();
    const [loss, gradient] = await this.#readback.read([
      { ...regionOf(plan, 'loss'), bytes: 4 },
      { ...regionOf(plan, 'gradient'), bytes: 4 * this.shape.layout.size },
    ]);
    const [value = Number.NaN] = new Float32Array(loss ?? new ArrayBuffer(0));
    const flat = new Float32Array(gradient ?? new ArrayBuffer(0));
    return { loss: value, gradient: relaid(flat, this.shape.layout, this.layout) };
  }

  async logits(ids: Int32Array, length: number, question = this.config.prediction): Promise<Float32Array> {
    const rows = ids.length;
    const { plan, data } = await this.#ready(`logits ${rows} ${length} ${question}`, { ids: rows }, () =>
      logitsGraph(this.shape, rows, length, question),
    );
    const asked = targetCount(rows, length, question);
    return this.#result(plan, data, ids, 'logits', asked * this.vocabSize);
  }

  /** @param windows [S·visible] tokens side by side @returns logits after each window */
  async #finalLogits(windows: Int32Array, visible: number): Promise<Float32Array[]> {
    const { contextLength } = this.config;
    const samples = windows.length / visible;
    // One plan for windows of any length.
    const rows = samples * contextLength;
    const { plan, data } = await this.#ready(`final logits ${samples}`, { ids: rows, visible: 1 }, () =>
      finalLogitsGraph(this.shape, rows, contextLength),
    );
    const padded = new Int32Array(rows);
    for (let sample = 0; sample < samples; sample++) {
      padded.set(windows.subarray(sample * visible, (sample + 1) * visible), sample * contextLength);
    }
    data.ints('visible')[0] = visible;
    const values = await this.#result(plan, data, padded, 'logits', samples * this.vocabSize);
    return Array.from({ length: samples }, (_, i) => values.slice(i * this.vocabSize, (i + 1) * this.vocabSize));
  }

  async attentionWeights(ids: Int32Array, layer: number): Promise<Float32Array> {
    if (layer < 0 || layer >= this.config.nLayer) throw new RangeError(`This model has no layer ${layer + 1}.`);
    return this.#attention.weights(ids, layer);
  }

  async newDecoder(samples: number): Promise<Decoder> {
    if (!keepsPast(this.config)) {
      return new WindowDecoder(this.config.contextLength, samples, (ids, visible) => this.#finalLogits(ids, visible));
    }
    const idle = this.#idleDecoding.findLast((plans) => plans.samples === samples);
    this.#idleDecoding = this.#idleDecoding.filter((plans) => plans !== idle);
    const plans = idle ?? (await this.#newDecoding(samples));
    this.#allDecoding.add(plans);
    return new PlannedDecoder(plans, () => this.#giveBack(plans));
  }

  async #newDecoding(samples: number): Promise<DecodingPlans> {
    const make = (): Promise<DecodingPlans> =>
      DecodingPlans.create(this.#context, this.shape, this.parameters, samples, this.vocabSize);
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof TooManySequencesError) || this.#idleDecoding.length === 0) throw error;
      // What nobody uses now may be what is missing.
      this.#keepIdle(0);
      return make();
    }
  }

  /** Keeps decoding plans for the next one who asks for as many samples, unless one of them could not be built. */
  #giveBack(plans: DecodingPlans): void {
    if (!this.#allDecoding.has(plans)) return;
    if (plans.isSound) this.#idleDecoding.push(plans);
    else this.#disposeDecoding(plans);
    this.#keepIdle(MOST_IDLE);
  }

  /** Disposes the idle plans that were unused for longest. */
  #keepIdle(most: number): void {
    const surplus = Math.max(0, this.#idleDecoding.length - most);
    for (const plans of this.#idleDecoding.splice(0, surplus)) this.#disposeDecoding(plans);
  }

  #disposeDecoding(plans: DecodingPlans): void {
    plans.dispose();
    this.#allDecoding.delete(plans);
  }

  #gradientPlan({ inputs, contextLength }: Batch): Promise<Ready> {
    const rows = inputs.length;
    const targets = targetCount(rows, contextLength, this.config.prediction);
    return this.#ready(`gradient ${rows} ${contextLength}`, { ids: rows, targets, dropoutKey: 1 }, () =>
      gradientGraph(this.shape, rows, contextLength),
    );
  }

  #evaluationPlan({ inputs, contextLength }: Batch, question: Question): Promise<Ready> {
    const rows = inputs.length;
    const targets = targetCount(rows, contextLength, question);
    return this.#ready(`evaluation ${rows} ${contextLength} ${question}`, { ids: rows, targets }, () =>
      evaluationGraph(this.shape, rows, contextLength, question),
    );
  }

  #ready(key: string, sections: Readonly<Record<string, number>>, graph: () => Graph): Promise<Ready> {
    const known = this.#plans.get(key);
    if (known) return known;
    const ready = this.#build(sections, graph());
    this.#plans.set(key, ready);
    ready.catch(() => this.#plans.delete(key));
    return ready;
  }

  async #build(sections: Readonly<Record<string, number>>, graph: Graph): Promise<Ready> {
    const data = new StepData(this.#context.device, sections);
    const buffers = { parameters: { buffer: this.parameters }, ...data.bindings() };
    try {
      return { data, plan: await this.#context.build(graph, { buffers }) };
    } catch (error) {
      data.dispose();
      throw error;
    }
  }

  async #result(plan: Plan, data: StepData, ids: Int32Array, output: string, elements: number): Promise<Float32Array> {
    data.ints('ids').set(ids);
    data.write();
    plan.run();
    const [values] = await this.#readback.read([{ ...regionOf(plan, output), bytes: 4 * elements }]);
    return new Float32Array(values ?? new ArrayBuffer(0));
  }
}

function fill(data: StepData, batch: Batch, question: Question): void {
  data.ints('ids').set(batch.inputs);
  data.ints('targets').set(askedTargets(batch, question));
}

export function encodePlan(encoder: GPUCommandEncoder, ...plans: readonly Plan[]): void {
  const pass = encoder.beginComputePass();
  for (const plan of plans) plan.encode(pass);
  pass.end();
}

function regionOf(plan: Plan, name: string): { buffer: GPUBuffer; offset: number } {
  const { buffer, offset = 0 } = plan.binding(name);
  return { buffer, offset };
}

function disposeReady({ plan, data }: Ready): void {
  plan.dispose();
  data.dispose();
}
