// Runs one kernel's program alone on a WebGPU device, as a plan would: for tests and benches of kernels.
// Outputs and scratch start as NaN, so that a place never written shows.
import {
  sizeOf,
  type AnySite,
  type DeviceTraits,
  type Dispatch,
  type Kernel,
  type PlacedSpec,
  type Site,
  type Storage,
} from '../../engine/kernel.ts';
import { elementwiseProgram, plainFinish } from '../../engine/finish.ts';
import { fromHalf } from '../../engine/half.ts';
import { traitsOf as traitsOfDevice } from '../../engine/planContext.ts';
import type * as tf from '../../engine/tf.ts';

export interface KernelInput {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly dtype?: 'float32' | 'int32';
  /** f32 (i32 for int32) unless told. */
  readonly storage?: Storage;
}

export interface KernelRunOptions {
  readonly variant?: string;
  /** f32 unless told. */
  readonly outputStorage?: Storage;
  /** Repeats all dispatches so often in one submission, for timing. */
  readonly repeats?: number;
}

export interface KernelRun {
  readonly outputs: readonly Float32Array[];
  /** Milliseconds from submission to completion, all repeats. */
  readonly elapsedMs: number;
  readonly dispatches: readonly Dispatch[];
}

/** A test's device is taken for an emulated one, whatever it is. */
export const traitsOf = (device: GPUDevice): DeviceTraits => traitsOfDevice(device, true);

const BYTES: Readonly<Record<Storage, number>> = { f32: 4, f16: 2, i32: 4 };
const bytesOf = ({ shape, storage }: PlacedSpec): number => Math.ceil((sizeOf(shape) * BYTES[storage]) / 16) * 16;

/** A kernel's variants for these inputs; [''] if it has none. */
export function variantsOf<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
): readonly string[] {
  const found = kernel.variants?.(siteOf(device, kernel, inputs, {}) as unknown as Site<I, O>) ?? [];
  return found.length === 0 ? [''] : found;
}

function siteOf<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  { variant = '', outputStorage }: KernelRunOptions,
): AnySite {
  const placed = inputs.map(({ shape, dtype = 'float32', storage }): PlacedSpec => ({
    shape,
    dtype,
    storage: storage ?? (dtype === 'int32' ? 'i32' : 'f32'),
  }));
  // The caller gives one input per declared tensor.
  const outputs = kernel
    .outputs(...(placed as unknown as { readonly [K in keyof I]: PlacedSpec }))
    .map((spec): PlacedSpec => ({ ...spec, storage: spec.dtype === 'int32' ? 'i32' : (outputStorage ?? 'f32') }));
  const first = outputs[0];
  if (first === undefined) throw new RangeError('A kernel without outputs cannot be run alone.');
  return { inputs: placed, outputs, traits: traitsOf(device), variant, finish: plainFinish(first) };
}

