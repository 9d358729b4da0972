// Measures matrix products: GFLOP/s of every variant on the shapes of training and decoding, beside the rate of
// multiply-adds alone on the same device at the same time.
import { plainFinish } from '../../engine/finish.ts';
import { sizeOf, type PlacedSpec, type Program } from '../../engine/kernel.ts';
import { traitsOf } from '../testing/kernelRun.ts';
import { productProgram } from './matMul.wgsl.ts';
import { productOf, sizesOf, type Layout } from './product.ts';
import { variantsFor } from './variants.ts';

export interface MatMulRate {
  /** E.g. `NN 512x192x64` (M x N x K), or `multiply-adds alone`. */
  readonly name: string;
  readonly variant: string;
  /** Median of the rounds. */
  readonly gflops: number;
}

/** [layout, M, N, K]: a step of 8 × 64 tokens at width 64, of 1,024 at width 128, and a decoded token. */
const SHAPES: readonly (readonly [Layout, number, number, number])[] = [
  ['NN', 512, 192, 64],
  ['NN', 512, 64, 256],
  ['NT', 512, 64, 256],
  ['NT', 512, 65, 64],
  ['NN', 512, 64, 65],
  ['TN', 64, 192, 512],
  ['TN', 65, 64, 512],
  ['NN', 1024, 512, 128],
  ['NT', 1024, 128, 512],
  ['TN', 128, 512, 1024],
  ['NN', 512, 256, 256],
  ['NN', 1024, 1024, 1024],
  ['NN', 1, 192, 64],
  ['NN', 8, 512, 128],
];
const ROUNDS = 5;
const ROUND_MS = 20;

interface Entry {
  readonly name: string;
  readonly variant: string;
  readonly flops: number;
  readonly run: (repeats: number) => Promise<number>;
}

/** @param tell gets a line per measurement; shapes are measured one after another, a shape's variants in turn */
export async function bench(device: GPUDevice, tell: (line: string) => void): Promise<readonly MatMulRate[]> {
  const rates: MatMulRate[] = [];
  const traits = {
    ...traitsOf(device),
    software: (device.adapterInfo.isFallbackAdapter ?? false) || isSoftware(device),
  };
  for (const [layout, m, n, k] of SHAPES) {
    const a = specOf(layout === 'TN' ? [k, m] : [m, k]);
    const b = specOf(layout === 'NT' ? [n, k] : [k, n]);
    const c = specOf([m, n]);
    const product = productOf(layout, a, b, { label: layout, columnSums: undefined, finish: plainFinish(c), traits });
    const memory = new Memory(device);
    const inputs = [memory.filled(a), memory.filled(b)];
    const outputs = [memory.filled(c)];
    const entries: Entry[] = [await multiplyAdds(device, memory)];
    for (const variant of variantsFor(product)) {
      const program = productProgram(product, variant);
      const run = await prepare(device, program, (binding) =>
        'input' in binding
          ? inputs[binding.input]
          : 'output' in binding
            ? outputs[binding.output]
            : 'scratch' in binding
              ? memory.buffer(program.scratchBytes?.[binding.scratch] ?? 16)
              : undefined,
      );
      const { m: rows, n: columns, k: terms } = sizesOf(layout, a, b);
      entries.push({ name: `${layout} ${m}x${n}x${k}`, variant, flops: 2 * rows * columns * terms, run });
    }
    for (const rate of await measure(entries)) {
      rates.push(rate);
      tell(`${rate.name.padEnd(20)} ${rate.variant.padEnd(32)} ${rate.gflops.toFixed(2)} GFLOP/s`);
    }
    memory.free();
  }
  return rates;
}

const isSoftware = ({ adapterInfo }: GPUDevice): boolean =>
  /swiftshader|llvmpipe|lavapipe/i.test(`${adapterInfo.architecture} ${adapterInfo.device} ${adapterInfo.description}`);

const specOf = (shape: readonly number[]): PlacedSpec => ({ shape, dtype: 'float32', storage: 'f32' });

async function measure(entries: readonly Entry[]): Promise<MatMulRate[]> {
  const repeats: number[] = [];
  for (const { run } of entries) {
    await run(1);
    repeats.push(Math.max(1, Math.round(ROUND_MS / (await run(1)))));
  }
  const times = entries.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { run }] of entries.entries()) {
      const count = repeats[i] ?? 1;
      times[i]?.push((await run(count)) / count);
    }
  }
  return entries.map(({ name, variant, flops }, i) => {
    const sorted = (times[i] ?? []).toSorted((x, y) => x - y);
    return { name, variant, gflops: flops / (sorted[ROUNDS >> 1] ?? Number.NaN) / 1e6 };
  });
}

class Memory {
  readonly #device: GPUDevice;
  readonly #buffers: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  buffer(bytes: number): GPUBuffer {
    const size = Math.ceil(bytes / 16) * 16;
    const buffer = this.#device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    this.#buffers.push(buffer);
    return buffer;
  }

  filled({ shape }: PlacedSpec): GPUBuffer {
    const buffer = this.buffer(4 * sizeOf(shape));
    this.#device.queue.writeBuffer(
      buffer,
      0,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
    );
    return buffer;
  }

  free(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}

/** @returns a function that runs a program so often and gives the milliseconds */
async function prepare(
  device: GPUDevice,
  { dispatches }: Program,
  bufferOf: (binding: Program['dispatches'][number]['bindings'][number]) => GPUBuffer | undefined,
): Promise<Entry['run']> {
  const buffers = new Map<string, GPUBuffer | undefined>();
  const steps = await Promise.all(
    dispatches.map(async ({ code, bindings, workgroups }) => {
      const module = device.createShaderModule({ code });
      const pipeline = await device.createComputePipelineAsync({
        layout: 'auto',
        compute: { module, entryPoint: 'main' },
      });
      const entries = bindings.map((binding, number) => {
        const key = JSON.stringify(binding);
        if (!buffers.has(key)) buffers.set(key, bufferOf(binding));
        const buffer = buffers.get(key);
        if (buffer === undefined) throw new RangeError(`Nothing to bind for ${key}.`);
        return { binding: number, resource: { buffer } };
      });
      return {
        pipeline,
        group: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
        workgroups,
      };
    }),
  );
  return async (repeats) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, group, workgroups } of steps) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...workgroups);
      }
    }
    pass.end();
    const commands = encoder.finish();
    await device.queue.onSubmittedWorkDone();
    const startMs = performance.now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - startMs;
  };
}

/** Multiply-adds without reading anything: eight sums of four numbers per thread, kept in variables over a loop. */
async function multiplyAdds(device: GPUDevice, memory: Memory): Promise<Entry> {
  const [threads, turns, sums] = [16384, 128, 8];
  const all = Array.from({ length: sums }, (_, i) => `s${i}`);
  const code = `@group(0) @binding(0) var<storage, read_write> result: array<vec4f>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(f32(id.x) * 1e-6);
  ${all.map((sum, i) => `var ${sum} = vec4f(${i}.0);`).join(' ')}
  for (var i = 0u; i < ${turns}u; i++) { ${all.map((sum) => `${sum} = fma(${sum}, vec4f(0.999), x);`).join(' ')} }
  result[id.x] = ${all.join(' + ')};
}`;
  const program: Program = {
    dispatches: [{ label: 'multiply-adds', code, bindings: [{ output: 0 }], workgroups: [threads / 64, 1, 1] }],
  };
  const run = await prepare(device, program, () => memory.buffer(threads * 16));
  return { name: 'multiply-adds alone', variant: '', flops: 2 * 4 * sums * turns * threads, run };
}
