// Plans against the same computation run eagerly: fusion, sums of gradients, memory shared and joined, results in place.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { newTestPlans, noGpuProblems, testPlans } from '../../scripts/testPlans.ts';
import { addTo } from '../ops/gradient/addTo.ts';
import { gelu } from '../ops/gelu/gelu.ts';
import { linear } from '../ops/linear/linear.ts';
import { matMulNN } from '../ops/matMul/matMul.ts';
import { largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { runPlanned, type PlanInput } from '../ops/testing/planHarness.ts';
import { Random } from '../random/random.ts';
import { memoryOf, trackMemory } from './gpuMemory.ts';
import type { Graph } from './graph.ts';
import type { Plan } from './plan.ts';
import type { PlanContext } from './planContext.ts';
import { Readback } from './readback.ts';
import { joined, trace } from './trace.ts';
import * as tf from './tf.ts';
import { DeviceMemoryError } from './withinMemory.ts';

let context: PlanContext;

beforeAll(async () => {
  await useBackend('cpu');
  context = await testPlans();
});
afterEach(noGpuProblems);

const random = new Random(1);
const given = (...shape: number[]): PlanInput => randomOperand(random, shape);

type Build = Parameters<typeof runPlanned>[2];

/** The same function, run by plain TensorFlow.js. */
async function eagerly(inputs: Readonly<Record<string, PlanInput>>, build: Build): Promise<Float32Array[]> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values, dtype = 'float32' }]) => [
      name,
      tf.tensor(dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), [...shape], dtype),
    ]),
  );
  const { outputs, assign = {} } = build(tensors);
  return Promise.all([...outputs, ...Object.values(assign)].map(async (tensor) => tensor.data<'float32'>()));
}

async function expectAlike(inputs: Readonly<Record<string, PlanInput>>, build: Build) {
  const { outputs, assigned, plan } = await runPlanned(context, inputs, build);
  const expected = await eagerly(inputs, build);
  [...outputs, ...assigned.values()].forEach((values, i) => {
    expect(largestDeviation(values, expected[i] ?? []), `result ${i}`).toBeLessThan(5e-6);
  });
  return plan;
}

const labelsOf = ({ dispatches }: Plan): string[] => dispatches.map(({ label }) => label);
const matrix = (tensor: tf.Tensor | undefined): tf.Tensor2D => tensor as tf.Tensor2D;
const vector = (tensor: tf.Tensor | undefined): tf.Tensor1D => tensor as tf.Tensor1D;

describe('fusion', () => {
  it.each([
    [8, 12, 16],
    [7, 5, 3],
    [1, 1, 1],
  ])('runs a product, its bias, GELU and a residual in one dispatch (%i × %i × %i)', async (m, k, n) => {
    const inputs = { x: given(m, k), w: given(k, n), b: given(n), r: given(m, n) };
    const plan = await expectAlike(inputs, ({ x, w, b, r }) => ({
      outputs: [tf.add(matrix(r), gelu(linear(matrix(x), matrix(w), vector(b))))],
    }));
    expect(plan.dispatches.length).toBe(1);
  });

  it('stores a value between two fused operations where something else needs it', async () => {
    const inputs = { x: given(8, 8), w: given(8, 8), b: given(8) };
    const plan = await expectAlike(inputs, ({ x, w, b }) => {
      const before = linear(matrix(x), matrix(w), vector(b));
      return { outputs: [gelu(before), matMulNN(before, matrix(w))] };
    });
    expect(labelsOf(plan)).toEqual(['matMul NN + biasAdd + gelu', 'matMul NN']);
  });

  it('does not fuse what needs a value that is made later', async () => {
    const inputs = { x: given(8, 8), w: given(8, 8) };
    const plan = await expectAlike(inputs, ({ x, w }) => {
      const first = matMulNN(matrix(x), matrix(w));
      const second = matMulNN(matrix(w), matrix(x));
      // The sum goes to the end of the second product; the first cannot know it yet.
      return { outputs: [tf.add(first, second), first] };
    });
    expect(labelsOf(plan)).toEqual(['matMul NN', 'matMul NN + add']);
  });

  it('computes nothing that nobody asks for, and no sum with zero', async () => {
    const inputs = { x: given(8, 8), w: given(8, 8) };
    const plan = await expectAlike(inputs, ({ x, w }) => {
      const product = matMulNN(matrix(x), matrix(w));
      gelu(product);
      return { outputs: [tf.add(product, tf.zeros([8, 8]))] };
    });
    expect(labelsOf(plan)).toEqual(['matMul NN']);
  });
});

