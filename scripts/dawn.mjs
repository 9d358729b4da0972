// WebGPU in Node, through Dawn: the device that unit tests and benches run their shaders on.
// It does not look for a driver: findVulkan.mjs does, before the process starts.
// @ts-check
import { create, globals } from 'webgpu';

/** What the engine asks for where the adapter has it; the same list decides what tests can use. */
const WANTED_FEATURES = /** @type {const} */ (['shader-f16', 'subgroups', 'timestamp-query']);

const NO_ADAPTER =
  'WebGPU has no adapter in Node, so tests that need one cannot pass: run "node scripts/findVulkan.mjs" to see why.';

// One instance for the whole process, never collected: devices die with the instance they came from.
/** @type {GPU | undefined} */
let instance;

/**
 * Puts `navigator.gpu` and the WebGPU classes and constants in place, as in a browser.
 * @returns {GPU}
 */
export function installDawn() {
  if (instance !== undefined) return instance;
  instance = create([]);
  Object.assign(globalThis, globals);
  // Node 20 has no `navigator`; from 21 on it has one without `gpu`.
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis.navigator, 'gpu', { value: instance, configurable: true });
  return instance;
}

/**
 * A device with the adapter's own limits and the features the engine uses. The caller destroys it.
 * An error that no error scope catches is thrown outside the caller's stack, so that a test run
 * with an invalid GPU command fails even where nothing looks at the result.
 *
 * @returns {Promise<{ gpu: GPU, adapter: GPUAdapter, device: GPUDevice }>}
 * @throws {Error} where there is no adapter
 */
export async function openDawnDevice() {
  const gpu = installDawn();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error(NO_ADAPTER);
  /** @type {Record<string, number>} */
  const requiredLimits = {};
  for (const name of /** @type {const} */ ([
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupStorageSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxComputeWorkgroupSizeY',
    'maxComputeWorkgroupSizeZ',
    'maxComputeWorkgroupsPerDimension',
  ])) {
    requiredLimits[name] = adapter.limits[name];
  }
  const device = await adapter.requestDevice({
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits,
  });
  device.addEventListener('uncapturederror', (event) => {
    const { message } = event.error;
    queueMicrotask(() => {
      throw new Error(`WebGPU error outside any error scope: ${message}`);
    });
  });
  return { gpu, adapter, device };
}
