// Opens TensorFlow.js backends by name, each loaded only when asked for, and measures their speed.
// Which one a run uses is the worker's choice.
import { trackMemory, memoryOf } from './gpuMemory.ts';
import { planContext, type PlanContext } from './planContext.ts';
import type { Precision } from './programs.ts';
import * as tf from './tf.ts';
import type { TunerCache } from './tuner.ts';

export const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

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

/** Asks the browser what it offers for a backend; opens nothing. */
export async function offerOf(name: Backend): Promise<BackendOffer> {
  switch (name) {
    case 'webgpu':
      return offerOfWebGpu();
    case 'webgl':
      return offerOfWebGl();
    case 'wasm':
      return typeof WebAssembly === 'object'
        ? { available: true, detail: 'SIMD, 1 thread', software: false, note: '' }
        : unavailable('This browser has no WebAssembly.');
    case 'cpu':
      return { available: true, detail: 'plain JavaScript', software: false, note: '' };
    default:
      return name satisfies never;
  }
}

async function requestAdapter(): Promise<GPUAdapter | null> {
  const gpu: GPU | undefined = navigator.gpu;
  return (await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null)) ?? null;
}

async function offerOfWebGpu(): Promise<BackendOffer> {
  if (!('gpu' in navigator)) return unavailable('This browser has no WebGPU.');
  const adapter = await requestAdapter();
  if (adapter === null) return unavailable('This browser has WebGPU but found no adapter for it.');
  const software = isSoftware(adapter);
  return { available: true, detail: describeAdapter(adapter), software, note: '' };
}

const isSoftware = ({ info }: GPUAdapter): boolean =>
  info.isFallbackAdapter || /swiftshader|llvmpipe|software/i.test(`${info.architecture} ${info.description}`);

function describeAdapter(adapter: GPUAdapter): string {
  const { vendor, architecture, description } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'GPU';
  return isSoftware(adapter) ? `${name} (software)` : name;
}

function offerOfWebGl(): BackendOffer {
  if (typeof OffscreenCanvas === 'undefined') return unavailable('This browser has no WebGL in workers.');
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) return unavailable('This browser has no WebGL 2.');
  const debug = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(debug ? debug.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const floats = gl.getExtension('EXT_color_buffer_float') !== null;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  if (!floats) return unavailable('This browser’s WebGL cannot compute in 32-bit floats.');
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
  const opened = await OPENERS[name](options);
  if (!(await tf.setBackend(name))) throw new Error(`The ${name} backend did not start.`);
  await tf.ready();
  return opened;
}

const OPENERS: Readonly<Record<Backend, (options: OpenOptions) => Promise<OpenBackend>>> = {
  webgpu: openWebGpu,
  webgl: openWebGl,
  wasm: openWasm,
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
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
  const adapter = await requestAdapter();
  if (adapter === null) throw new Error('This browser found no WebGPU adapter.');
  const device = await adapter.requestDevice({
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(RAISED_LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  trackMemory(device);
  const halfPrecision = device.features.has('shader-f16');
  const plans = planContext(device, adapter.info, {
    software: isSoftware(adapter),
    precision: halfPrecision ? (precision ?? 'f32') : 'f32',
    ...(tunerCache && { cache: tunerCache }),
  });
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  replaceBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  return {
    name: 'webgpu',
    detail: describeAdapter(adapter),
    maxTensorBytes: Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize),
    plans,
    halfPrecision,
    lost: device.lost.then((info) => info.message || info.reason || 'unknown'),
    loseDevice: () => device.destroy(),
  };
}

async function openWebGl(): Promise<OpenBackend> {
  const { MathBackendWebGL } = await import('@tensorflow/tfjs-backend-webgl');
  const canvas = new OffscreenCanvas(1, 1);
  tf.env().set('WEBGL_VERSION', 2);
  // One shader serves all shapes, so that decoding (one more token each time) does not compile anew.
  tf.env().set('WEBGL_USE_SHAPES_UNIFORMS', true);
  replaceBackend('webgl', () => new MathBackendWebGL(canvas));
  const lost = new Promise<string>((resolve) => {
    canvas.addEventListener('webglcontextlost', () => resolve('The WebGL context was lost.'));
  });
  const gl = canvas.getContext('webgl2');
  const side = gl === null ? 4096 : Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
  return {
    name: 'webgl',
    detail: offerOfWebGl().detail,
    maxTensorBytes: side * side * 4,
    halfPrecision: false,
    lost,
    loseDevice: () => gl?.getExtension('WEBGL_lose_context')?.loseContext(),
  };
}

async function openWasm({ wasmFiles }: OpenOptions): Promise<OpenBackend> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // The files' addresses can be told only once, before the backend first starts.
  if (!wasmFilesTold) setWasmPaths({ ...wasmFiles });
  wasmFilesTold = true;
  // Threads gain a twentieth here and need headers that a static host may not send.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    name: 'wasm',
    detail: simd ? 'SIMD, 1 thread' : '1 thread, no SIMD',
    maxTensorBytes: 2 ** 31 - 1,
    halfPrecision: false,
    lost: NEVER,
  };
}
let wasmFilesTold = false;

/** Registers a backend anew, ending a former one of the same name (whose device may be lost). */
function replaceBackend(name: Backend, factory: () => tf.KernelBackend): void {
  if (tf.findBackendFactory(name) !== null) tf.removeBackend(name);
  tf.registerBackend(name, factory);
}

/** Ends a backend whose device is gone, so that its memory is given back. */
export function closeBackend(name: Backend): void {
  if (name === 'webgpu' || name === 'webgl') tf.removeBackend(name);
}

/** Products from small to large; the next only where the last was quick, so that a GPU can show its speed on it. */
const PROBES = [
  { m: 256, k: 64, n: 256 },
  { m: 512, k: 256, n: 512 },
  { m: 1024, k: 1024, n: 1024 },
] as const;
const QUICK_MS = 4;
const PROBE_ROUNDS = 3;

/**
 * Matrix-product speed of the current backend in GFLOP/s (2 per multiply-add): the best of a few rounds after a
 * warm-up, reading the result back included.
 */
export async function measureGigaflops(now: () => number): Promise<number> {
  let best = 0;
  for (const { m, k, n } of PROBES) {
    const a: tf.Tensor2D = tf.ones([m, k]);
    const b: tf.Tensor2D = tf.ones([k, n]);
    let shortestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round <= PROBE_ROUNDS; round++) {
      const start = now();
      const product = tf.tidy(() => tf.sum(tf.matMul(a, b)));
      await product.data();
      product.dispose();
      if (round > 0) shortestMs = Math.min(shortestMs, now() - start);
    }
    tf.dispose([a, b]);
    best = Math.max(best, (2 * m * k * n) / (Math.max(shortestMs, 0.05) * 1e6));
    if (shortestMs > QUICK_MS) break;
  }
  return best;
}

const OPERATIONS = 64;

/** Seconds per operation of a chain of small ones on the current backend: the cost of starting each. */
export async function measureOperationSeconds(now: () => number): Promise<number> {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= PROBE_ROUNDS; round++) {
    const start = now();
    // Too large for the backends' short cut through the processor, too small to take time by itself.
    const end = tf.tidy(() => {
      let x: tf.Tensor = tf.ones([64, 64]);
      for (let i = 0; i < OPERATIONS; i++) x = tf.add(x, x);
      return tf.sum(x);
    });
    await end.data();
    end.dispose();
    if (round > 0) shortestMs = Math.min(shortestMs, now() - start);
  }
  return Math.max(0, shortestMs) / 1000 / OPERATIONS;
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
