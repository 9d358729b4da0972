// Cross-entropy in WGSL: one pass over a row for its largest logit and the sum of exponentials relative to it (online,
// Milakov & Gimelshein 2018), and one that puts the gradient where the logits were.
import { heightOf, widthOf, type DeviceTraits, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { acrossLanes, groupsFor, rowGroups, rowMain } from '../rows/rowGroups.ts';
import type { Objective } from './objective.ts';

export type CrossEntropyInputs = [logits: tf.Tensor2D, targets: tf.Tensor1D];

/** All divisions that the program is used with: rows × lanes. */
export const CROSS_ENTROPY_VARIANTS = ['8x1', '8x8', '4x16', '2x32', '1x256'] as const;

export function crossEntropyVariants(vocabSize: number, { software }: DeviceTraits): readonly string[] {
  if (software) return vocabSize < 8192 ? ['8x1'] : ['8x1', '8x8'];
  return vocabSize <= 128 ? ['4x16', '8x8'] : vocabSize <= 2048 ? ['2x32', '1x256'] : ['1x256'];
}

/** @throws RangeError if the gradient is not stored as the logits are: it takes their memory */
export function crossEntropyProgram(
  {
    inputs: [logits, targets],
    outputs: [losses, slope],
    variant,
    traits,
  }: Site<CrossEntropyInputs, [tf.Tensor1D, tf.Tensor2D]>,
  scale: number,
  objective: Objective,
): Program {
  if (logits.storage !== slope.storage) throw new RangeError('Logits and their gradient share memory and its format.');
  const [height, width] = [heightOf(logits.shape), widthOf(logits.shape)];
  const groups = rowGroups(variant || (crossEntropyVariants(width, traits)[0] ?? ''));
  const { lanes } = groups;
  const count = groupsFor(height, groups, traits);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('targets', 1, targets);
  shader.output('losses', 0, losses);
  shader.output('slope', 1, slope, { vec4 });
  // The largest logit, and the sum of exponentials relative to it; for smooth labels also the sum of the logits' distances
  // from the row's first, which stays exact where all logits are large.
  const join = 'select(vec2f(b.x, b.y + a.y * exp(a.x - b.x)), vec2f(a.x, a.y + b.y * exp(b.x - a.x)), a.x > b.x)';
  const [smooth, squares] = [objective.labelSmoothing > 0, objective.zLoss > 0];
  if (smooth) shader.add(acrossLanes('together', groups, 'vec3f', `vec3f(${join}, a.z + b.z)`));
  else shader.add(acrossLanes('together', groups, 'vec2f', join));
  const { loss, factor, elsewhere, atTarget } = termsOf(objective, width, scale);
  // Four columns at a time: neighbours in aligned rows; else as far apart as there are lanes, so that lanes read
  // neighbours. The rest of a row follows one by one.
  const apart = vec4 ? 1 : lanes;
  const wholes = Math.floor(width / (4 * lanes));
  const at = (j: number): string => `slope_at(i + ${j * apart}u)`;
  const read = vec4 ? 'slope_vec4(i)' : `vec4f(${at(0)}, ${at(1)}, ${at(2)}, ${at(3)})`;
  const columns = `vec4u(col, col + ${apart}u, col + ${2 * apart}u, col + ${3 * apart}u)`;
  const write = vec4
    ? 'slope_set_vec4(i, d);'
    : [0, 1, 2, 3].map((j) => `slope_set(i + ${j * apart}u, d[${j}]);`).join(' ');
  const fours = vec4
    ? `for (var col = lane * 4u; col < ${width}u; col += ${4 * lanes}u)`
    : `for (var col = lane; col < ${wholes * 4 * lanes}u; col += ${4 * lanes}u)`;
  const rest = vec4 ? undefined : `for (var col = ${wholes * 4 * lanes}u + lane; col < ${width}u; col += ${lanes}u)`;
  shader.add(
    rowMain(
      groups,
      count,
      `  // Threads of rows beyond the last read that one again, so that all meet at the barriers.
  let source = min(row, ${height - 1}u);
  let start = source * ${width}u;
  let target_col = u32(targets_at(source));
  let target_logit = slope_at(start + target_col);
  ${smooth ? 'let first = slope_at(start);\n  var highest = first;\n  var distance = 0.0;' : 'var highest = slope_at(start);'}
  var sum = 0.0;
  ${fours} {
    let i = start + col;
    let x = ${read};
    let high = max(max(x.x, x.y), max(x.z, x.w));
    if (high > highest) {
      sum *= exp(highest - high);
      highest = high;
    }
    sum += dot(exp(x - highest), vec4f(1.0));${smooth ? '\n    distance += dot(x - first, vec4f(1.0));' : ''}
  }
  ${
    rest
      ? `${rest} {
    let x = slope_at(start + col);
    if (x > highest) {
      sum *= exp(highest - x);
      highest = x;
    }
    sum += exp(x - highest);${smooth ? '\n    distance += x - first;' : ''}
  }`
      : ''
  }
  let all = together(local, ${smooth ? 'vec3f(highest, sum, distance)' : 'vec2f(highest, sum)'});
  if (row >= ${height}u) { return; }${squares ? '\n  let log_sum = all.x + log(all.y);' : ''}
  if (lane == 0u) { losses_set(row, ${loss}); }
  let factor = ${factor} / all.y;
  ${fours} {
    let i = start + col;
    let d = exp(${read} - all.x) * factor - select(vec4f(${elsewhere ?? ''}), vec4f(${atTarget}), ${columns} == vec4u(target_col));
    ${write}
  }
  ${
    rest
      ? `${rest} {
    let i = start + col;
    slope_set(i, exp(slope_at(i) - all.x) * factor - select(${elsewhere ?? '0.0'}, ${atTarget}, col == target_col));
  }`
      : ''
  }`,
    ),
  );
  return { dispatches: [shader.dispatch('crossEntropy', count)] };
}

/** WGSL of what depends on the objective, each free of what is not asked for. */
function termsOf({ zLoss, labelSmoothing }: Objective, width: number, scale: number) {
  const [targetShare, anyShare] = [1 - labelSmoothing, labelSmoothing / width];
  const belowTarget = '(all.x - target_logit)';
  const belowAll = `(all.x - first - all.z / ${width}f)`;
  const below =
    labelSmoothing > 0
      ? `${belowTarget} * ${floatLiteral(targetShare)} + ${belowAll} * ${floatLiteral(labelSmoothing)}`
      : belowTarget;
  const entropy = `${below} + log(all.y)`;
  return {
    loss: zLoss > 0 ? `${entropy} + log_sum * log_sum * ${floatLiteral(zLoss)}` : entropy,
    /** What the sum of exponentials divides, for the softmax in the slope. */
    factor:
      zLoss > 0 ? `fma(log_sum, ${floatLiteral(2 * scale * zLoss)}, ${floatLiteral(scale)})` : floatLiteral(scale),
    /** What is taken from the slope of every token but the target; undefined for nothing. */
    elsewhere: labelSmoothing > 0 ? floatLiteral(anyShare * scale) : undefined,
    atTarget: floatLiteral((targetShare + anyShare) * scale),
  };
}

const floatLiteral = (value: number): string => `${Math.fround(value)}f`;
