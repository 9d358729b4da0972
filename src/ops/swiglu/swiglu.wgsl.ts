// SwiGLU in WGSL, one dispatch each way: a thread has four columns of the gate and the four that they let through.
import { heightOf, widthOf, type PlacedSpec, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { eachQuadMain } from '../rows/eachQuad.ts';
import { insideCode, quadLoad } from '../rows/rowGroups.ts';

/** The clamp keeps the exponential finite; beyond it the sigmoid is 0 or 1 in single precision. */
const SIGMOID = `fn sigmoid(x: vec4f) -> vec4f { return 1.0 / (1.0 + exp(-clamp(x, vec4f(-80.0), vec4f(80.0)))); }`;

/** `fn x_half(row: u32, quad: u32, start: u32) -> vec4f`: four columns of the half of a row that begins at `start`. */
function halfLoad(width: number): string {
  const head = 'fn x_half(row: u32, quad: u32, start: u32) -> vec4f';
  const first = `row * ${2 * width}u + start`;
  if (width % 4 === 0) return `${head} { return x_vec4(${first} + quad * 4u); }`;
  const at = (j: number): string => `x_at(${first} + min(quad * 4u + ${j}u, ${width - 1}u))`;
  return `${head} { return vec4f(${at(0)}, ${at(1)}, ${at(2)}, ${at(3)}); }`;
}

/** `fn d_x_set_half(row: u32, quad: u32, start: u32, value: vec4f)`: stores what `x_half` reads. */
function halfStore(width: number): string {
  const head = 'fn d_x_set_half(row: u32, quad: u32, start: u32, value: vec4f)';
  const first = `row * ${2 * width}u + start + quad * 4u`;
  if (width % 4 === 0) return `${head} { d_x_set_vec4(${first}, value); }`;
  return `${head} {
  for (var j = 0u; j < min(4u, ${width}u - quad * 4u); j++) { d_x_set(${first} + j, value[j]); }
}`;
}

function declareHalves(shader: Shader, index: number, x: PlacedSpec, width: number): void {
  shader.input('x', index, x, { vec4: width % 4 === 0 });
  shader.add(halfLoad(width));
  shader.add(SIGMOID);
}

export function swigluProgram({
  inputs: [x],
  outputs: [y],
  finish,
  traits,
}: Site<[tf.Tensor2D], [tf.Tensor2D]>): Program {
  const width = widthOf(y.shape);
  const shader = new Shader();
  declareHalves(shader, 0, x, width);
  shader.finish(finish);
  const [code, count] = eachQuadMain(
    y,
    traits.maxWorkgroupsPerDimension,
    `  let gate = x_half(row, quad, 0u);
  finish(row, quad * 4u, gate * sigmoid(gate) * x_half(row, quad, ${width}u));`,
  );
  shader.add(code);
  return { dispatches: [shader.dispatch('swiglu', count)] };
}

export function swigluGradientProgram({
  inputs: [dy, x],
  outputs: [dx],
  traits,
}: Site<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]>): Program {
  const width = widthOf(dy.shape);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('dy', 0, dy, { vec4 });
  declareHalves(shader, 1, x, width);
  shader.output('d_x', 0, dx, { vec4 });
  shader.add(insideCode(width) + quadLoad('dy', width) + halfStore(width));
  const [code, count] = eachQuadMain(
    { shape: [heightOf(dy.shape), width] },
    traits.maxWorkgroupsPerDimension,
    `  let gate = x_half(row, quad, 0u);
  let open = sigmoid(gate);
  let slope = dy_quad(row, quad);
  // Where the sigmoid is 0 or 1 it does not bend; far out, gate times its bend would be 0 times a large number.
  let bend = clamp(gate, vec4f(-80.0), vec4f(80.0)) * open * (1.0 - open);
  d_x_set_half(row, quad, 0u, slope * x_half(row, quad, ${width}u) * (open + bend));
  d_x_set_half(row, quad, ${width}u, slope * gate * open);`,
  );
  shader.add(code);
  return { dispatches: [shader.dispatch('swigluGradient', count)] };
}
