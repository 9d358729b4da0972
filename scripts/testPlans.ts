// One WebGPU device for a test file's plans, through Dawn. It knows no model.
import { planContext, type PlanContext } from '../src/engine/planContext.ts';
import { openDawnDevice } from './dawn.mjs';

const problems: string[] = [];

/** For `afterEach`. @throws Error with everything WebGPU complained about since the last look */
export function noGpuProblems(): void {
  const found = problems.splice(0);
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
  device.addEventListener('uncapturederror', ({ error }) => problems.push(error.message));
  return planContext(device, adapter.info, { software: true, tuningMs: 0, precision });
}
