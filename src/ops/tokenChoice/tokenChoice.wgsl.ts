// The choice of a token in WGSL: one workgroup for each row of logits, its lanes share the vocabulary in pieces of
// neighbouring ids. Nothing is sorted: the cut is found as the logit at which enough tokens, or enough probability, stay,
// by halving the range of all single-precision numbers.
import { heightOf, widthOf, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { acrossLanes } from '../rows/rowGroups.ts';
import type { TokenChoiceInputs } from './tokenChoice.ts';

const LANES = 256;
/** On an emulated GPU, where few lanes run at once. */
const SOFTWARE_LANES = 8;

export function tokenChoiceProgram({
  inputs: [logits, draws, cut],
  outputs: [ids],
  traits,
}: Site<TokenChoiceInputs, [tf.Tensor1D]>): Program {
  const size = widthOf(logits.shape);
  const lanes = traits.software ? SOFTWARE_LANES : LANES;
  const groups = { rows: 1, lanes };
  const shader = new Shader();
  shader.input('logits', 0, logits);
  shader.input('draws', 1, draws);
  shader.input('cut', 2, cut);
  shader.output('ids', 0, ids);
  shader.add(acrossLanes('add_up', groups, 'f32'));
  shader.add(acrossLanes('count_up', groups, 'u32'));
  shader.add(acrossLanes('highest_of', groups, 'u32', 'max(a, b)'));
  shader.add(acrossLanes('lowest_of', groups, 'u32', 'min(a, b)'));
  shader.add(`const SIZE = ${size}u;
const PIECE = ${Math.ceil(size / lanes)}u;
var<workgroup> lane_ties: array<u32, ${lanes}>;
var<workgroup> lane_weights: array<f32, ${lanes}>;
var<workgroup> found: u32;
var<workgroup> rest: f32;

// Integers in the order of the numbers; what is not a number comes before all of them.
fn place_of(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0u; }
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
fn number_at(place: u32) -> f32 {
  return bitcast<f32>(select(~place, place & 0x7fffffffu, (place & 0x80000000u) != 0u));
}
// Halves a range of places; a range of one place stays.
fn between(low: u32, high: u32) -> u32 { return low + (high - low) / 2u + ((high - low) & 1u); }
fn below(middle: u32, low: u32, high: u32) -> u32 { return select(high, middle - 1u, middle > low); }
fn weight_of(x: f32, highest: f32, temperature: f32) -> f32 {
  if (place_of(x) == 0u) { return 0.0; }
  if (x == highest) { return 1.0; }
  return exp((x - highest) / temperature);
}

@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let row = group.x * SIZE;
  let from_id = min(local * PIECE, SIZE);
  let to_id = min(from_id + PIECE, SIZE);
  let temperature = cut_at(0u);
  let top_k = u32(cut_at(1u));
  let top_p = cut_at(2u);
  let min_p = min(cut_at(3u), 1.0);

  var top = 0u;
  for (var id = from_id; id < to_id; id++) { top = max(top, place_of(logits_at(row + id))); }
  let top_place = highest_of(local, top);
  let highest = number_at(top_place);
  if (temperature == 0.0) {
    var first = SIZE;
    for (var id = from_id; id < to_id; id++) {
      if (place_of(logits_at(row + id)) == top_place) { first = id; break; }
    }
    let chosen = lowest_of(local, first);
    if (local == 0u) { ids_set(group.x, i32(chosen)); }
    return;
  }

  // Kept are all tokens above a place, and the first so many of those at it.
  var edge = 0u;
  var at_edge = SIZE;
  if (top_k > 0u && top_k < SIZE) {
    // The highest place that at least k tokens reach.
    var high = top_place;
    for (var halving = 0u; halving < 32u; halving++) {
      let middle = between(edge, high);
      var reached = 0u;
      for (var id = from_id; id < to_id; id++) { reached += select(0u, 1u, place_of(logits_at(row + id)) >= middle); }
      if (count_up(local, reached) >= top_k) { edge = middle; } else { high = below(middle, edge, high); }
    }
    var above = 0u;
    for (var id = from_id; id < to_id; id++) { above += select(0u, 1u, place_of(logits_at(row + id)) > edge); }
    at_edge = top_k - count_up(local, above);
  }
  if (top_p < 1.0) {
    var above_edge = 0.0;
    var ties = 0u;
    for (var id = from_id; id < to_id; id++) {
      let x = logits_at(row + id);
      above_edge += select(0.0, weight_of(x, highest, temperature), place_of(x) > edge);
      ties += select(0u, 1u, place_of(x) == edge);
    }
    let tied = min(count_up(local, ties), at_edge);
    let wanted = top_p * (add_up(local, above_edge) + f32(tied) * weight_of(number_at(edge), highest, temperature));
    // The highest place that enough probability reaches.
    var low = edge;
    var high = top_place;
    for (var halving = 0u; halving < 32u; halving++) {
      let middle = between(low, high);
      var mass = 0.0;
      for (var id = from_id; id < to_id; id++) {
        let x = logits_at(row + id);
        mass += select(0.0, weight_of(x, highest, temperature), place_of(x) >= middle);
      }
      if (add_up(local, mass) >= wanted) { low = middle; } else { high = below(middle, low, high); }
    }
    var mass = 0.0;
    var equal = 0u;
    for (var id = from_id; id < to_id; id++) {
      let x = logits_at(row + id);
      mass += select(0.0, weight_of(x, highest, temperature), place_of(x) > low);
      equal += select(0u, 1u, place_of(x) == low);
    }
    let missing = max(wanted - add_up(local, mass), 0.0);
    let most = min(count_up(local, equal), select(SIZE, at_edge, low == edge));
    let each = max(weight_of(number_at(low), highest, temperature), 1e-30);
    at_edge = u32(clamp(ceil(missing / each), 1.0, max(f32(most), 1.0)));
    edge = low;
  }

  var ties_here = 0u;
  for (var id = from_id; id < to_id; id++) { ties_here += select(0u, 1u, place_of(logits_at(row + id)) == edge); }
  lane_ties[local] = ties_here;
  workgroupBarrier();
  var ties_before = 0u;
  for (var lane = 0u; lane < local; lane++) { ties_before += lane_ties[lane]; }

  var sum = 0.0;
  var seen = ties_before;
  for (var id = from_id; id < to_id; id++) { sum += kept_weight(logits_at(row + id), &seen, edge, at_edge, highest, temperature, min_p); }
  lane_weights[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    var all = 0.0;
    for (var lane = 0u; lane < ${lanes}u; lane++) { all += lane_weights[lane]; }
    // The lane in whose piece the number falls, and how far into it.
    var left = draws_at(group.x) * all;
    found = 0u;
    for (var lane = 0u; lane < ${lanes}u; lane++) {
      if (lane_weights[lane] == 0.0) { continue; }
      found = lane;
      rest = left;
      if (left < lane_weights[lane]) { break; }
      left -= lane_weights[lane];
    }
  }
  workgroupBarrier();
  if (local != found) { return; }
  var left = rest;
  var chosen = 0u;
  seen = ties_before;
  for (var id = from_id; id < to_id; id++) {
    let weight = kept_weight(logits_at(row + id), &seen, edge, at_edge, highest, temperature, min_p);
    if (weight == 0.0) { continue; }
    chosen = id;
    left -= weight;
    if (left < 0.0) { break; }
  }
  ids_set(group.x, i32(chosen));
}

// Weight of the next token of a piece; 0 where it is cut off.
fn kept_weight(x: f32, seen: ptr<function, u32>, edge: u32, at_edge: u32, highest: f32, temperature: f32, min_p: f32) -> f32 {
  let place = place_of(x);
  var kept = place > edge;
  if (place == edge) {
    kept = *seen < at_edge;
    *seen += 1u;
  }
  let weight = weight_of(x, highest, temperature);
  return select(0.0, weight, kept && weight >= min_p);
}`);
  return { dispatches: [shader.dispatch('tokenChoice', [heightOf(logits.shape), 1, 1])] };
}
