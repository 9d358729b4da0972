// Times every dispatch of a plan by itself, by timestamp queries: each in a pass of its own. Slower than a plain run,
// and browsers may round the times to a tenth of a millisecond, so several runs are averaged.
import type { Plan } from './plan.ts';

/** Queries that a set may hold on every device. */
const MOST_QUERIES = 4096;

/** @returns milliseconds of each dispatch of each plan, in order; undefined where the device has no timestamps */
export async function timeDispatches(
  device: GPUDevice,
  plans: readonly Plan[],
  runs = 4,
): Promise<number[][] | undefined> {
  const count = plans.reduce((sum, { dispatches }) => sum + dispatches.length, 0);
  if (!device.features.has('timestamp-query') || count === 0 || 2 * count > MOST_QUERIES) return undefined;
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * count });
  const size = 16 * count;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const sums = new Float64Array(count);
  try {
    for (let run = 0; run < runs; run++) {
      const encoder = device.createCommandEncoder();
      let query = 0;
      for (const plan of plans) {
        for (let i = 0; i < plan.dispatches.length; i++) {
          const timestampWrites = { querySet, beginningOfPassWriteIndex: query, endOfPassWriteIndex: query + 1 };
          const pass = encoder.beginComputePass({ timestampWrites });
          plan.encode(pass, i, i + 1);
          pass.end();
          query += 2;
        }
      }
      encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(staging.getMappedRange().slice(0));
      staging.unmap();
      for (let i = 0; i < count; i++)
        sums[i] = (sums[i] ?? 0) + Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n)) / 1e6;
    }
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
  let start = 0;
  return plans.map(({ dispatches }) => {
    start += dispatches.length;
    return [...sums.subarray(start - dispatches.length, start)].map((sum) => sum / runs);
  });
}
