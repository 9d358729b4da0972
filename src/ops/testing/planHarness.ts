// Runs a function of tensors as a plan on a WebGPU device, for tests: inputs given as values, results read back.
import { planContext, type PlanContext } from '../../engine/planContext.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Precision } from '../../engine/programs.ts';
import { Readback } from '../../engine/readback.ts';
import { sizeOf } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { trace } from '../../engine/trace.ts';

export interface PlanInput {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly dtype?: 'float32' | 'int32';
}

/** A context that takes every kernel's first variant. @param tuningMs time to choose among variants */
export const testContext = (
  device: GPUDevice,
  info: GPUAdapterInfo,
  precision: Precision = 'f32',
  tuningMs = 0,
): PlanContext => planContext(device, info, { software: true, precision, tuningMs });

export interface PlanRun {
  readonly outputs: readonly Float32Array[];
  /** Inputs after the run, those that were assigned to. */
  readonly assigned: ReadonlyMap<string, Float32Array>;
  readonly plan: Plan;
}

/**
 * Traces `build` and runs it once on memory that starts as NaN.
 * @param build gets the inputs by name; gives the outputs, and in `assign` what inputs hold afterwards
 */
export async function runPlanned(
  context: PlanContext,
  inputs: Readonly<Record<string, PlanInput>>,
  build: (given: Readonly<Record<string, tf.Tensor>>) => {
    outputs: readonly tf.Tensor[];
    assign?: Readonly<Record<string, tf.Tensor>>;
  },
): Promise<PlanRun> {
  const { device } = context;
  const outputShapes: number[][] = [];
  let assigned: string[] = [];
  const graph = trace((scope) => {
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, dtype }]) => [name, scope.input(name, shape, dtype)]),
    );
    const { outputs, assign = {} } = build(given);
    outputs.forEach((tensor, i) => {
      outputShapes.push(tensor.shape);
      scope.output(`output ${i}`, tensor);
    });
    for (const [name, tensor] of Object.entries(assign)) scope.assign(name, tensor);
    assigned = Object.keys(assign);
  });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = Object.fromEntries(
    Object.entries(inputs).map(([name, { values, dtype }]) => {
      const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
      const buffer = device.createBuffer({ size: Math.max(16, Math.ceil(data.byteLength / 16) * 16), usage });
      device.queue.writeBuffer(buffer, 0, data);
      return [name, { buffer }];
    }),
  );
  const plan = await context.build(graph, { buffers, poison: true });
  plan.run();
  const readback = new Readback(device);
  const read = async ({ buffer, offset = 0 }: GPUBufferBinding, elements: number): Promise<Float32Array> => {
    const [bytes = new ArrayBuffer(0)] = await readback.read([{ buffer, offset, bytes: 4 * elements }]);
    return new Float32Array(bytes);
  };
  const outputs: Float32Array[] = [];
  for (const [i, shape] of outputShapes.entries()) outputs.push(await read(plan.binding(`output ${i}`), sizeOf(shape)));
  const after = new Map<string, Float32Array>();
  for (const name of assigned) {
    const binding = buffers[name];
    if (binding) after.set(name, await read(binding, sizeOf(inputs[name]?.shape ?? [])));
  }
  readback.dispose();
  plan.dispose();
  for (const { buffer } of Object.values(buffers)) buffer.destroy();
  return { outputs, assigned: after, plan };
}
