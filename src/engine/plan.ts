// A plan: a traced computation as a fixed list of dispatches on one device, with all pipelines, buffers and bind groups
// made beforehand. Running it creates nothing.
import { valueOf, type Graph, type ValueId } from './graph.ts';
import { sizeOf, type Binding, type DeviceTraits, type PlacedSpec, type Storage } from './kernel.ts';
import { STORAGE_BYTES, type MemoryLayout, type Place } from './memory.ts';
import { compile } from './pipelines.ts';
import {
  layOutPlan,
  memoryFigures,
  preparePlan,
  variantsOf,
  type LaidOutPlan,
  type PlanMemory,
  type PreparedPlan,
} from './planMemory.ts';
import { copyProgram, zeroProgram, type Precision, type PreparedStep } from './programs.ts';
import type { Schedule } from './schedule.ts';
import type { TuningRequest, Tuner } from './tuner.ts';
import { allocated, DeviceMemoryError, withinMemory, type CreateBuffer } from './withinMemory.ts';

export interface PlanOptions {
  readonly device: GPUDevice;
  readonly traits: DeviceTraits;
  readonly tuner: Tuner;
  /** How activations are stored; the rest is f32. */
  readonly precision?: Precision;
  /** Memory for inputs and outputs, by name; what is missing the plan makes. */
  readonly buffers?: Readonly<Record<string, GPUBufferBinding>>;
  readonly onProgress?: (share: number) => void;
  /** Tests: the plan's own memory starts as NaN, so that a place never written shows. */
  readonly poison?: boolean;
}

interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** One dispatch, for people. */
export interface DispatchReport {
  readonly label: string;
  /** Which of its kernel's variants was chosen; empty where there is only one. */
  readonly variant: string;
  /** Shape of what it makes. */
  readonly shape: string;
  /** Floating-point operations; a kernel's count stands with its first dispatch. */
  readonly flops: number;
}

export class Plan {
  readonly dispatches: readonly DispatchReport[];
  readonly memory: PlanMemory;
  readonly #device: GPUDevice;
  readonly #commands: readonly Command[];
  readonly #owned: readonly GPUBuffer[];
  readonly #named: ReadonlyMap<string, GPUBufferBinding>;

  private constructor(
    device: GPUDevice,
    commands: readonly Command[],
    dispatches: readonly DispatchReport[],
    memory: PlanMemory,
    owned: readonly GPUBuffer[],
    named: ReadonlyMap<string, GPUBufferBinding>,
  ) {
    this.#device = device;
    this.#commands = commands;
    this.dispatches = dispatches;
    this.memory = memory;
    this.#owned = owned;
    this.#named = named;
  }

  /**
   * Plans, tunes, compiles and allocates. A plan that cannot be built leaves nothing behind on the device.
   * @throws DeviceMemoryError if the device has not the memory; Error if a shader does not compile
   */
  static async build(graph: Graph, options: PlanOptions): Promise<Plan> {
    const { device, traits, tuner, precision = 'f32' } = options;
    const prepared = preparePlan(graph, traits, precision);
    const { plan } = prepared;
    const requests = prepared.steps.flatMap((step) => tuningRequest(step) ?? []);
    await tuner.tune(requests, (share) => options.onProgress?.(share / 2));
    const laidOut = layOutPlan(prepared, (step) => {
      const request = tuningRequest(step);
      return request ? tuner.variantOf(request) : '';
    });
    const { memory } = laidOut;
    const { made: allocation, buffers: owned } = await allocated(device, (create) =>
      allocate(plan, memory, options, create),
    );
    try {
      const planned = plannedDispatches(prepared, laidOut, traits, allocation);
      requireBindable(device, planned);
      const pipelineOf = await compile(device, planned, (share) => options.onProgress?.(0.5 + share / 2));
      const { made: commands, problem } = await withinMemory(device, () =>
        planned.map(({ label, code, workgroups, entries }): Command => {
          const pipeline = pipelineOf(code);
          const layout = pipeline.getBindGroupLayout(0);
          const bound = entries.map((resource, binding) => ({ binding, resource }));
          return { pipeline, workgroups, bindGroup: device.createBindGroup({ label, layout, entries: bound }) };
        }),
      );
      if (problem) throw new Error(`The graphics device refuses a plan: ${problem.message}`);
      const reports = planned.map(({ label, variant, shape, flops }) => ({ label, variant, shape, flops }));
      const figures = memoryFigures(memory, (name) => options.buffers?.[name] !== undefined);
      return new Plan(device, commands, reports, figures, owned, allocation.named);
    } catch (error) {
      for (const buffer of owned) buffer.destroy();
      throw error;
    }
  }

