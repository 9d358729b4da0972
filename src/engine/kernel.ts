// A kernel: one computation with two forms. Its reference is a composition of TensorFlow.js operations and runs at once
// on any backend; its program is WGSL and runs as part of a plan. Gradients are not its concern: ops join kernels by
// `differentiable`. While the tracing backend is current, `runKernel` only notes the call (see `trace.ts`).
import * as tf from './tf.ts';

export type DType = 'float32' | 'int32';

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** How elements lie in GPU memory; shaders compute in f32 either way. */
export type Storage = 'f32' | 'f16' | 'i32';

/** A tensor in a plan, with its memory format decided. */
export interface PlacedSpec extends TensorSpec {
  readonly storage: Storage;
}

/** What a plan's device can do. */
export interface DeviceTraits {
  readonly shaderF16: boolean;
  readonly subgroups: boolean;
  /** An emulated GPU: shared memory is slow there, and a workgroup runs on one core. */
  readonly software: boolean;
  readonly maxWorkgroupInvocations: number;
  readonly maxWorkgroupStorageBytes: number;
  readonly maxWorkgroupsPerDimension: number;
  /** Storage buffers that one dispatch may bind. */
  readonly maxStorageBuffers: number;
}

/** What a binding of a dispatch refers to. */
export type Binding =
  | { readonly input: number }
  | { readonly output: number }
  | { readonly scratch: number }
  /** A tensor of the elementwise operations that were fused into this kernel; only `Finish` knows these. */
  | { readonly fused: number };

export interface Dispatch {
  /** For people: which part of the kernel this is, e.g. `matMul NT`. */
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly workgroups: readonly [number, number, number];
}

export interface Program {
  /** Run in order; each sees what those before it wrote. */
  readonly dispatches: readonly Dispatch[];
  /** Memory that only this kernel's dispatches use; contents undefined at the start. */
  readonly scratchBytes?: readonly number[];
}

/**
 * Where a fusable kernel leaves its output 0: it calls `finish(row, col, value)` for columns col … col + 3 of a row
 * (col a multiple of 4) instead of storing. The engine generates that function: it applies the elementwise operations
 * that follow, masks columns beyond the width, and stores. The caller keeps rows within the height.
 */
export interface Finish {
  /** Columns of output 0 (its last axis); rows are all other axes together. */
  readonly width: number;
  /** WGSL of the bindings, from number `firstBinding` on, and of `fn finish(row: u32, col: u32, value: vec4f)`. */
  code(firstBinding: number): string;
  readonly bindings: readonly Binding[];
}

/** One call of a kernel, as its program is made for it. */
export interface Site<Inputs extends readonly tf.Tensor[], Outputs extends readonly tf.Tensor[]> {
  readonly inputs: { readonly [K in keyof Inputs]: PlacedSpec };
  readonly outputs: { readonly [K in keyof Outputs]: PlacedSpec };
  readonly traits: DeviceTraits;
  /** One of the kernel's `variants`; empty for kernels that have none. */
  readonly variant: string;
  readonly finish: Finish;
}

/**
 * An operation on each element, or on each two neighbours from an even column on, by itself: can run inside the kernel
 * before it. All tensors but buffers are [rows, width].
 */
export interface Elementwise {
  /**
   * How each input is read: whole ('matrix'), one value per column ('row'), as one u32 for all ('key'), or wherever the
   * expression likes ('buffer': a table of any shape).
   */
  readonly reads: readonly ('matrix' | 'row' | 'key' | 'buffer')[];
  /** Inputs that may be handed over by the kernel before it: one, or both of a commutative operation. */
  readonly carriers: readonly number[];
  /** WGSL functions that the expression calls, by name. */
  readonly functions?: Readonly<Record<string, string>>;
  /**
   * @param args a WGSL expression per input: vec4f, for keys u32; for buffers the name, to be read by `${name}_at(i)` and
   *   `${name}_vec4(i)`, where i is a multiple of four if the buffer's width is one
   * @param index expression (u32) of the first element's place in the row-major tensor
   * @param row expression (u32) of the row
   * @param col expression (u32) of the first element's column, a multiple of four
   * @returns a WGSL expression (vec4f)
   */
  expression(args: readonly string[], index: string, row: string, col: string): string;
}

export interface Kernel<Inputs extends readonly tf.Tensor[], Outputs extends readonly tf.Tensor[]> {
  readonly name: string;
  /** What else tells calls of equal shapes apart (a rate, a layout), for tuning and for people. */
  readonly detail?: string;
  outputs(...inputs: { readonly [K in keyof Inputs]: TensorSpec }): { readonly [K in keyof Outputs]: TensorSpec };
  /** The computation in plain TensorFlow.js operations. Need not tidy up. */
  reference(...inputs: Inputs): Outputs;

