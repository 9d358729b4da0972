// How fast attention runs, forward and backward, in each of its variants; and how much a band saves of a long context.
import { sizeOf } from '../../engine/kernel.ts';
import type { Kernel, TensorSpec } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { runKernelOnDevice, traitsOf, type KernelInput } from '../testing/kernelRun.ts';
import { attentionGradientKernel, attentionKernel } from './attention.ts';
import { describeHeads, qkvWidth, type HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';

const shapeOf = (batch: number, length: number, nHead: number, headSize: number): HeadShape => ({
  batch,
  length,
  nHead,
  nKeyValueHead: nHead,
  headSize,
  causal: true,
  band: 0,
  alibi: false,
});

/** A small and a medium model's training batch, and a long context. */
const SHAPES: readonly HeadShape[] = [shapeOf(8, 64, 4, 16), shapeOf(8, 128, 4, 32), shapeOf(4, 256, 6, 64)];
/** A context eight times as long as the band. */
const DENSE = shapeOf(2, 512, 4, 32);
const BANDED: HeadShape = { ...DENSE, band: 64 };
/** How often and how long each is measured at least. */
interface Effort {
  readonly rounds: number;
  readonly leastMs: number;
}

const EFFORT: Effort = { rounds: 3, leastMs: 60 };
/** What is compared is measured longer: neither another program's burst nor a driver's first run may decide. */
const COMPARING: Effort = { rounds: 5, leastMs: 400 };

/** @param tell gets a line per shape, direction and variant; variants take turns */
export async function bench(device: GPUDevice, tell: (line: string) => void): Promise<void> {
  for (const shape of SHAPES) await measureTold(device, [shape], EFFORT, tell);
  const [dense, banded] = await measureTold(device, [DENSE, BANDED], COMPARING, tell);
  if (dense === undefined || banded === undefined) return;
  const gain = (denseMs: number, bandedMs: number): string =>
    `${denseMs.toFixed(2)} ms ÷ ${bandedMs.toFixed(2)} ms = ${(denseMs / bandedMs).toFixed(2)}`;
  tell(`dense ÷ banded, ${BANDED.band} of ${BANDED.length}, forward: ${gain(dense.forward, banded.forward)}`);
  tell(`dense ÷ banded, backward: ${gain(dense.backward, banded.backward)}`);
  const [both, bothBanded] = [dense, banded].map(({ forward, backward }) => forward + backward);
  tell(`dense ÷ banded, forward and backward: ${gain(both ?? 0, bothBanded ?? 0)}`);
}

interface Times {
  readonly forward: number;
  readonly backward: number;
}

/** Best milliseconds of each shape; in each direction the shapes and their variants take turns. */
async function measureTold(
  device: GPUDevice,
  shapes: readonly HeadShape[],
  effort: Effort,
  tell: (line: string) => void,
): Promise<Times[]> {
  const nameOf = (shape: HeadShape): string =>
    `${shape.batch} × ${shape.length}, ${describeHeads(shape)} of ${shape.headSize}`;
  const cases = shapes.map((shape) => {
    const rows = shape.batch * shape.length;
    const qkv = valuesOf([rows, qkvWidth(shape)]);
    const out = valuesOf([rows, shape.nHead * shape.headSize]);
    const statistics = valuesOf([shape.batch * shape.nHead, shape.length]);
    return { name: nameOf(shape), shape, forward: [qkv], backward: [out, qkv, out, statistics] };
  });
  const turns = { forward: [] as Turn[], backward: [] as Turn[] };
  for (const { name, shape, forward, backward } of cases) {
    for (const variant of variantsFor(shape, traitsOf(device), 2)) {
      turns.forward.push(turnOf(device, `forward ${name}`, attentionKernel(shape, undefined), forward, variant));
    }
    for (const variant of variantsFor(shape, traitsOf(device), 4)) {
      const kernel = attentionGradientKernel(shape, undefined);
      turns.backward.push(turnOf(device, `backward ${name}`, kernel, backward, variant));
    }
  }
  const bestOf = new Map<string, number>();
  for (const direction of [turns.forward, turns.backward]) {
    for (const [turn, ms] of await measure(direction, effort)) {
      const rate = (turn.flops / ms / 1e6).toFixed(2);
      tell(`${turn.name}  ${turn.variant}: ${ms.toFixed(2)} ms, ${rate} GFLOP/s`);
      bestOf.set(turn.name, Math.min(ms, bestOf.get(turn.name) ?? ms));
    }
  }
  const best = (name: string): number => bestOf.get(name) ?? Number.NaN;
  return cases.map(({ name }) => ({ forward: best(`forward ${name}`), backward: best(`backward ${name}`) }));
}

interface Turn {
  readonly name: string;
  readonly variant: string;
  readonly flops: number;
  /** Milliseconds of so many runs. */
  run(repeats: number): Promise<number>;
}

function turnOf<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  name: string,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  variant: string,
): Turn {
  const specs = inputs.map(({ shape }): TensorSpec => ({ shape, dtype: 'float32' }));
  return {
    name,
    variant,
    // The bench gives one input per tensor that the kernel declares.
    flops: kernel.flops?.(...(specs as unknown as { readonly [K in keyof I]: TensorSpec })) ?? 0,
    run: async (repeats) => (await runKernelOnDevice(device, kernel, inputs, { variant, repeats })).elapsedMs,
  };
}

/** Best milliseconds of one run of each. */
async function measure(turns: readonly Turn[], { rounds, leastMs }: Effort): Promise<Map<Turn, number>> {
  const best = new Map<Turn, number>();
  for (let round = 0; round < rounds; round++) {
    for (const turn of turns) {
      const known = best.get(turn) ?? (await turn.run(1));
      const repeats = Math.max(1, Math.ceil(leastMs / known));
      best.set(turn, Math.min(known, (await turn.run(repeats)) / repeats));
    }
  }
  return best;
}

const valuesOf = (shape: readonly number[]): KernelInput => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
});
