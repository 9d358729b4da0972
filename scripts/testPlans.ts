// One WebGPU device for a test file's plans, through Dawn. It knows no model.
import { planContext, type PlanContext } from '../src/engine/planContext.ts';
import { openDawnDevice } from './dawn.mjs';

/** Everything WebGPU complained about since the last look. */
export const gpuProblems: string[] = [];

/** For `afterEach`: a test that ends with any has failed. @throws Error with all of them */
export function noGpuProblems(): void {
  const found = gpuProblems.splice(0);
  if (found.length > 0) throw new Error(found.join('\n'));
}

let shared: PlanContext | undefined;

/** The file's device; every kernel in its first variant. */
export async function testPlans(): Promise<PlanContext> {
  shared ??= await newTestPlans();
  return shared;
}

/** A device of its own, for tests that lose it or watch it. Caller destroys. */
export async function newTestPlans(precision: 'f32' | 'f16' = 'f32'): Promise<PlanContext> {
  const { device, adapter } = await openDawnDevice();
  device.addEventListener('uncapturederror', ({ error }) => gpuProblems.push(error.message));
  return planContext(device, adapter.info, { software: true, tuningMs: 0, precision });
}
