// Opens TensorFlow.js backends by name, each loaded only when asked for. Which one a run uses is the worker's choice.
import { BACKEND_LABELS, type Backend } from '../config/backendLabels.ts';
import { later, LaterCodeError } from '../loading/laterCode.ts';
import { findAdapter, withoutWebGpu } from './gpuAdapter.ts';
import { trackMemory, memoryOf } from './gpuMemory.ts';
import { planContext, type PlanContext } from './planContext.ts';
import type { Precision } from './programs.ts';
import * as tf from './tf.ts';
import { withinMs } from './timeLimit.ts';
import type { TunerCache } from './tuner.ts';

/** What the browser offers for a backend, before it is opened. */
export interface BackendOffer {
  readonly available: boolean;
  /** Adapter or engine as far as the browser tells. */
  readonly detail: string;
  /** True where the "GPU" is emulated on the processor. */
  readonly software: boolean;
  /** Why it is not available; empty otherwise. */
  readonly note: string;
}

export interface OpenBackend {
  readonly name: Backend;
  readonly detail: string;
  /** Largest storage of one tensor in bytes; Infinity where the backend names none. */
  readonly maxTensorBytes: number;
  /** How plans are made on this device; undefined where operations run one by one. */
  readonly plans?: PlanContext;
  /** Whether the device can store activations in half precision. */
  readonly halfPrecision: boolean;
  /** Resolves with a reason when the device is lost; never for backends that cannot be lost. */
  readonly lost: Promise<string>;
  /** Loses the device on purpose (fault drill); undefined where there is none to lose. */
  readonly loseDevice?: () => void;
}

/** Addresses of the WASM backend's files by name; see `tfjs-backend-wasm`'s setWasmPaths. */
export type WasmFiles = Readonly<
  Record<'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm', string>
>;

const unavailable = (note: string): BackendOffer => ({ available: false, detail: '', software: false, note });
const NEVER = new Promise<string>(() => {});

/** A browser that has not said by then what it offers will not. */
const OFFER_LIMIT_MS = 10_000;
const OPENING_LIMIT_MS = 30_000;

const OFFERS: Readonly<Record<Backend, () => Promise<BackendOffer>>> = {
  webgpu: offerOfWebGpu,
  webgl: async () => offerOfWebGl(),
  wasm: async () => offerOfWasm(),
  cpu: async () => ({ available: true, detail: 'plain JavaScript', software: false, note: '' }),
};

/**
 * Asks the browser what it offers for a backend; opens nothing. Whatever the browser does instead of answering (it
 * throws, it never answers) makes this backend unavailable and says why.
 */
export async function offerOf(name: Backend, limitMs = OFFER_LIMIT_MS): Promise<BackendOffer> {
  const silence = `The browser did not say within ${limitMs / 1000} s whether it has ${BACKEND_LABELS[name]}.`;
  try {
    return await withinMs(limitMs, silence, OFFERS[name]);
  } catch (error) {
    return unavailable(reasonOf(error));
  }
}

/** The browser's own words, which may be none. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)) || 'The browser gave no reason.';

async function offerOfWebGpu(): Promise<BackendOffer> {
  const absence = withoutWebGpu();
  if (absence !== undefined) return unavailable(absence);
  const found = await findAdapter();
  if (found === null) return unavailable('This browser has WebGPU but found no adapter for it.');
  return { available: true, detail: found.name, software: found.software, note: '' };
}

/** The smallest module there is: a browser's policy may forbid to compile any. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

function offerOfWasm(): BackendOffer {
  if (typeof WebAssembly !== 'object') return unavailable('This browser has no WebAssembly.');
  void new WebAssembly.Module(EMPTY_MODULE);
  return { available: true, detail: 'SIMD, 1 thread', software: false, note: '' };
}

function offerOfWebGl(): BackendOffer {
  if (typeof OffscreenCanvas === 'undefined') return unavailable('This browser has no WebGL in workers.');
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) return unavailable('This browser has no WebGL 2.');
  const debug = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(debug ? debug.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const floats = gl.getExtension('EXT_color_buffer_float') !== null;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  if (!floats) return unavailable('WebGL in this browser doesn’t support 32-bit floats.');
  const software = /swiftshader|llvmpipe|software/i.test(renderer);
  return { available: true, detail: software ? `${renderer} (software)` : renderer, software, note: '' };
}

export interface OpenOptions {
  readonly wasmFiles: WasmFiles;
  /** How plans store activations; f32 where the device cannot do otherwise. */
  readonly precision?: Precision;
  /** Where the choices among kernels are kept. */
  readonly tunerCache?: TunerCache;
}

/** Opens a backend and makes it the current one. @throws Error with the browser's reason if it cannot be opened. */
export async function openBackend(name: Backend, options: OpenOptions): Promise<OpenBackend> {
  return withinMs(
    OPENING_LIMIT_MS,
    `${BACKEND_LABELS[name]} did not start within ${OPENING_LIMIT_MS / 1000} s.`,
    async () => {
      const opened = await OPENERS[name](options);
      if (!(await tf.setBackend(name))) throw new Error(`${BACKEND_LABELS[name]} did not start.`);
      await tf.ready();
      return opened;
    },
  );
}

const OPENERS: Readonly<Record<Backend, (options: OpenOptions) => Promise<OpenBackend>>> = {
  webgpu: openWebGpu,
  webgl: openWebGl,
  wasm: openWasm,
  cpu: async () => {
    await later(() => import('@tensorflow/tfjs-backend-cpu'));
    const detail = 'plain JavaScript';
    return { name: 'cpu', detail, maxTensorBytes: Number.POSITIVE_INFINITY, halfPrecision: false, lost: NEVER };
  },
};

