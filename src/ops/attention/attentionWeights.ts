// The attention weights themselves, for inspection: training never makes them. No gradient.
import { runKernel, type Kernel, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { hostInteger } from '../dropout/dropoutMask.ts';
import { weightsOf } from './attention.reference.ts';
import { headRead, isAligned } from './headAccess.wgsl.ts';
import { describeHeads, groupSize, qkvWidth, requireHeads, splitHeads, type HeadShape } from './heads.ts';
import { quadsOf, range } from './rowBlocks.wgsl.ts';
import { isBanded, reachOf } from './visibility.ts';
import { beginVisible, slopeOf } from './visibility.wgsl.ts';

type Inputs = [qkv: tf.Tensor2D, ...visible: tf.Tensor1D[]];
type Outputs = [weights: tf.Tensor2D];

const LANES = 64;
/** Lanes of an emulated GPU, where few run at once. */
const SOFTWARE_LANES = 8;

/**
 * Exact softmax weights of every head: qkv [B·T, (H + 2G)·D] → [B·H·T, T], row = the token that looks, 0 where it must
 * not. Caller disposes.
 * @param visible [1] int32, made on this side: keys from this number on are hidden; a token that sees none has zeros
 */
export const attentionWeights = (qkv: tf.Tensor2D, shape: HeadShape, visible?: tf.Tensor1D): tf.Tensor2D =>
  runKernel(attentionWeightsKernel(shape, visible !== undefined), qkv, ...(visible ? [visible] : []))[0];

/** @param isCut whether the second input says how many keys are visible */
export function attentionWeightsKernel(shape: HeadShape, isCut = false): Kernel<Inputs, Outputs> {
  requireHeads(shape);
  const output = [shape.batch * shape.nHead * shape.length, shape.length] as const;
  return {
    name: 'attentionWeights',
    detail: `${describeHeads(shape)}, ${shape.length} tokens${isCut ? ', some keys hidden' : ''}`,
    outputs: () => [{ shape: output, dtype: 'float32' }],
    reference: (qkv, visible) => {
      const { query, key } = splitHeads(qkv, shape);
      const { weights } = weightsOf(query, key, shape, isCut && visible ? hostInteger(visible) : undefined);
      return [tf.reshape(weights, [...output])];
    },
    program: (site) => weightsProgram(site, shape, isCut),
  };
}

/**
 * One workgroup per row; its lanes share the keys. Scores wait in the output until their sum is known, where the same
 * lane reads them again.
 */
function weightsProgram({ inputs, outputs, traits }: Site<Inputs, Outputs>, shape: HeadShape, isCut: boolean): Program {
  const { batch, length, nHead, headSize, causal, alibi } = shape;
  const group = groupSize(shape);
  const width = qkvWidth(shape);
  const quads = quadsOf(shape);
  const lanes = traits.software ? SOFTWARE_LANES : LANES;
  const aside = reachOf(shape) - 1;
  const until = causal ? 'row + 1u' : isBanded(shape) ? `min(row + ${aside + 1}u, ${length}u)` : `${length}u`;
  const shader = new Shader();
  shader.input('qkv', 0, inputs[0], { vec4: isAligned(shape) });
  if (isCut) shader.buffer('visible', { input: 1 }, 'i32');
  shader.output('weights', 0, outputs[0]);
  shader.add(headRead('qkv', shape));
  shader.add(`var<workgroup> largests: array<f32, ${lanes}>;
var<workgroup> totals: array<f32, ${lanes}>;

@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let row = group.x;
  let first = group.z * ${length * width}u;
  let query = first + row * ${width}u + group.y * ${headSize}u;
  let keys = first + ${nHead * headSize}u + group.y / ${group}u * ${headSize}u;
  ${range(quads, (i) => `let query${i} = qkv_head(query, ${i}u) * ${1 / Math.sqrt(headSize)};`)}
  ${alibi ? `let slope = ${slopeOf(shape, 'group.y')};` : ''}
  ${isCut ? beginVisible(shape) : ''}
  let begin = ${isBanded(shape) ? `row - min(row, ${aside}u)` : '0u'};
  let end = ${isCut ? `min(${until}, visible_keys)` : until};
  let to = ((group.z * ${nHead}u + group.y) * ${length}u + row) * ${length}u;
  var largest = -1e38;
  var total = 0.0;
  for (var k = ${isBanded(shape) ? `begin / ${lanes}u * ${lanes}u + ` : ''}lane; k < end; k += ${lanes}u) {
    ${isBanded(shape) ? 'if (k < begin) { continue; }' : ''}
    let key = keys + k * ${width}u;
    let score = ${range(quads, (i) => `dot(query${i}, qkv_head(key, ${i}u))`, ' + ')}${alibi ? ' - slope * abs(f32(row) - f32(k))' : ''};
    weights_set(to + k, score);
    let highest = max(largest, score);
    total = total * exp(largest - highest) + exp(score - highest);
    largest = highest;
  }
  largests[lane] = largest;
  totals[lane] = total;
  workgroupBarrier();
  var top = largests[0];
  for (var other = 1u; other < ${lanes}u; other++) { top = max(top, largests[other]); }
  var sum = 0.0;
  for (var other = 0u; other < ${lanes}u; other++) { sum += totals[other] * exp(largests[other] - top); }
  for (var k = lane; k < ${length}u; k += ${lanes}u) {
    var weight = 0.0;
    if (k >= begin && k < end) { weight = exp(weights_at(to + k) - top) / sum; }
    weights_set(to + k, weight);
  }
}`);
  return { dispatches: [shader.dispatch('attentionWeights', [length, nHead, batch])] };
}