describe('gradients', () => {
  it('of a chain of layers are those of the eager run, laid side by side without copies', async () => {
    const inputs = { x: given(64, 8), w: given(8, 64), b: given(64), v: given(64, 8), c: given(8) };
    const plan = await expectAlike(inputs, ({ x, w, b, v, c }) => {
      const loss = (w: tf.Tensor, b: tf.Tensor, v: tf.Tensor, c: tf.Tensor): tf.Tensor2D => {
        const hidden = gelu(linear(matrix(x), matrix(w), vector(b)));
        return tf.add(matrix(x), linear(hidden, matrix(v), vector(c)));
      };
      const gradients = tf.grads((...p: tf.Tensor[]) => {
        const [w, b, v, c] = p;
        return loss(matrix(w), vector(b), matrix(v), vector(c));
      })([matrix(w), vector(b), matrix(v), vector(c)]);
      return { outputs: [joined(gradients, [0, 512, 576, 1088], 1096)] };
    });
    expect(labelsOf(plan)).not.toContain('copy');
  });
});

describe('memory', () => {
  it('is shared by values whose lifetimes do not meet', async () => {
    const inputs = { x: given(64, 64), w: given(64, 64) };
    const plan = await expectAlike(inputs, ({ x, w }) => {
      let y = matrix(x);
      for (let i = 0; i < 8; i++) y = matMulNN(y, matrix(w));
      return { outputs: [y] };
    });
    const matrixBytes = 4 * 64 * 64;
    // Two take turns; the output has memory of its own.
    expect(plan.memory).toMatchObject({ plannedBytes: 2 * matrixBytes, uncolouredBytes: 7 * matrixBytes, buffers: 2 });
  });

  it('holds results made in place', async () => {
    const inputs = { sum: given(6, 4), x: given(6, 4) };
    const plan = await expectAlike(inputs, ({ sum, x }) => ({
      outputs: [],
      assign: { sum: addTo(addTo(matrix(sum), matrix(x)), matrix(x)) },
    }));
    expect(plan.memory.plannedBytes).toBe(0);
    expect(plan.dispatches.length).toBe(2);
  });

  it('keeps what a result in place would overwrite while it is needed', async () => {
    const inputs = { sum: given(6, 4), x: given(6, 4) };
    const plan = await expectAlike(inputs, ({ sum, x }) => {
      const product = tf.add(matrix(sum), matrix(x));
      const changed = addTo(product, matrix(x));
      return { outputs: [tf.add(changed, product)] };
    });
    expect(labelsOf(plan)).toContain('copy');
  });
});

describe('refusals', () => {
  it('names an operation that has no plan form', () => {
    const before = tf.memory().numTensors;
    expect(() => trace((scope) => scope.output('y', tf.tanh(scope.input('x', [2]))))).toThrow(/Tanh/);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not mix with tensors from outside', () => {
    const outside = tf.tensor1d([1, 2]);
    expect(() => trace((scope) => scope.output('y', tf.add(scope.input('x', [2]), outside)))).toThrow(/input/);
    outside.dispose();
  });
});

