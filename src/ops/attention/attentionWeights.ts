// The attention weights themselves, for inspection: training never makes them.
import { runKernel, type Kernel, type Program, type Site } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { maskedScores } from './attention.reference.ts';
import { splitHeads, type HeadShape } from './heads.ts';

type Inputs = [qkv: tf.Tensor2D];
type Outputs = [weights: tf.Tensor2D];

const GROUP = 64;

export const attentionWeightsKernel = (shape: HeadShape): Kernel<Inputs, Outputs> => ({
  name: 'attentionWeights',
  outputs: () => [{ shape: [shape.batch * shape.nHead * shape.length, shape.length], dtype: 'float32' }],
  reference: (qkv) => {
    const { query, key } = splitHeads(qkv, shape);
    const weights = tf.softmax(maskedScores(query, key));
    return [tf.reshape(weights, [shape.batch * shape.nHead * shape.length, shape.length])];
  },
  program: (site) => weightsProgram(site, shape),
});

/** One thread per row: it runs along the keys twice, for the softmax's sum and for the weights. */
function weightsProgram({ inputs, outputs, traits }: Site<Inputs, Outputs>, shape: HeadShape): Program {
  const { batch, length, nHead, headSize } = shape;
  const rows = batch * nHead * length;
  const shader = new Shader();
  shader.input('qkv', 0, inputs[0]);
  shader.output('weights', 0, outputs[0]);
  const [x, y] = spread(Math.ceil(rows / GROUP), traits.maxWorkgroupsPerDimension);
  shader.add(`const LENGTH = ${length}u;
const HEADS = ${nHead}u;
const HEAD = ${headSize}u;
const WIDTH = ${nHead * headSize}u;

fn score(query: u32, key: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < HEAD; i++) { sum += qkv_at(query + i) * qkv_at(key + i); }
  return sum * ${(1 / Math.sqrt(headSize)).toPrecision(9)}f;
}

@compute @workgroup_size(${GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let place = id.y * ${x * GROUP}u + id.x;
  if (place >= ${rows}u) { return; }
  let row = place % LENGTH;
  let head = (place / LENGTH) % HEADS;
  let first = (place / LENGTH / HEADS) * LENGTH;
  let query = (first + row) * 3u * WIDTH + head * HEAD;
  let key = first * 3u * WIDTH + WIDTH + head * HEAD;
  var largest = -1e38;
  var total = 0.0;
  for (var k = 0u; k <= row; k++) {
    let s = score(query, key + k * 3u * WIDTH);
    let next = max(largest, s);
    total = total * exp(largest - next) + exp(s - next);
    largest = next;
  }
  for (var k = 0u; k < LENGTH; k++) {
    var weight = 0.0;
    if (k <= row) { weight = exp(score(query, key + k * 3u * WIDTH) - largest) / total; }
    weights_set(place * LENGTH + k, weight);
  }
}`);
  return { dispatches: [shader.dispatch('attentionWeights', [x, y, 1])] };
}

/**
 * Exact softmax weights of every head: qkv [B·T, 3C] → [B·H·T, T], row = the token that looks, 0 where it must not.
 * Caller disposes.
 */
export const attentionWeights = (qkv: tf.Tensor2D, shape: HeadShape): tf.Tensor2D =>
  runKernel(attentionWeightsKernel(shape), qkv)[0];