  /** Adds the plan's dispatches to a pass, all or a part of them. */
  encode(pass: GPUComputePassEncoder, from = 0, to = this.#commands.length): void {
    for (let i = from; i < to; i++) {
      const command = this.#commands[i];
      if (command === undefined) return;
      pass.setPipeline(command.pipeline);
      pass.setBindGroup(0, command.bindGroup);
      pass.dispatchWorkgroups(...command.workgroups);
    }
  }

  /** Runs once, in a submission of its own. */
  run(): void {
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.encode(pass);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Memory of an input or output. @throws RangeError if there is none of this name */
  binding(name: string): GPUBufferBinding {
    const binding = this.#named.get(name);
    if (binding === undefined) throw new RangeError(`This plan has no input or output named ${name}.`);
    return binding;
  }

  /** Whether an input or output of this name is part of the plan: inputs that nothing reads are not. */
  has(name: string): boolean {
    return this.#named.has(name);
  }

  dispose(): void {
    for (const buffer of this.#owned) buffer.destroy();
  }
}

interface PlannedDispatch extends DispatchReport {
  readonly code: string;
  readonly workgroups: readonly [number, number, number];
  readonly entries: readonly GPUBufferBinding[];
}

function plannedDispatches(
  { plan, storageOf }: PreparedPlan,
  { steps, memory }: LaidOutPlan,
  traits: DeviceTraits,
  allocation: Allocation,
): PlannedDispatch[] {
  return steps.flatMap(({ step, variant, program }) => [
    ...preparations(plan, step, memory, traits, allocation),
    ...program.dispatches.map((dispatch, i) => ({
      ...dispatch,
      label: i === 0 ? step.label : dispatch.label,
      variant: i === 0 ? variant : '',
      flops: i === 0 ? flopsOf(step) : 0,
      shape: shapeOf(plan, step),
      entries: dispatch.bindings.map((binding) => allocation.bind(placeOf(binding, step, plan, memory, storageOf))),
    })),
  ]);
}

function tuningRequest(prepared: PreparedStep): TuningRequest | undefined {
  const { step, site, label } = prepared;
  const variants = variantsOf(prepared);
  return step.node && variants.length > 0 ? { call: step.node.call, site, variants, label } : undefined;
}

const flopsOf = ({ step: { node, links } }: PreparedStep): number =>
  (node?.call.flops ?? 0) + links.reduce((sum, link) => sum + link.node.call.flops, 0);

function shapeOf(plan: Schedule, { step }: PreparedStep): string {
  const end = step.chain.at(-1);
  return end === undefined ? '' : valueOf(plan.graph, end).spec.shape.join(' × ') || '1';
}

function placeOf(
  binding: Binding,
  { step, fused }: PreparedStep,
  plan: Schedule,
  memory: MemoryLayout,
  storageOf: (id: ValueId) => Storage,
): BoundPlace {
  const spec = (id: ValueId | undefined): BoundPlace => {
    if (id === undefined) throw new RangeError('A dispatch binds a tensor that its kernel does not have.');
    const { shape } = valueOf(plan.graph, plan.resolve(id)).spec;
    return { place: memory.placeOf(id), bytes: sizeOf(shape) * STORAGE_BYTES[storageOf(id)] };
  };
  if ('scratch' in binding) return { place: memory.scratchOf(step, binding.scratch), bytes: undefined };
  if ('fused' in binding) return spec(fused[binding.fused]);
  if ('output' in binding) return spec(step.node?.outputs[binding.output]);
  return spec(step.source ? step.source.value : step.node?.inputs[binding.input]?.value);
}

interface BoundPlace {
  readonly place: Place;
  /** Undefined for scratch: all of it. */
  readonly bytes: number | undefined;
}

interface Allocation {
  bind(bound: BoundPlace): GPUBufferBinding;
  readonly named: ReadonlyMap<string, GPUBufferBinding>;
}

function allocate(
  plan: Schedule,
  memory: MemoryLayout,
  { device, buffers = {}, poison = false }: PlanOptions,
  create: CreateBuffer,
): Allocation {
  const createOf = (size: number): GPUBuffer => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = create({ size, usage });
    if (poison) device.queue.writeBuffer(buffer, 0, new Uint8Array(size).fill(0xff));
    return buffer;
  };
  const pool = memory.bufferBytes.map(createOf);
  const named = new Map<string, GPUBufferBinding>();
  for (const { external, bytes, last } of memory.roots) {
    if (external === undefined || last < 0) continue;
    const given = buffers[external];
    if (given && (given.size ?? given.buffer.size) < bytes) {
      throw new RangeError(`The buffer given for ${external} is too small.`);
    }
    named.set(external, given ?? { buffer: createOf(bytes), size: bytes });
  }
  for (const { id, constant } of plan.graph.values) {
    const target = constant && named.get(`constant ${id}`);
    if (target) device.queue.writeBuffer(target.buffer, target.offset ?? 0, new Uint8Array(constant.buffer));
  }
  const bind = ({ place: { root, offsetBytes }, bytes: wanted }: BoundPlace): GPUBufferBinding => {
    const bytes = wanted === undefined ? root.bytes : Math.ceil(wanted / 16) * 16;
    const { buffer, offset = 0 } =
      root.external === undefined ? { buffer: pooled(pool, root.buffer) } : memoryNamed(named, root.external);
    const size = Math.min(bytes, root.bytes - offsetBytes);
    return { buffer, offset: offset + offsetBytes, size };
  };
  return { bind, named };
}

/** @throws DeviceMemoryError where a tensor is larger than a dispatch of this device may bind */
function requireBindable({ limits }: GPUDevice, planned: readonly PlannedDispatch[]): void {
  for (const { label, entries } of planned) {
    const size = Math.max(0, ...entries.map((entry) => entry.size ?? 0));
    if (size <= limits.maxStorageBufferBindingSize) continue;
    throw new DeviceMemoryError(
      `A tensor of “${label}” has ${size} bytes; this graphics device takes at most ${limits.maxStorageBufferBindingSize}.`,
    );
  }
}

function pooled(pool: readonly GPUBuffer[], index: number | undefined): GPUBuffer {
  const buffer = index === undefined ? undefined : pool[index];
  if (buffer === undefined) throw new RangeError('A value has no buffer.');
  return buffer;
}

function memoryNamed(named: ReadonlyMap<string, GPUBufferBinding>, name: string): GPUBufferBinding {
  const binding = named.get(name);
  if (binding === undefined) throw new RangeError(`There is no memory named ${name}.`);
  return binding;
}

/** What must happen to memory before a step: results made in place of a value that is still needed start as its copy, sums as zero. */
function preparations(
  plan: Schedule,
  { step }: PreparedStep,
  memory: MemoryLayout,
  traits: DeviceTraits,
  allocation: Allocation,
): PlannedDispatch[] {
  const specOf = (id: ValueId): PlacedSpec => ({ ...valueOf(plan.graph, plan.resolve(id)).spec, storage: 'f32' });
  const bound = (id: ValueId): GPUBufferBinding =>
    allocation.bind({ place: memory.placeOf(id), bytes: sizeOf(specOf(id).shape) * STORAGE_BYTES.f32 });
  const shape = (id: ValueId): string => specOf(id).shape.join(' × ');
  const copies = (memory.copies.get(step) ?? []).flatMap(({ from, to }) =>
    copyProgram(specOf(from), traits).dispatches.map((dispatch) => ({
      ...dispatch,
      variant: '',
      flops: 0,
      shape: shape(to),
      entries: [bound(from), bound(to)],
    })),
  );
  const sum = step.node?.call.accumulates && step.addsTo === undefined ? step.chain[0] : undefined;
  const zeros =
    sum === undefined
      ? []
      : zeroProgram(specOf(sum), traits).dispatches.map((dispatch) => ({
          ...dispatch,
          variant: '',
          flops: 0,
          shape: shape(sum),
          entries: [bound(sum)],
        }));
  return [...copies, ...zeros];
}