/** Limits worth raising to what the adapter has: large tensors and large workgroups. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBuffersPerShaderStage',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const satisfies readonly GPUFeatureName[];

async function openWebGpu({ precision, tunerCache }: OpenOptions): Promise<OpenBackend> {
  const absence = withoutWebGpu();
  if (absence !== undefined) throw new Error(absence);
  const found = await findAdapter();
  if (found === null) throw new Error('This browser found no WebGPU adapter.');
  const { adapter, info, software, name } = found;
  const device = await adapter.requestDevice({
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    // A browser may not know each of them.
    requiredLimits: Object.fromEntries(
      RAISED_LIMITS.filter((limit) => limit in adapter.limits).map((limit) => [limit, adapter.limits[limit]]),
    ),
  });
  trackMemory(device);
  const halfPrecision = device.features.has('shader-f16');
  const plans = planContext(device, info, {
    software,
    precision: halfPrecision ? (precision ?? 'f32') : 'f32',
    ...(tunerCache && { cache: tunerCache }),
  });
  const { WebGPUBackend } = await later(() => import('@tensorflow/tfjs-backend-webgpu'));
  const backend = new WebGPUBackend(device, info);
  replaceBackend('webgpu', () => backend);
  return {
    name: 'webgpu',
    detail: name,
    maxTensorBytes: Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize),
    plans,
    halfPrecision,
    lost: device.lost.then((lost) => lost.message || lost.reason || 'unknown'),
    loseDevice: () => device.destroy(),
  };
}

async function openWebGl(): Promise<OpenBackend> {
  const { detail, available, note } = offerOfWebGl();
  if (!available) throw new Error(note);
  const { MathBackendWebGL } = await later(() => import('@tensorflow/tfjs-backend-webgl'));
  const canvas = new OffscreenCanvas(1, 1);
  tf.env().set('WEBGL_VERSION', 2);
  // One shader serves all shapes, so that decoding (one more token each time) does not compile anew.
  tf.env().set('WEBGL_USE_SHAPES_UNIFORMS', true);
  // Made here, since TensorFlow.js would keep to itself why it cannot be.
  const backend = new MathBackendWebGL(canvas);
  replaceBackend('webgl', () => backend);
  const lost = new Promise<string>((resolve) => {
    canvas.addEventListener('webglcontextlost', () => resolve('The WebGL context was lost.'));
  });
  const gl = canvas.getContext('webgl2');
  const side = gl === null ? 4096 : Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
  return {
    name: 'webgl',
    detail,
    maxTensorBytes: side * side * 4,
    halfPrecision: false,
    lost,
    loseDevice: () => gl?.getExtension('WEBGL_lose_context')?.loseContext(),
  };
}

async function openWasm({ wasmFiles }: OpenOptions): Promise<OpenBackend> {
  const { available, note } = offerOfWasm();
  if (!available) throw new Error(note);
  const { setWasmPaths } = await later(() => import('@tensorflow/tfjs-backend-wasm'));
  // The files' addresses can be told only once, before the backend first starts.
  if (!wasmFilesTold) setWasmPaths({ ...wasmFiles });
  wasmFilesTold = true;
  // Threads gain a twentieth here and need headers that a static host may not send.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = Boolean(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));
  await requireReachable(wasmFiles[simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm']);
  return {
    name: 'wasm',
    detail: simd ? 'SIMD, 1 thread' : '1 thread, no SIMD',
    maxTensorBytes: 2 ** 31 - 1,
    halfPrecision: false,
    lost: NEVER,
  };
}
let wasmFilesTold = false;

/** TensorFlow.js waits for ever for a WASM file that does not come. @throws Error if this one would not */
async function requireReachable(address: string): Promise<void> {
  // In Node it is a file.
  if (!/^https?:/.test(address)) return;
  const answer = await fetch(address, { method: 'HEAD' }).catch((error: unknown) => reasonOf(error));
  if (typeof answer === 'string' || !answer.ok) {
    const why = typeof answer === 'string' ? answer : String(answer.status);
    throw new LaterCodeError(`WASM could not be downloaded from ${new URL(address).host} (${why}).`);
  }
}

/** Registers a backend anew, ending a former one of the same name (whose device may be lost). */
function replaceBackend(name: Backend, factory: () => tf.KernelBackend): void {
  if (tf.findBackendFactory(name) !== null) tf.removeBackend(name);
  tf.registerBackend(name, factory);
}

/** Ends a backend whose device is gone, so that its memory is given back. */
export function closeBackend(name: Backend): void {
  if (name === 'webgpu' || name === 'webgl') tf.removeBackend(name);
}

/** What the engine holds at present, for leak checks: tensors, and a device's buffers with those of plans. */
export function heldMemory(device?: GPUDevice): { tensors: number; bytes: number; gpuBuffers: number } {
  const { numTensors, numBytes } = tf.memory();
  if (device)
    return { tensors: numTensors, bytes: numBytes + memoryOf(device).bytes, gpuBuffers: memoryOf(device).buffers };
  const backend: object = tf.backend();
  const gpuBuffers = 'bufferManager' in backend ? usedBuffers(backend.bufferManager) : 0;
  return { tensors: numTensors, bytes: numBytes, gpuBuffers };
}

const usedBuffers = (manager: unknown): number =>
  typeof manager === 'object' &&
  manager !== null &&
  'getNumUsedBuffers' in manager &&
  typeof manager.getNumUsedBuffers === 'function'
    ? Number(manager.getNumUsedBuffers())
    : 0;