describe('a plan that cannot be built', () => {
  let own: PlanContext;
  beforeAll(async () => {
    own = await newTestPlans();
    trackMemory(own.device);
  });
  afterEach(() => void vi.restoreAllMocks());
  const held = (): { buffers: number; bytes: number } => ({ ...memoryOf(own.device) });
  /** A product of products, with a constant, and memory of its own for the output. */
  const graphOf = (size = 24): Graph =>
    trace((scope) => {
      const x = scope.input('x', [size, size]) as tf.Tensor2D;
      const table = tf.tensor2d(new Float32Array(size * size).fill(2), [size, size]);
      scope.output('y', matMulNN(matMulNN(matMulNN(x, x), table), x));
    });
  const build = (graph = graphOf()): Promise<Plan> => own.build(graph);

  it('has buffers for its values, its constant, its input and its output, and gives all of them back', async () => {
    const before = held();
    const plan = await build();
    expect(held().buffers - before.buffers).toBe(plan.memory.buffers + 3);
    expect(held().bytes - before.bytes).toBe(plan.memory.plannedBytes + plan.memory.ownBytes);
    plan.dispose();
    expect(held()).toEqual(before);
  });

  it.each([0, 1, 2, 3, 4])('for buffer %i fails: gives back those before it', async (at) => {
    const before = held();
    const create = own.device.createBuffer.bind(own.device);
    let made = 0;
    vi.spyOn(own.device, 'createBuffer').mockImplementation((descriptor) => {
      if (made++ === at) throw new TypeError('No such buffer.');
      return create(descriptor);
    });
    await expect(build()).rejects.toThrow('No such buffer.');
    expect(made).toBe(at + 1);
    vi.restoreAllMocks();
    expect(held()).toEqual(before);
    (await build()).dispose();
    expect(held()).toEqual(before);
  });

  it.each(['GPUOutOfMemoryError', 'GPUValidationError'] as const)(
    'for the device has %s against its buffers: gives all of them back',
    async (kind) => {
      const before = held();
      const pop = own.device.popErrorScope.bind(own.device);
      vi.spyOn(own.device, 'popErrorScope').mockImplementationOnce(async () => {
        await pop();
        return new { GPUOutOfMemoryError, GPUValidationError }[kind]('There is no more.');
      });
      await expect(build()).rejects.toThrow(DeviceMemoryError);
      expect(held()).toEqual(before);
    },
  );

  it('for it is larger than the device allows: says so, and gives all of it back', async () => {
    const before = held();
    const size = Math.ceil(Math.sqrt(own.device.limits.maxBufferSize / 4)) + 4;
    const graph = trace((scope) => {
      const x = scope.input('x', [1, size]) as tf.Tensor2D;
      scope.output('y', matMulNN(scope.input('tall', [size, 1]) as tf.Tensor2D, x));
    });
    await expect(own.build(graph)).rejects.toThrow(DeviceMemoryError);
    expect(held()).toEqual(before);
  });

  it('for a shader does not compile: gives its memory back', async () => {
    const before = held();
    vi.spyOn(own.device, 'createComputePipelineAsync').mockRejectedValue(new Error('No such shader.'));
    // Of another size than all others here, since what is compiled once is kept.
    await expect(build(graphOf(28))).rejects.toThrow('No such shader.');
    expect(held()).toEqual(before);
    vi.restoreAllMocks();
    (await build(graphOf(28))).dispose();
  });

  it('for the device refuses a binding: gives its memory back', async () => {
    const before = held();
    const bind = own.device.createBindGroup.bind(own.device);
    vi.spyOn(own.device, 'createBindGroup').mockImplementationOnce((descriptor) =>
      bind({ ...descriptor, entries: [] }),
    );
    await expect(build()).rejects.toThrow('refuses a plan');
    expect(held()).toEqual(before);
  });
});

describe('a plan’s memory from outside', () => {
  const usage = 0x80 | 0x4 | 0x8; // STORAGE, COPY_SRC, COPY_DST
  const doubled = (): Graph =>
    trace((scope) => {
      const x = scope.input('x', [8, 8]) as tf.Tensor2D;
      scope.input('unread', [4]);
      scope.output('y', tf.add(x, x));
    });

  it('is used where it is given, known by name, and not the plan’s to destroy', async () => {
    const { device } = context;
    const given = device.createBuffer({ size: 1024, usage });
    device.queue.writeBuffer(given, 512, new Float32Array(64).fill(1.5));
    const plan = await context.build(doubled(), { buffers: { x: { buffer: given, offset: 512, size: 256 } } });
    expect(plan.binding('x')).toEqual({ buffer: given, offset: 512, size: 256 });
    expect([plan.has('x'), plan.has('y'), plan.has('unread'), plan.has('z')]).toEqual([true, true, false, false]);
    expect(() => plan.binding('unread')).toThrow(RangeError);
    const readback = new Readback(device);
    const read = async (buffer: GPUBuffer, offset = 0): Promise<number | undefined> =>
      new Float32Array((await readback.read([{ buffer, offset, bytes: 4 }]))[0] ?? new ArrayBuffer(0))[0];
    const { buffer } = plan.binding('y');
    // Nothing of it, then all of it.
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    plan.encode(pass, 0, 0);
    pass.end();
    device.queue.submit([encoder.finish()]);
    expect(await read(buffer)).toBe(0);
    plan.run();
    expect(await read(buffer)).toBe(3);
    plan.dispose();
    expect(await read(given, 512)).toBe(1.5);
    readback.dispose();
    given.destroy();
  });

  it('is refused where it is too small', async () => {
    const small = context.device.createBuffer({ size: 240, usage });
    for (const x of [{ buffer: small }, { buffer: small, size: 240 }]) {
      await expect(context.build(doubled(), { buffers: { x } })).rejects.toThrow(/x is too small/);
    }
    small.destroy();
  });
});