/** Runs a kernel. An in-place output starts as a copy of its input; an accumulating one as zeros. */
export async function runKernelOnDevice<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  options: KernelRunOptions = {},
): Promise<KernelRun> {
  const site = siteOf(device, kernel, inputs, options);
  const program = kernel.elementwise
    ? elementwiseOf(site, kernel.elementwise, kernel.name)
    : kernel.program?.(site as unknown as Site<I, O>);
  if (program === undefined) throw new Error(`The kernel ${kernel.name} has no plan form.`);
  const { outputs } = site;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const owned: GPUBuffer[] = [];
  const filled = (bytes: number, data: ArrayBufferView<ArrayBuffer> | undefined): GPUBuffer => {
    const buffer = device.createBuffer({ size: bytes, usage });
    owned.push(buffer);
    // 0xffff is NaN in half precision, 0xffffffff in single.
    device.queue.writeBuffer(buffer, 0, new Uint8Array(bytes).fill(0xff));
    if (data) device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const inputBuffers = site.inputs.map((spec, i) => filled(bytesOf(spec), encode(inputs[i]?.values ?? [], spec)));
  const outputBuffers = outputs.map((spec, o) => {
    const inPlace = kernel.inPlace?.find(([output]) => output === o);
    const shared = inPlace && inputBuffers[inPlace[1]];
    if (shared) return shared;
    const zeros = kernel.accumulates && o === 0 ? new Uint8Array(bytesOf(spec)) : undefined;
    return filled(bytesOf(spec), zeros);
  });
  const scratch = (program.scratchBytes ?? []).map((bytes) => filled(Math.ceil(bytes / 16) * 16, undefined));

  device.pushErrorScope('validation');
  const steps = program.dispatches.map(({ code, bindings, workgroups }) => {
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    const entries = bindings.map((binding, number): GPUBindGroupEntry => {
      const buffer =
        'input' in binding
          ? inputBuffers[binding.input]
          : 'output' in binding
            ? outputBuffers[binding.output]
            : 'scratch' in binding
              ? scratch[binding.scratch]
              : undefined;
      if (buffer === undefined) throw new RangeError(`Binding ${number} of ${kernel.name} refers to nothing.`);
      return { binding: number, resource: { buffer } };
    });
    return {
      pipeline,
      bindGroup: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
      workgroups,
    };
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let repeat = 0; repeat < (options.repeats ?? 1); repeat++) {
    for (const { pipeline, bindGroup, workgroups } of steps) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...workgroups);
    }
  }
  pass.end();
  const commands = encoder.finish();
  const problem = await device.popErrorScope();
  if (problem)
    throw new Error(`${kernel.name}: ${problem.message}\n${program.dispatches.map((d) => d.code).join('\n')}`);
  await device.queue.onSubmittedWorkDone();
  const startMs = performance.now();
  device.queue.submit([commands]);
  await device.queue.onSubmittedWorkDone();
  const elapsedMs = performance.now() - startMs;
  const results = await Promise.all(
    outputs.map(async (spec, o) => decode(await read(device, outputBuffers[o], bytesOf(spec)), spec)),
  );
  for (const buffer of owned) buffer.destroy();
  return { outputs: results, elapsedMs, dispatches: program.dispatches };
}

function elementwiseOf(site: AnySite, operation: NonNullable<Kernel<[], []>['elementwise']>, name: string) {
  const carrier = operation.carriers[0] ?? 0;
  const tensor = (spec: PlacedSpec | undefined, binding: { input: number } | { output: number }) => {
    if (spec === undefined) throw new RangeError(`${name} lacks a tensor.`);
    return { spec, binding };
  };
  const operands = site.inputs.map((spec, input) => tensor(spec, { input })).filter((_, input) => input !== carrier);
  const output = tensor(site.outputs[0], { output: 0 });
  return elementwiseProgram(
    name,
    tensor(site.inputs[carrier], { input: carrier }),
    {
      links: [{ operation, carrier, operands }],
      stores: [{ after: 1, tensor: output }],
      width: site.finish.width,
    },
    site.traits,
  );
}

function encode(values: ArrayLike<number>, { storage }: PlacedSpec): ArrayBufferView<ArrayBuffer> {
  if (storage === 'i32') return Int32Array.from(values);
  if (storage === 'f32') return Float32Array.from(values);
  const halves = new Uint16Array(Math.ceil(values.length / 2) * 2);
  for (let i = 0; i < values.length; i++) halves[i] = toHalf(values[i] ?? Number.NaN);
  return halves;
}

function decode(bytes: ArrayBuffer, { storage, shape }: PlacedSpec): Float32Array {
  const size = sizeOf(shape);
  if (storage === 'i32') return Float32Array.from(new Int32Array(bytes, 0, size));
  if (storage === 'f32') return new Float32Array(bytes, 0, size);
  return Float32Array.from(new Uint16Array(bytes, 0, size), fromHalf);
}

async function read(device: GPUDevice, buffer: GPUBuffer | undefined, bytes: number): Promise<ArrayBuffer> {
  if (buffer === undefined) throw new RangeError('There is no such output.');
  const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const copy = staging.getMappedRange().slice(0);
  staging.destroy();
  return copy;
}

/** Rounds to half precision (nearest, ties to even), as its 16 bits. */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = size / 2 ** (exponent - 10);
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return sign | (size < 2 ** -14 ? rounded : rounded + ((exponent + 14) << 10));
}
