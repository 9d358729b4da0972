// What every contestant of a bench offers, whichever engine it measures and wherever it runs: the contract between the
// measuring code and its hosts. All of it crosses process borders, so it is plain data.

/** Sizes of a model and its batches. */
export interface Shape {
  /** A preset's name, or 'custom'. */
  readonly name: string;
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream. */
  readonly embd: number;
  readonly context: number;
  /** Sequences per step. */
  readonly batch: number;
  readonly vocab: number;
}

/** `plan` is Glassbox on WebGPU; `reference` and `wasm` are its operations one by one; `genai` is the peer. */
export const ENGINES = ['plan', 'reference', 'wasm', 'genai'] as const;
export type Engine = (typeof ENGINES)[number];

export interface Settings {
  readonly engine: Engine;
  readonly shape: Shape;
  /** How activations are stored. */
  readonly dtype: 'f32' | 'f16';
  /** Training steps of a turn; by time where it is left out. */
  readonly steps?: number;
}

/** What the place it runs in has to bring along. */
export interface Surroundings {
  /** Addresses of the WASM backend's files by name. */
  readonly wasmFiles: Readonly<
    Record<'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm', string>
  >;
  /** A line for the person who waits. */
  readonly tell: (line: string) => void;
}

export interface TrainingOpening {
  /** Adapter or engine as far as it tells. */
  readonly device: string;
  readonly parameters: number;
  /** From nothing but an open device to the end of the first step. */
  readonly firstStepMs: number;
  /** Of it, measuring kernels to choose among them. */
  readonly tuningMs?: number;
  /** The same with the choices among kernels known from before. */
  readonly warmFirstStepMs?: number;
  /** GPU dispatches of one step, as the device saw them. */
  readonly dispatches?: number;
  readonly memory?: {
    /** Buffers between the operations. */
    readonly plannedBytes: number;
    /** The same without sharing memory between values. */
    readonly uncolouredBytes: number;
    /** With parameters, gradients and optimizer. */
    readonly totalBytes: number;
  };
  /** Floating-point operations of one step, forward and backward. */
  readonly flopsPerStep?: number;
}

export interface TrainingTurn {
  readonly steps: number;
  readonly msPerStep: number;
  /** Of the calling thread: from asking for one step until it is handed to the device. */
  readonly submitMs: number;
  readonly loss: number;
  /** The best matrix product of the same turn, of the same engine. */
  readonly gemmGigaflops?: number;
}

/** Tokens per second, of all samples together. */
export interface WritingTurn {
  readonly samples: number;
  /** From cached keys and values. */
  readonly cached: number;
  /** Reading the whole context for every token. */
  readonly whole: number;
}

export interface Contestant {
  openTraining(): Promise<TrainingOpening>;
  /** A turn of training steps. */
  train(): Promise<TrainingTurn>;
  openWriting(): Promise<{ readonly device: string }>;
  /** A turn of writing, for each number of samples. */
  write(): Promise<WritingTurn[]>;
  /** The benches of an operation's kernels. @returns lines for a person */
  kernels(subject: 'gemm' | 'attention'): Promise<{ readonly device: string; readonly lines: string[] }>;
}

export const isTurnLong = (startMs: number, limitMs: number): boolean => performance.now() - startMs > limitMs;

/** Steps that fill about `turnMs`, at least one. */
export const stepsOfTurn = (msPerStep: number, turnMs = 1500): number =>
  Math.max(1, Math.min(1000, Math.round(turnMs / msPerStep)));

/** How often to take the time of a submission, the shortest of which counts; slow steps are waited for only once. */
export const submissionsOf = (msPerStep: number): number => (msPerStep > 200 ? 1 : 8);

/** Counts the dispatches that some work hands to the device. */
export async function countDispatches(work: () => Promise<unknown>): Promise<number> {
  const passes = GPUComputePassEncoder.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the pass it belongs to
  const original = passes.dispatchWorkgroups;
  let count = 0;
  passes.dispatchWorkgroups = function (this: GPUComputePassEncoder, ...size) {
    count++;
    return original.apply(this, size);
  };
  try {
    await work();
  } finally {
    passes.dispatchWorkgroups = original;
  }
  return count;
}

/** Random tokens, the same for every contestant: speed does not depend on them. */
export function randomTokens(count: number, vocabSize: number): Int32Array {
  let state = 1;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * vocabSize);
  });
}
