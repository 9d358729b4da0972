// AdamW in WGSL: one dispatch that rewrites parameters and moments where they are.
import { sizeOf, type Program, type Site } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { SETTING, type AdamWConstants } from './settings.ts';

export type AdamWInputs = [
  parameters: tf.Tensor1D,
  firstMoment: tf.Tensor1D,
  secondMoment: tf.Tensor1D,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  decays: tf.Tensor1D,
  settings: tf.Tensor1D,
];
export type AdamWOutputs = [parameters: tf.Tensor1D, firstMoment: tf.Tensor1D, secondMoment: tf.Tensor1D];

/** Its variants are the threads of a workgroup × the elements, or fours of them, that each thread works on. */
export function adamwProgram(
  { inputs, outputs, variant, traits }: Site<AdamWInputs, AdamWOutputs>,
  { beta1, beta2, epsilon, blockSize }: AdamWConstants,
): Program {
  const [parameters, , , gradient, norm, decays, settings] = inputs;
  const size = sizeOf(parameters.shape);
  const [threads = 64, turns = 1] = (variant || '64x1').split('x').map(Number);
  // Four neighbours of one block decay or not together; elsewhere an element is worked on by itself.
  const vec4 = size % 4 === 0 && blockSize % 4 === 0;
  const each = vec4 ? 4 : 1;
  const [load, store, type] = vec4 ? ['vec4', 'set_vec4', 'vec4f'] : ['at', 'set', 'f32'];
  const count = spread(Math.ceil(size / (each * threads * turns)), traits.maxWorkgroupsPerDimension);
  const shader = new Shader();
  shader.output('parameters', 0, outputs[0], { vec4 });
  shader.output('moment1', 1, outputs[1], { vec4 });
  shader.output('moment2', 2, outputs[2], { vec4 });
  shader.input('gradient', 3, gradient, { vec4 });
  shader.input('norm', 4, norm);
  shader.input('decays', 5, decays);
  shader.input('settings', 6, settings);
  const setting = (name: keyof typeof SETTING): string => `settings_at(${SETTING[name]}u)`;
  shader.add(`@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let norm = norm_at(0u);
  // A shader may take it for granted that nothing is infinite or NaN: the bits tell.
  if ((bitcast<u32>(norm) & 0x7f800000u) == 0x7f800000u) { return; }
  let clip_norm = ${setting('clipNorm')};
  var scale = ${setting('gradientScale')};
  if (clip_norm > 0.0) { scale *= min(1.0, clip_norm / (norm * scale + 1e-6f)); }
  let rate = ${setting('learningRate')};
  let step_size = rate * ${setting('stepSizeCorrection')};
  let correction = ${setting('deviationCorrection')};
  let decay = rate * ${setting('weightDecay')};
  let first = (group.y * ${count[0]}u + group.x) * ${threads * turns}u + local;
  for (var turn = 0u; turn < ${turns}u; turn++) {
    let i = (first + turn * ${threads}u) * ${each}u;
    if (i >= ${size}u) { return; }
    let g = gradient_${load}(i) * scale;
    let m = moment1_${load}(i) * ${beta1}f + g * ${1 - beta1}f;
    let v = moment2_${load}(i) * ${beta2}f + g * g * ${1 - beta2}f;
    let kept = parameters_${load}(i) * (1.0 - decay * f32(decays_at(i / ${blockSize}u)));
    parameters_${store}(i, kept - m / (sqrt(v) * correction + ${type}(${epsilon}f)) * step_size);
    moment1_${store}(i, m);
    moment2_${store}(i, v);
  }
}`);
  return { dispatches: [shader.dispatch('adamw', count)] };
}
