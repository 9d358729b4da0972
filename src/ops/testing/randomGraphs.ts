// Random computations for tests of the engine: sums, results in place, kernels that add to memory or need scratch, and
// values laid side by side. Whole numbers throughout, so that a plan and an eager run agree to the bit.
import fc from 'fast-check';
import { runKernel, sizeOf, type Kernel } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { joined } from '../../engine/trace.ts';
import { addTo } from '../gradient/addTo.ts';

/** Halves of a value start where a device can bind them. */
const ROWS = 32;
const WIDTH = 4;
export const RANDOM_SHAPE = [ROWS, WIDTH] as const;

const UNARY = ['negate', 'twice', 'up'] as const;
const BINARY = ['add', 'addTo', 'addReversed', 'halves', 'halvesTo'] as const;

interface Operation {
  readonly name: (typeof UNARY)[number] | (typeof BINARY)[number];
  /** Which of the values so far; counted round. */
  readonly a: number;
  readonly b: number;
}

export interface RandomGraph {
  readonly operations: readonly Operation[];
  /** Which of the operations' results are outputs; counted round. */
  readonly outputs: readonly number[];
}

export const randomGraph: fc.Arbitrary<RandomGraph> = fc.record({
  operations: fc.array(fc.record({ name: fc.constantFrom(...UNARY, ...BINARY), a: fc.nat(40), b: fc.nat(40) }), {
    minLength: 1,
    maxLength: 14,
  }),
  outputs: fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }),
});

const negateKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'negate',
  outputs: (x) => [x],
  reference: (x) => [tf.neg(x)],
  elementwise: { reads: ['matrix'], carriers: [0], expression: ([x = '']) => `-${x}` },
};

/** a plus b with its rows the other way round, which it reads as a table. */
const addReversedKernel: Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'addReversed',
  outputs: (a) => [a],
  reference: (a, b) => [tf.add(a, tf.reverse(b, 0))],
  elementwise: {
    reads: ['matrix', 'buffer'],
    carriers: [0],
    expression: ([a = '', b = ''], _index, row, col) =>
      `${a} + ${b}_vec4((${ROWS - 1}u - ${row}) * ${WIDTH}u + ${col})`,
  },
};

const THREADS = 64;
const groupsFor = (shape: readonly number[]): [number, number, number] => [Math.ceil(sizeOf(shape) / THREADS), 1, 1];
const eachElement = (size: number, body: string): string =>
  `@compute @workgroup_size(${THREADS}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i < ${size}u) { ${body} }
}`;

/** Twice its input, by way of scratch memory. */
const twiceKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'twice',
  outputs: (x) => [x],
  reference: (x) => [tf.add(x, x)],
  program: ({ inputs: [x], outputs: [output] }) => {
    const size = sizeOf(x.shape);
    const there = new Shader();
    there.input('x', 0, x);
    there.buffer('scratch', { scratch: 0 }, 'f32', { writable: true });
    there.add(eachElement(size, 'scratch_set(i, x_at(i));'));
    const back = new Shader();
    back.buffer('scratch', { scratch: 0 }, 'f32');
    back.output('result', 0, output);
    back.add(eachElement(size, 'result_set(i, 2.0 * scratch_at(i));'));
    const groups = groupsFor(x.shape);
    return {
      dispatches: [there.dispatch('twice there', groups), back.dispatch('twice back', groups)],
      scratchBytes: [4 * size],
    };
  },
};

/** Its input, added to what the output's memory holds. */
const upKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'up',
  accumulates: true,
  outputs: (x) => [x],
  reference: (x) => [tf.clone(x)],
  program: ({ inputs: [x], outputs: [output] }) => {
    const shader = new Shader();
    shader.input('x', 0, x);
    shader.output('sum', 0, output);
    shader.add(eachElement(sizeOf(x.shape), 'sum_set(i, sum_at(i) + x_at(i));'));
    return { dispatches: [shader.dispatch('up', groupsFor(x.shape))] };
  },
};

const half = (x: tf.Tensor2D, index: number): tf.Tensor2D => tf.slice(x, [(index * ROWS) / 2, 0], [ROWS / 2, WIDTH]);

/** The second half of a with the first half of b, beside the first half of a, negated. */
function halves(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const pieces = [tf.add(half(a, 1), half(b, 0)), runKernel(negateKernel, half(a, 0))[0]];
  return tf.reshape(joined(pieces, [0, (ROWS * WIDTH) / 2], ROWS * WIDTH), [ROWS, WIDTH]);
}

/** The same, the sum made in place of the half that is read last. */
function halvesTo(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const negated = runKernel(negateKernel, half(a, 0))[0];
  const pieces = [addTo(half(a, 1), half(b, 0)), negated];
  return tf.reshape(joined(pieces, [0, (ROWS * WIDTH) / 2], ROWS * WIDTH), [ROWS, WIDTH]);
}

const OPERATIONS: Readonly<Record<Operation['name'], (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D>> = {
  negate: (a) => runKernel(negateKernel, a)[0],
  twice: (a) => runKernel(twiceKernel, a)[0],
  up: (a) => runKernel(upKernel, a)[0],
  add: (a, b) => tf.add(a, b),
  // Of the same rank as its input.
  addTo: (a, b) => addTo(a, b) as tf.Tensor2D,
  addReversed: (a, b) => runKernel(addReversedKernel, a, b)[0],
  halves,
  halvesTo,
};

/** Names of a random graph's inputs; `state` changes in place. */
export const RANDOM_INPUTS = ['x', 'y', 'state'] as const;

/** Runs or traces a random graph on its inputs. */
export function buildRandom(
  { operations, outputs }: RandomGraph,
  given: Readonly<Record<string, tf.Tensor>>,
): { outputs: tf.Tensor[]; assign: Record<string, tf.Tensor> } {
  const tensor = (name: (typeof RANDOM_INPUTS)[number]): tf.Tensor2D => {
    const found = given[name];
    if (found === undefined) throw new RangeError(`A random graph has an input ${name}.`);
    return found as tf.Tensor2D; // All are of RANDOM_SHAPE.
  };
  const values = [tensor('x'), tensor('y')];
  const at = (place: number): tf.Tensor2D => values[place % values.length] ?? tensor('x');
  for (const { name, a, b } of operations) values.push(OPERATIONS[name](at(a), at(b)));
  const made = values.slice(2);
  const asked = [...new Set(outputs.map((place) => made[place % made.length] ?? tensor('x')))];
  const last = made.at(-1) ?? tensor('x');
  return { outputs: asked, assign: { state: addTo(addTo(tensor('state'), last), tensor('y')) } };
}
