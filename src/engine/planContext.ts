// Everything that building a plan needs to know of its device; made once per device.
import type { DeviceTraits } from './kernel.ts';
import type { Graph } from './graph.ts';
import { Plan, type PlanOptions } from './plan.ts';
import type { Precision } from './programs.ts';
import { Tuner, type TunerCache } from './tuner.ts';

export class PlanContext {
  readonly device: GPUDevice;
  readonly traits: DeviceTraits;
  readonly tuner: Tuner;
  /** How plans store activations. */
  readonly precision: Precision;

  constructor(device: GPUDevice, traits: DeviceTraits, tuner: Tuner, precision: Precision = 'f32') {
    if (precision === 'f16' && !traits.shaderF16) {
      throw new RangeError('This graphics device cannot compute in half precision (it lacks the feature shader-f16).');
    }
    this.device = device;
    this.traits = traits;
    this.tuner = tuner;
    this.precision = precision;
  }

  build(
    graph: Graph,
    options: Pick<PlanOptions, 'buffers' | 'onProgress' | 'poison' | 'precision'> = {},
  ): Promise<Plan> {
    const { device, traits, tuner, precision } = this;
    return Plan.build(graph, { device, traits, tuner, precision, ...options });
  }
}

/** @param software whether the device is emulated on the processor */
export function planContext(
  device: GPUDevice,
  adapterInfo: GPUAdapterInfo,
  options: { software: boolean; cache?: TunerCache; precision?: Precision; tuningMs?: number },
): PlanContext {
  const { vendor, architecture, device: name, description } = adapterInfo;
  const tuner = new Tuner(device, [vendor, architecture, name, description].join(' '), options.cache, options.tuningMs);
  return new PlanContext(device, traitsOf(device, options.software), tuner, options.precision);
}

export function traitsOf({ features, limits }: GPUDevice, software: boolean): DeviceTraits {
  return {
    shaderF16: features.has('shader-f16'),
    subgroups: features.has('subgroups'),
    software,
    maxWorkgroupInvocations: limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupStorageBytes: limits.maxComputeWorkgroupStorageSize,
    maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    maxStorageBuffers: limits.maxStorageBuffersPerShaderStage,
  };
}
