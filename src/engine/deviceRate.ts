// How fast the current TensorFlow.js backend is where operations run one by one: its matrix products, and what starting
// an operation costs. Plans are measured by `ops/matMul/gemmRate.ts`.
import { clockStepMs, millisecondsPerRun, type Clock } from './timing.ts';
import * as tf from './tf.ts';

/** Products from small to large; the next only where the last was quick, so that a GPU can show its speed on it. */
const PROBES = [
  { m: 256, k: 64, n: 256 },
  { m: 512, k: 256, n: 512 },
  { m: 1024, k: 1024, n: 1024 },
] as const;
const QUICK_MS = 2;

/** Waits for a tensor and everything before it, and disposes it. */
async function waitFor(end: tf.Tensor): Promise<void> {
  await end.data();
  end.dispose();
}

/** Matrix-product speed of the current backend in GFLOP/s (2 per multiply-add); 0 on a clock that stands still. */
export async function measureGigaflops(now: Clock): Promise<number> {
  const stepMs = clockStepMs(now);
  let best = 0;
  for (const { m, k, n } of PROBES) {
    const a: tf.Tensor2D = tf.ones([m, k]);
    const b: tf.Tensor2D = tf.ones([k, n]);
    const products = (repeats: number): Promise<void> => {
      for (let repeat = 1; repeat < repeats; repeat++) tf.matMul(a, b).dispose();
      return waitFor(tf.tidy(() => tf.sum(repeats === 0 ? b : tf.matMul(a, b))));
    };
    const ms = await millisecondsPerRun(products, now, stepMs);
    tf.dispose([a, b]);
    if (ms === 0) return 0;
    best = Math.max(best, (2 * m * k * n) / (ms * 1e6));
    if (ms > QUICK_MS) break;
  }
  return best;
}

const OPERATIONS = 64;

/** Seconds per operation of a chain of small ones on the current backend: the cost of starting each. */
export async function measureOperationSeconds(now: Clock): Promise<number> {
  const chain = (repeats: number): Promise<void> =>
    // Too large for the backends' short cut through the processor, too small to take time by itself.
    waitFor(
      tf.tidy(() => {
        let x: tf.Tensor = tf.ones([64, 64]);
        for (let i = 0; i < OPERATIONS * repeats; i++) {
          const sum = tf.add(x, x);
          x.dispose();
          x = sum;
        }
        return tf.sum(x);
      }),
    );
  return (await millisecondsPerRun(chain, now, clockStepMs(now))) / 1000 / OPERATIONS;
}
