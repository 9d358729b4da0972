// The WGSL of matrix products against plain loops in double precision: every layout in every variant, also those meant
// for real GPUs, on sizes that fit no tile. Outputs start as NaN.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { addKernel } from '../../engine/addKernel.ts';
import { finishOf, plainFinish } from '../../engine/finish.ts';
import type { Kernel, PlacedSpec, Storage } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { biasAddKernel } from '../linear/linear.ts';
import { largestDeviation, randomOperand, type Operand } from '../testing/deviation.ts';
import { fromHalf } from '../../engine/half.ts';
import { runKernelOnDevice, toHalf, traitsOf } from '../testing/kernelRun.ts';
import { matMulKernel, weightGradientKernel } from './matMul.ts';
import { productProgram } from './matMul.wgsl.ts';
import { productOf, type Layout } from './product.ts';
import { ALL_VARIANTS, parseVariant, runsOn, variantsFor } from './variants.ts';

interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

const LAYOUTS = ['NN', 'NT', 'TN'] as const;
const SMALL: readonly Sizes[] = [
  { m: 1, k: 1, n: 1 },
  { m: 7, k: 5, n: 3 },
  { m: 4, k: 2, n: 68 },
];
/** Rows of whole vec4s, and of none; each needs several tiles, of which the last are not full. */
const ALIGNED: Sizes = { m: 68, k: 44, n: 76 };
const RAGGED: Sizes = { m: 67, k: 37, n: 65 };
const TOLERANCE = 2e-6;

