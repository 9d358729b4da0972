// Decoding in WGSL: new keys and values go into the cache in place, then every new token looks at those before it that it
// sees and at itself, oldest first. The lanes of a workgroup share the keys of one token and one head among them.
import { heightOf, type Program, type Site } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import type { CachedInputs, CachedOutputs } from './cachedAttention.ts';
import { groupSize, qkvWidth, type HeadShape } from './heads.ts';
import { slopeOf } from './visibility.wgsl.ts';

const APPEND_GROUP = 64;
const MOST_LANES = 64;
/** Lanes on a software adapter, where a workgroup runs on one core. */
const SOFTWARE_LANES = 8;

export function cachedAttentionProgram(
  { inputs: [qkv, cache, position], outputs: [output, present], traits }: Site<CachedInputs, CachedOutputs>,
  shape: HeadShape,
): Program {
  const { batch, length, nHead, nKeyValueHead, headSize, band, alibi } = shape;
  const kept = 2 * nKeyValueHead * headSize;
  const contextLength = heightOf(cache.shape) / batch;
  const reach = band > 0 ? Math.min(band, contextLength) : contextLength;
  const constants = `const NEW = ${length}u;
const CONTEXT = ${contextLength}u;
const HEAD = ${headSize}u;
// Columns of the output, of queries, keys and values together, and of the cache.
const WIDTH = ${nHead * headSize}u;
const QKV = ${qkvWidth(shape)}u;
const KEPT = ${kept}u;`;

  const append = new Shader();
  append.input('qkv', 0, qkv);
  append.output('cache', 1, present);
  append.input('position', 2, position);
  const count = batch * length * kept;
  const [x, y] = spread(Math.ceil(count / APPEND_GROUP), traits.maxWorkgroupsPerDimension);
  append.add(`${constants}
@compute @workgroup_size(${APPEND_GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${x * APPEND_GROUP}u + id.x;
  if (i >= ${count}u) { return; }
  let row = i / KEPT;
  let col = i % KEPT;
  let slot = (u32(position_at(0u)) + row % NEW) % CONTEXT;
  cache_set(((row / NEW) * CONTEXT + slot) * KEPT + col, qkv_at(row * QKV + WIDTH + col));
}`);

  // Each lane keeps a vector of its head in workgroup memory, and two numbers.
  const fitting = Math.floor(traits.maxWorkgroupStorageBytes / (4 * (headSize + 2)));
  const wanted = Math.min(traits.software ? SOFTWARE_LANES : MOST_LANES, traits.maxWorkgroupInvocations, fitting);
  const lanes = 2 ** Math.floor(Math.log2(Math.max(1, wanted)));
  const vec4 = headSize % 4 === 0;
  const quads = Math.ceil(headSize / 4);
  const attend = new Shader();
  attend.input('qkv', 0, qkv, { vec4 });
  // Written by the dispatch before; read here.
  attend.buffer('cache', { output: 1 }, present.storage, { vec4 });
  attend.input('position', 2, position);
  attend.output('mixed', 0, output);
  const part = (name: string): string =>
    vec4
      ? `fn part_${name}(base: u32, quad: u32) -> vec4f { return ${name}_vec4(base + 4u * quad); }`
      : `fn part_${name}(base: u32, quad: u32) -> vec4f {
  var v = vec4f();
  for (var j = 0u; j < min(4u, HEAD - 4u * quad); j++) { v[j] = ${name}_at(base + 4u * quad + j); }
  return v;
}`;
  const each = (line: (i: number) => string): string => Array.from({ length: quads }, (_, i) => line(i)).join('\n');
  attend.add(`${constants}
${part('qkv')}
${part('cache')}
var<workgroup> sums: array<f32, ${lanes * headSize}>;
var<workgroup> largests: array<f32, ${lanes}>;
var<workgroup> totals: array<f32, ${lanes}>;

@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let row = group.x;
  let head = group.y;
  let query = row * QKV + head * HEAD;
  let first = (row / NEW) * CONTEXT * KEPT + head / ${groupSize(shape)}u * HEAD;
  let own = u32(position_at(0u)) + row % NEW;
  let seen = min(own + 1u, ${reach}u);
  let oldest = (own + 1u - seen) % CONTEXT;
  ${alibi ? `let slope = ${slopeOf(shape, 'head')};` : ''}
${each((i) => `let q${i} = part_qkv(query, ${i}u) * ${(1 / Math.sqrt(headSize)).toPrecision(9)}f; var sum${i} = vec4f();`)}
  var largest = -1e38;
  var total = 0.0;
  for (var k = lane; k < seen; k += ${lanes}u) {
    let slot = oldest + k;
    let key = first + select(slot, slot - CONTEXT, slot >= CONTEXT) * KEPT;
    let score = ${Array.from({ length: quads }, (_, i) => `dot(q${i}, part_cache(key, ${i}u))`).join(' + ')}${alibi ? ' - slope * f32(seen - 1u - k)' : ''};
    let next = max(largest, score);
    let fade = exp(largest - next);
    let weight = exp(score - next);
    largest = next;
    total = total * fade + weight;
${each((i) => `sum${i} = sum${i} * fade + weight * part_cache(key + KEPT / 2u, ${i}u);`)}
  }
  largests[lane] = largest;
  totals[lane] = total;
${each((i) => Array.from({ length: Math.min(4, headSize - 4 * i) }, (_, j) => `sums[lane * HEAD + ${4 * i + j}u] = sum${i}[${j}];`).join(' '))}
  workgroupBarrier();
  var peak = largests[0];
  for (var other = 1u; other < ${lanes}u; other++) { peak = max(peak, largests[other]); }
  var all = 0.0;
  for (var other = 0u; other < ${lanes}u; other++) { all += totals[other] * exp(largests[other] - peak); }
  for (var i = lane; i < HEAD; i += ${lanes}u) {
    var value = 0.0;
    for (var other = 0u; other < ${lanes}u; other++) { value += sums[other * HEAD + i] * exp(largests[other] - peak); }
    mixed_set(row * WIDTH + head * HEAD + i, value / all);
  }
}`);
  return {
    dispatches: [
      append.dispatch('cachedAttention append', [x, y, 1]),
      attend.dispatch('cachedAttention', [batch * length, nHead, 1]),
    ],
  };
}