  /** Instead of `program`, for kernels that work element by element. */
  readonly elementwise?: Elementwise;
  readonly program?: (site: Site<Inputs, Outputs>) => Program;
  /** Ways to run it on this device, the likely best first; a tuner measures them. */
  readonly variants?: (site: Site<Inputs, Outputs>) => readonly string[];
  /** Output 0 is left through `finish`. */
  readonly fusable?: boolean;
  /** Output 0 is added to what its memory holds; the engine provides zeros, or the tensor that is to be added. */
  readonly accumulates?: boolean;
  /** Pairs [output, input]: the output may take the input's memory, element for element. */
  readonly inPlace?: readonly (readonly [number, number])[];
  /** Outputs that may be stored in half precision where the plan keeps activations so. */
  readonly halfOutputs?: readonly number[];
  /** Floating-point operations, 2 per multiply-add; 0 where memory traffic is what counts. */
  flops?(...inputs: { readonly [K in keyof Inputs]: TensorSpec }): number;
}

/** A call as a trace keeps it: the kernel's types are gone, its functions remain. */
export interface KernelCall {
  readonly name: string;
  readonly detail: string;
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly TensorSpec[];
  readonly elementwise: Elementwise | undefined;
  readonly fusable: boolean;
  readonly accumulates: boolean;
  readonly inPlace: readonly (readonly [number, number])[];
  readonly halfOutputs: readonly number[];
  readonly flops: number;
  readonly program: ((site: AnySite) => Program) | undefined;
  readonly variants: (site: AnySite) => readonly string[];
}

export type AnySite = Omit<Site<tf.Tensor[], tf.Tensor[]>, 'inputs' | 'outputs'> & {
  readonly inputs: readonly PlacedSpec[];
  readonly outputs: readonly PlacedSpec[];
};

/** What takes down calls instead of computing them. */
export type Recorder = (call: KernelCall) => tf.Tensor[];

let recorder: Recorder | undefined;

/** Sends the calls of `work` to a recorder. */
export function recording<T>(to: Recorder, work: () => T): T {
  const before = recorder;
  recorder = to;
  try {
    return work();
  } finally {
    recorder = before;
  }
}

/** Runs a kernel: by its reference, or while tracing by noting the call. Caller disposes the outputs. */
export function runKernel<Inputs extends readonly tf.Tensor[], Outputs extends readonly tf.Tensor[]>(
  kernel: Kernel<Inputs, Outputs>,
  ...inputs: Inputs
): Outputs {
  if (recorder === undefined) return tidied(() => kernel.reference(...inputs));
  const specs = inputs.map(specOf) as unknown as { readonly [K in keyof Inputs]: TensorSpec };
  const { program, variants } = kernel;
  // A call is recorded with exactly the inputs and outputs that its kernel is declared for: that is what the casts state.
  const typed = (site: AnySite) => site as unknown as Site<Inputs, Outputs>;
  return recorder({
    name: kernel.name,
    detail: kernel.detail ?? '',
    inputs,
    outputs: kernel.outputs(...specs),
    elementwise: kernel.elementwise,
    fusable: kernel.fusable ?? false,
    accumulates: kernel.accumulates ?? false,
    inPlace: kernel.inPlace ?? [],
    halfOutputs: kernel.halfOutputs ?? [],
    flops: kernel.flops?.(...specs) ?? 0,
    program: program && ((site) => program(typed(site))),
    variants: (site) => variants?.(typed(site)) ?? [],
  }) as unknown as Outputs;
}

const specOf = ({ shape, dtype }: tf.Tensor): TensorSpec => {
  if (dtype !== 'float32' && dtype !== 'int32') throw new TypeError(`Kernels take no tensors of ${dtype}.`);
  return { shape, dtype };
};

/** `tf.tidy` for a tuple. */
function tidied<Outputs extends readonly tf.Tensor[]>(work: () => Outputs): Outputs {
  let outputs: Outputs | undefined;
  tf.tidy(() => {
    outputs = work();
    return [...outputs];
  });
  if (outputs === undefined) throw new Error('A kernel gave no outputs.');
  return outputs;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
/** Elements of the last axis; 1 for a scalar. */
export const widthOf = (shape: readonly number[]): number => shape.at(-1) ?? 1;
/** All axes but the last together. */
export const heightOf = (shape: readonly number[]): number => sizeOf(shape) / widthOf(shape);
