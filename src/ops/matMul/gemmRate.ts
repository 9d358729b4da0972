// What a device can do as plans use it: its best rate of matrix products, and what starting one dispatch costs.
import type { PlanContext } from '../../engine/planContext.ts';
import type { Plan } from '../../engine/plan.ts';
import type * as tf from '../../engine/tf.ts';
import { trace } from '../../engine/trace.ts';
import { addTo } from '../gradient/addTo.ts';
import { matMulNN } from './matMul.ts';

/** Products from small to large; the next only where the last was quick, so that a GPU can show its speed on it. */
const SHAPES = [
  { m: 512, k: 256, n: 256 },
  { m: 1024, k: 1024, n: 1024 },
  { m: 2048, k: 2048, n: 2048 },
] as const;
const QUICK_MS = 8;
const ROUNDS = 3;
const MOST_REPEATS = 64;

/** Best rate of matrix products in GFLOP/s (2 per multiply-add), each shape in the form that the tuner chose. */
export async function measureGemmRate(context: PlanContext, now: () => number): Promise<number> {
  let best = 0;
  for (const { m, k, n } of SHAPES) {
    const graph = trace((scope) => {
      const a = scope.input('a', [m, k]) as tf.Tensor2D;
      const b = scope.input('b', [k, n]) as tf.Tensor2D;
      scope.output('product', matMulNN(a, b));
    });
    const plan = await context.build(graph);
    const ms = await shortestMs(context.device, plan, now);
    plan.dispose();
    best = Math.max(best, (2 * m * k * n) / (ms * 1e6));
    if (ms > QUICK_MS) break;
  }
  return best;
}

const CHAIN = 128;

/** Seconds per dispatch of a chain of small ones. */
export async function measureDispatchSeconds(context: PlanContext, now: () => number): Promise<number> {
  const graph = trace((scope) => {
    const x = scope.input('x', [64]);
    let sum = scope.input('sum', [64]);
    for (let i = 0; i < CHAIN; i++) sum = addTo(sum, x);
    scope.assign('sum', sum);
  });
  const plan = await context.build(graph);
  const ms = await shortestMs(context.device, plan, now);
  plan.dispose();
  return ms / 1000 / CHAIN;
}

/** Milliseconds of one run: the best of a few rounds, each long enough to be measured. */
async function shortestMs(device: GPUDevice, plan: Plan, now: () => number): Promise<number> {
  let repeats = 1;
  let shortest = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    const startMs = now();
    for (let repeat = 0; repeat < repeats; repeat++) plan.run();
    await device.queue.onSubmittedWorkDone();
    const ms = Math.max(1e-3, (now() - startMs) / repeats);
    if (round > 0) shortest = Math.min(shortest, ms);
    repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(QUICK_MS / ms)));
  }
  return shortest;
}
