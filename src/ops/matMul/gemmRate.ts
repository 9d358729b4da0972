// What a device can do as plans use it: its best rate of matrix products, and what starting one dispatch costs.
import type { PlanContext } from '../../engine/planContext.ts';
import type { Plan } from '../../engine/plan.ts';
import type * as tf from '../../engine/tf.ts';
import { clockStepMs, millisecondsPerRun, type Clock } from '../../engine/timing.ts';
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

/**
 * Best rate of matrix products in GFLOP/s (2 per multiply-add), each shape in the form that the tuner chose; 0 on a
 * clock that stands still.
 */
export async function measureGemmRate(context: PlanContext, now: Clock): Promise<number> {
  const stepMs = clockStepMs(now);
  let best = 0;
  for (const { m, k, n } of SHAPES) {
    const graph = trace((scope) => {
      const a = scope.input('a', [m, k]) as tf.Tensor2D;
      const b = scope.input('b', [k, n]) as tf.Tensor2D;
      scope.output('product', matMulNN(a, b));
    });
    const plan = await context.build(graph);
    const ms = await millisecondsPerRun(runsOf(context.device, plan), now, stepMs);
    plan.dispose();
    if (ms === 0) return 0;
    best = Math.max(best, (2 * m * k * n) / (ms * 1e6));
    if (ms > QUICK_MS) break;
  }
  return best;
}

const CHAIN = 128;

/** Seconds per dispatch of a chain of small ones. */
export async function measureDispatchSeconds(context: PlanContext, now: Clock): Promise<number> {
  const graph = trace((scope) => {
    const x = scope.input('x', [64]);
    let sum = scope.input('sum', [64]);
    for (let i = 0; i < CHAIN; i++) sum = addTo(sum, x);
    scope.assign('sum', sum);
  });
  const plan = await context.build(graph);
  const ms = await millisecondsPerRun(runsOf(context.device, plan), now, clockStepMs(now));
  plan.dispose();
  return ms / 1000 / CHAIN;
}

/** So many runs may wait on the device at once: Windows ends a submission queue that is busy for seconds. */
const AT_ONCE = 64;

const runsOf =
  (device: GPUDevice, plan: Plan) =>
  async (repeats: number): Promise<void> => {
    for (let repeat = 1; repeat <= repeats; repeat++) {
      plan.run();
      if (repeat % AT_ONCE === 0 && repeat < repeats) await device.queue.onSubmittedWorkDone();
    }
    await device.queue.onSubmittedWorkDone();
  };
