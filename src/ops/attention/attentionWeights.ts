// The attention weights themselves, for inspection: training never makes them. No gradient.
import { runKernel, type Kernel, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { maskedScores } from './attention.reference.ts';
import { headRead, isAligned } from './headAccess.wgsl.ts';
import { splitHeads, type HeadShape } from './heads.ts';
import { quadsOf, range } from './rowBlocks.wgsl.ts';

type Inputs = [qkv: tf.Tensor2D];
type Outputs = [weights: tf.Tensor2D];

const LANES = 64;
/** Lanes of an emulated GPU, where few run at once. */
const SOFTWARE_LANES = 8;

/**
 * Exact softmax weights of every head: qkv [B·T, 3C] → [B·H·T, T], row = the token that looks, 0 where it must not.
 * Caller disposes.
 */
export const attentionWeights = (qkv: tf.Tensor2D, shape: HeadShape): tf.Tensor2D =>
  runKernel(attentionWeightsKernel(shape), qkv)[0];

export const attentionWeightsKernel = (shape: HeadShape): Kernel<Inputs, Outputs> => ({
  name: 'attentionWeights',
  detail: `${shape.nHead} heads, ${shape.length} tokens`,
  outputs: () => [{ shape: [shape.batch * shape.nHead * shape.length, shape.length], dtype: 'float32' }],
  reference: (qkv) => {
    const { query, key } = splitHeads(qkv, shape);
    const weights = tf.softmax(maskedScores(query, key));
    return [tf.reshape(weights, [shape.batch * shape.nHead * shape.length, shape.length])];
  },
  program: (site) => weightsProgram(site, shape),
});

/** One workgroup per row; its lanes share the keys. Scores wait in the output until their sum is known. */
function weightsProgram({ inputs, outputs, traits }: Site<Inputs, Outputs>, shape: HeadShape): Program {
  const { batch, length, nHead, headSize } = shape;
  const width = nHead * headSize;
  const quads = quadsOf(shape);
  const lanes = traits.software ? SOFTWARE_LANES : LANES;
  const shader = new Shader();
  shader.input('qkv', 0, inputs[0], { vec4: isAligned(shape) });
  shader.output('weights', 0, outputs[0]);
  shader.add(headRead('qkv', shape));
  shader.add(`var<workgroup> largests: array<f32, ${lanes}>;
var<workgroup> totals: array<f32, ${lanes}>;

@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let row = group.x;
  let first = group.z * ${length}u * ${3 * width}u + group.y * ${headSize}u;
  let query = first + row * ${3 * width}u;
  ${range(quads, (i) => `let query${i} = qkv_head(query, ${i}u) * ${1 / Math.sqrt(headSize)};`)}
  let to = ((group.z * ${nHead}u + group.y) * ${length}u + row) * ${length}u;
  var largest = -1e38;
  var total = 0.0;
  for (var k = lane; k <= row; k += ${lanes}u) {
    let key = first + k * ${3 * width}u + ${width}u;
    let score = ${range(quads, (i) => `dot(query${i}, qkv_head(key, ${i}u))`, ' + ')};
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
    if (k <= row) { weight = exp(weights_at(to + k) - top) / sum; }
    weights_set(to + k, weight);
  }
}`);
  return { dispatches: [shader.dispatch('attentionWeights', [length, nHead, batch])] };
}