let device: GPUDevice;
beforeAll(async () => {
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

/** Operands of a product; in half precision rounded to what that holds. */
function operandsOf(layout: Layout, { m, k, n }: Sizes, storage: Storage): [Operand, Operand] {
  const random = new Random(6, m, k, n);
  const rounded = ({ shape, values }: Operand): Operand => ({
    shape,
    values: storage === 'f16' ? values.map((value) => fromHalf(toHalf(value))) : values,
  });
  return [
    rounded(randomOperand(random, layout === 'TN' ? [k, m] : [m, k])),
    rounded(randomOperand(random, layout === 'NT' ? [n, k] : [k, n])),
  ];
}

function productByLoops(layout: Layout, { m, k, n }: Sizes, a: Operand, b: Operand): Float64Array {
  return Float64Array.from({ length: m * n }, (_, i) => {
    const [row, col] = [Math.floor(i / n), i % n];
    let sum = 0;
    for (let j = 0; j < k; j++) {
      const x = a.values[layout === 'TN' ? j * m + row : row * k + j] ?? Number.NaN;
      sum += x * (b.values[layout === 'NT' ? col * k + j : j * n + col] ?? Number.NaN);
    }
    return sum;
  });
}

/**
 * Runs all three layouts, TN as the weight gradient, which adds the column sums of its B.
 * @returns what is further off than the tolerance
 */
async function wrongOnes(variant: string, all: readonly Sizes[], storage: Storage = 'f32'): Promise<string[]> {
  const wrong: string[] = [];
  const check = (name: string, actual: ArrayLike<number> = [], expected: Float64Array): void => {
    const deviation = largestDeviation(actual, expected);
    if (!(deviation < TOLERANCE)) wrong.push(`${name}: ${deviation}`);
  };
  for (const sizes of all) {
    const { m, k, n } = sizes;
    for (const layout of LAYOUTS) {
      const operands = operandsOf(layout, sizes, storage);
      const inputs = operands.map((operand) => ({ ...operand, storage }));
      const name = `${layout} ${m}x${n}x${k} ${storage}, ${variant}`;
      const { outputs } =
        layout === 'TN'
          ? await runKernelOnDevice(device, weightGradientKernel, inputs, { variant })
          : await runKernelOnDevice(device, matMulKernel(layout), inputs, { variant });
      check(name, outputs[0], productByLoops(layout, sizes, ...operands));
      const ones = { shape: [k, 1], values: new Float64Array(k).fill(1) };
      const sums = productByLoops('TN', { m: 1, k, n }, ones, operands[1]);
      if (layout === 'TN') check(`column sums, ${name}`, outputs[1], sums);
    }
  }
  return wrong;
}

const needsSubgroups = (variant: string): boolean => variant.includes('broadcast');

// Some drivers compile the larger shaders for seconds.
describe('matrix products in a plan', { timeout: 180_000 }, () => {
  it.each(ALL_VARIANTS)('%s is right on sizes that fit no tile', async (variant) => {
    // Large shared tiles take software adapters long to compile; they read aligned rows as small ones do.
    const sizes = variant.startsWith('shared') ? [RAGGED] : [RAGGED, ALIGNED];
    const runs = runsOn(variant, traitsOf(device));
    expect(runs).toBe(device.features.has('subgroups') || !needsSubgroups(variant));
    expect(runs ? await wrongOnes(variant, sizes) : []).toEqual([]);
  });

  it.each(['register 2x4 wg 8 broadcast', 'shared 16x16x8 4x4'])(
    '%s is right on the smallest sizes, and on aligned ones',
    async (variant) => {
      const runs = runsOn(variant, traitsOf(device));
      expect(runs).toBe(device.features.has('subgroups') || !needsSubgroups(variant));
      expect(runs ? await wrongOnes(variant, [...SMALL, ALIGNED]) : []).toEqual([]);
    },
  );

  it('multiplies TN without column sums, too', async () => {
    const sizes = { m: 10, k: 9, n: 8 };
    const operands = operandsOf('TN', sizes, 'f32');
    const { outputs } = await runKernelOnDevice(device, matMulKernel('TN'), operands);
    expect(largestDeviation(outputs[0] ?? [], productByLoops('TN', sizes, ...operands))).toBeLessThan(TOLERANCE);
  });

  it('takes operands in half precision exactly where the device knows it', async () => {
    const knows = device.features.has('shader-f16');
    expect(traitsOf(device).shaderF16).toBe(knows);
    const storage = knows ? 'f16' : 'f32';
    const inputs = operandsOf('NN', ALIGNED, storage).map((operand) => ({ ...operand, storage }) as const);
    const { dispatches } = await runKernelOnDevice(device, matMulKernel('NN'), inputs);
    expect(dispatches.map(({ code }) => code.includes('enable f16;'))).toEqual([knows]);
    const halves = operandsOf('NN', ALIGNED, 'f16').map((operand) => ({ ...operand, storage: 'f16' }) as const);
    const outcome = await runKernelOnDevice(device, matMulKernel('NN'), halves).then(
      () => 'computed',
      (error: unknown) => (String(error).includes('f16') ? 'refused' : String(error)),
    );
    expect(outcome).toBe(knows ? 'computed' : 'refused');
    const variants = knows ? ['register 4x4 wg 8 broadcast', 'shared 16x16x8 4x4'] : [];
    for (const variant of variants.filter((name) => runsOn(name, traitsOf(device)))) {
      expect(await wrongOnes(variant, [ALIGNED, RAGGED], 'f16')).toEqual([]);
    }
  });

  it('leaves its value to what is fused: a bias, a stored value in between, a residual', async () => {
    const sizes = { m: 37, k: 20, n: 30 };
    const { m, n } = sizes;
    const [a, b] = operandsOf('NN', sizes, 'f32');
    const bias = randomOperand(new Random(7), [n]);
    const residual = randomOperand(new Random(8), [m, n]);
    const [biasAdd, add] = [biasAddKernel().elementwise, addKernel.elementwise];
    if (biasAdd === undefined || add === undefined) throw new Error('Both kernels are elementwise.');
    const fused: Kernel<[tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.Tensor2D], [tf.Tensor2D, tf.Tensor2D]> = {
      name: 'fused',
      outputs: (_a, _b, _bias, residual) => [residual, residual],
      reference: () => {
        throw new Error('It is only run on the device.');
      },
      program: ({ inputs: [a, b, bias, residual], outputs: [sum, between], traits, variant }) => {
        const finish = finishOf({
          links: [
            { operation: biasAdd, carrier: 0, operands: [{ spec: bias, binding: { input: 2 } }] },
            { operation: add, carrier: 1, operands: [{ spec: residual, binding: { input: 3 } }] },
          ],
          stores: [
            { after: 1, tensor: { spec: between, binding: { output: 1 } } },
            { after: 2, tensor: { spec: sum, binding: { output: 0 } } },
          ],
          width: n,
        });
        return productProgram(
          productOf('NN', a, b, { label: 'fused', columnSums: undefined, finish, traits }),
          variant,
        );
      },
    };
    const between = productByLoops('NN', sizes, a, b).map((value, i) => value + (bias.values[i % n] ?? 0));
    const expected = between.map((value, i) => value + (residual.values[i] ?? 0));
    for (const variant of ['', 'register 4x4 wg 16', 'shared 16x16x8 4x4 splitK 3']) {
      const { outputs } = await runKernelOnDevice(device, fused, [a, b, bias, residual], { variant });
      expect(largestDeviation(outputs[0] ?? [], expected), variant).toBeLessThan(TOLERANCE);
      expect(largestDeviation(outputs[1] ?? [], between), variant).toBeLessThan(TOLERANCE);
    }
  });

  it('gives the same bits each time, also where a sum is split', async () => {
    const inputs = operandsOf('TN', { m: 40, k: 200, n: 68 }, 'f32');
    const variant = 'register 8x4 wg 16 splitK 4';
    const first = await runKernelOnDevice(device, weightGradientKernel, inputs, { variant });
    const second = await runKernelOnDevice(device, weightGradientKernel, inputs, { variant });
    expect(second.outputs).toEqual(first.outputs);
  });
});

describe('the variants of a product', () => {
  const variantsOn = (software: boolean, { m, k, n }: Sizes, subgroups = true): readonly string[] => {
    const spec = (shape: number[]): PlacedSpec => ({ shape, dtype: 'float32', storage: 'f32' });
    const traits = { ...traitsOf(device), software, subgroups, maxWorkgroupStorageBytes: 16384 };
    const rest = { label: '', columnSums: undefined, finish: plainFinish(spec([m, n])), traits };
    return variantsFor(productOf('TN', spec([k, m]), spec([k, n]), rest));
  };
  const EXAMPLES: readonly Sizes[] = [
    { m: 1, k: 1, n: 1 },
    { m: 3, k: 64, n: 192 },
    { m: 64, k: 512, n: 192 },
    { m: 1024, k: 1024, n: 1024 },
  ];

  it('are few, differ, and need one dispatch on software adapters', () => {
    for (const sizes of EXAMPLES) {
      for (const software of [true, false]) {
        for (const subgroups of [true, false]) {
          const names = variantsOn(software, sizes, subgroups);
          expect(names.length).toBeGreaterThan(0);
          expect(names.length).toBeLessThanOrEqual(5);
          expect(new Set(names).size).toBe(names.length);
          const excluded = [...(software ? ['shared', 'splitK'] : []), ...(subgroups ? [] : ['broadcast'])];
          expect(names.filter((name) => excluded.some((word) => name.includes(word)))).toEqual([]);
        }
      }
    }
  });

  it('split long sums with few tiles on a GPU', () => {
    expect(variantsOn(false, { m: 64, k: 512, n: 192 })[0]).toMatch(/splitK/);
    expect(variantsOn(false, { m: 1024, k: 1024, n: 1024 })[0]).not.toMatch(/splitK/);
  });

  it('have names that are parsed back, and no others', () => {
    for (const sizes of EXAMPLES) {
      for (const software of [true, false]) {
        for (const name of variantsOn(software, sizes)) expect(() => parseVariant(name)).not.toThrow();
      }
    }
    expect(() => parseVariant('shared 8x8')).toThrow(RangeError);
  });
});
