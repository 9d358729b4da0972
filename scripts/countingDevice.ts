// Counts what is asked of a WebGPU device: things made, submissions, writes and dispatches. For tests that a replay
// makes nothing.
import { memoryOf } from '../src/engine/gpuMemory.ts';

export interface DeviceCounts {
  readonly buffers: number;
  readonly bindGroups: number;
  readonly pipelines: number;
  readonly shaderModules: number;
  readonly submits: number;
  readonly writes: number;
  readonly passes: number;
  readonly dispatches: number;
}

const NOTHING: DeviceCounts = {
  buffers: 0,
  bindGroups: 0,
  pipelines: 0,
  shaderModules: 0,
  submits: 0,
  writes: 0,
  passes: 0,
  dispatches: 0,
};

/** Counts from now on. @returns the counts since the last call of this function */
export function countCalls(device: GPUDevice): () => DeviceCounts {
  let counts: Record<keyof DeviceCounts, number> = { ...NOTHING };
  /** Lets one method of one object count; its behaviour stays. */
  const count = <T extends object, K extends keyof T>(
    object: T,
    method: K,
    as: keyof DeviceCounts | undefined,
    onResult: (result: unknown) => void = () => {},
  ): void => {
    const original = object[method];
    if (typeof original !== 'function') throw new TypeError(`${String(method)} is no method.`);
    const counted = (...given: unknown[]): unknown => {
      if (as !== undefined) counts[as]++;
      const result: unknown = Reflect.apply(original, object, given);
      onResult(result);
      return result;
    };
    Object.defineProperty(object, method, { value: counted, configurable: true });
  };
  const isPass = (x: unknown): x is GPUComputePassEncoder => x instanceof GPUComputePassEncoder;
  const isEncoder = (x: unknown): x is GPUCommandEncoder => x instanceof GPUCommandEncoder;
  count(device, 'createBuffer', 'buffers');
  count(device, 'createBindGroup', 'bindGroups');
  count(device, 'createComputePipeline', 'pipelines');
  count(device, 'createComputePipelineAsync', 'pipelines');
  count(device, 'createShaderModule', 'shaderModules');
  count(device.queue, 'submit', 'submits');
  count(device.queue, 'writeBuffer', 'writes');
  count(device, 'createCommandEncoder', undefined, (encoder) => {
    if (!isEncoder(encoder)) return;
    count(encoder, 'beginComputePass', 'passes', (pass) => {
      if (isPass(pass)) count(pass, 'dispatchWorkgroups', 'dispatches');
    });
  });
  return () => {
    const taken = counts;
    counts = { ...NOTHING };
    return taken;
  };
}

/**
 * Watches how much memory is allocated from now on; the device's memory must be tracked (`trackMemory`).
 * @returns the most bytes at any time since the last call of this function
 */
export function watchPeak(device: GPUDevice): () => number {
  const create = device.createBuffer.bind(device);
  let peak = memoryOf(device).bytes;
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    peak = Math.max(peak, memoryOf(device).bytes);
    return buffer;
  };
  return () => {
    const taken = peak;
    peak = memoryOf(device).bytes;
    return taken;
  };
}
