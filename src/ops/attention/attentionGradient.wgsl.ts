// Attention's gradient as two dispatches that compute the weights again (Dao et al. 2022, algorithm 4): in the first a
// thread owns queries and meets keys, in the second it owns keys and meets queries. Both compute
// d(score) = weight · (d(weight) − mean), where mean = Σ weight · d(weight) = d(out) · out is left by the first.
import type { DeviceTraits, Dispatch, PlacedSpec, Program } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import { beginDropout, droppedFactors, dropoutFunctions, headRead, headWrite, isAligned } from './headAccess.wgsl.ts';
import { headPlaces } from './headPlaces.wgsl.ts';
import type { HeadShape } from './heads.ts';
import { AttendedTokens, type Streamed } from './attendedTokens.wgsl.ts';
import {
  entryPoint,
  exchange,
  exchangeMemory,
  extensionsOf,
  layoutOf,
  partColumn,
  quadsOf,
  range,
  STEP,
  workgroupsOf,
} from './rowBlocks.wgsl.ts';
import { applyAlibi, beginAlibi, metRange, seenMask, type Owner } from './visibility.wgsl.ts';

export interface GradientPlaces {
  readonly dy: PlacedSpec;
  readonly qkv: PlacedSpec;
  readonly out: PlacedSpec;
  readonly logSumExp: PlacedSpec;
  readonly dqkv: PlacedSpec;
}

/** @param dropout its key is the kernel's input 4 */
export function attentionGradientProgram(
  places: GradientPlaces,
  shape: HeadShape,
  dropout: DropoutSite | undefined,
  variant: string,
  traits: DeviceTraits,
): Program {
  const { batch, nHead, length } = shape;
  return {
    dispatches: [
      pass('query', places, shape, dropout, variant, traits),
      pass('key', places, shape, dropout, variant, traits),
    ],
    scratchBytes: [batch * nHead * length * 4],
  };
}

/**
 * In the pass over queries, `a` are own queries and `x` met keys, `b` own output gradients and `y` met values; in the
 * pass over keys, `a` are own keys and `x` met queries, `b` own values and `y` met output gradients. So in both a score
 * is a · x, a weight's gradient is b · y, and what a gets is the sum of d(score) x. Keys that several heads of queries
 * share meet them one head after the other.
 */
function pass(
  owner: Owner,
  places: GradientPlaces,
  shape: HeadShape,
  dropout: DropoutSite | undefined,
  variant: string,
  { software }: DeviceTraits,
): Dispatch {
  const { length, headSize } = shape;
  const ownsQueries = owner === 'query';
  const layout = layoutOf(variant, shape, software);
  const { rows, parts } = layout;
  const quads = quadsOf(shape) / parts;
  const part = partColumn(layout, shape);
  const vec4 = isAligned(shape);
  const heads = headPlaces(shape, owner);
  const qkv = (address: (token: string) => string) => ({
    address,
    read: (at: string, i: string) => `qkv_head(${at}, ${i})`,
  });
  const [query, key, value] = [qkv(heads.query), qkv(heads.key), qkv(heads.value)];
  const given = { address: heads.output, read: (at: string, i: string) => `dy_head(${at}, ${i})` };
  const [a, x, b, y] = ownsQueries ? [query, key, given, value] : [key, query, value, given];
  const statistic = heads.row;
  const number = (name: string): Streamed => ({
    name,
    kind: 'number',
    address: statistic,
    read: (at) => `${name}_at(${at})`,
  });
  const met = new AttendedTokens(layout, shape, [
    { name: 'x', kind: 'vectors', ...x },
    { name: 'y', kind: 'vectors', ...y },
    ...(ownsQueries ? [] : [number('log_sum_exp'), number('mean')]),
  ]);

  const shader = new Shader();
  shader.input('dy', 0, places.dy, { vec4 });
  shader.input('qkv', 1, places.qkv, { vec4 });
  if (ownsQueries) shader.input('out', 2, places.out, { vec4 });
  shader.input('log_sum_exp', 3, places.logSumExp);
  if (dropout) shader.buffer('dropout_key', { input: 4 }, 'i32');
  shader.buffer('mean', { scratch: 0 }, 'f32', { writable: ownsQueries });
  shader.output('dqkv', 0, places.dqkv, { vec4 });
  shader.add(headRead('dy', shape));
  shader.add(headRead('qkv', shape));
  if (ownsQueries) shader.add(headRead('out', shape));
  shader.add(headWrite('dqkv', shape));
  if (dropout) shader.add(dropoutFunctions);
  shader.add(met.declarations);
  shader.add(exchangeMemory(layout, 2 * rows));

  const scale = 1 / Math.sqrt(headSize);
  const ownVectors = (j: number): string => `let a_at${j} = ${a.address(`near${j}`)}${part};
let b_at${j} = ${b.address(`near${j}`)}${part};
${range(
  quads,
  (i) => `let a${j}_${i} = ${a.read(`a_at${j}`, `${i}u`)} * ${scale * Math.LOG2E};
let b${j}_${i} = ${b.read(`b_at${j}`, `${i}u`)};
var da${j}_${i} = vec4f();
${ownsQueries ? '' : `var db${j}_${i} = vec4f();`}`,
)}`;
  const ownStatistics = (j: number): string => `let out_at${j} = ${given.address(`near${j}`)}${part};
var products${j} = vec4f();
${range(quads, (i) => `products${j} += b${j}_${i} * out_head(out_at${j}, ${i}u);`)}
${exchange(layout, [`products${j}`])}
let mean${j} = dot(products${j}, vec4f(1.0));
let log_sum_exp${j} = log_sum_exp_at(${statistic(`near${j}`)}) * ${Math.LOG2E};
if (own${j} < ${length}u${parts > 1 ? ' && part == 0u' : ''}) { mean_set(${statistic(`own${j}`)}, mean${j}); }`;
  const products = (i: number): string => `${met.fetch('x', i)}
${met.fetch('y', i)}
{
${range(STEP, (n) => `let x${n} = ${met.vector('x', n, i)};\nlet y${n} = ${met.vector('y', n, i)};`)}
${range(
  rows,
  (j) => `score${j} += vec4f(${range(STEP, (n) => `dot(a${j}_${i}, x${n})`, ', ')});
dweight${j} += vec4f(${range(STEP, (n) => `dot(b${j}_${i}, y${n})`, ', ')});`,
)}
}`;
  const dscores = (j: number): string => {
    const [own, other] = [() => `own${j}`, (n: number) => `met + ${n}u`];
    const factors =
      dropout && droppedFactors(dropout, shape, heads.row, ownsQueries ? own : other, ownsQueries ? other : own);
    // A weight is at most 1; rounding of large scores must not make it more.
    return `${applyAlibi(shape, `score${j}`, `own${j}`)}
let weight${j} = select(vec4f(), exp2(min(score${j} - ${ownsQueries ? `log_sum_exp${j}` : 'log_sum_exps'}, vec4f())), ${seenMask(shape, owner, `own${j}`)});
${factors ? `let factor${j} = ${factors};\ndweight${j} *= factor${j};` : ''}
let dscore${j} = weight${j} * (dweight${j} - ${ownsQueries ? `mean${j}` : 'means'});
${ownsQueries ? '' : `let share${j} = weight${j}${factors ? ` * factor${j}` : ''};`}`;
  };
  const weighted = (weight: string, name: string): string => range(STEP, (n) => `${weight}[${n}] * ${name}${n}`, ' + ');
  const sums = (i: number): string => `{
${range(STEP, (n) => `let x${n} = ${met.vector('x', n, i)};`)}
${range(rows, (j) => `da${j}_${i} += ${weighted(`dscore${j}`, 'x')};`)}
}
${
  ownsQueries
    ? ''
    : `{
${range(STEP, (n) => `let y${n} = ${met.vector('y', n, i)};`)}
${range(rows, (j) => `db${j}_${i} += ${weighted(`share${j}`, 'y')};`)}
}`
}`;
  const leave = (j: number): string => `if (own${j} < ${length}u) {
${range(quads, (i) => `dqkv_set_head(a_at${j}, ${i}u, da${j}_${i} * ${scale});`)}
${ownsQueries ? '' : range(quads, (i) => `dqkv_set_head(b_at${j}, ${i}u, db${j}_${i});`)}
}`;
  const names = Array.from({ length: rows }, (_, j) => [`score${j}`, `dweight${j}`]).flat();
  const step = [
    ...names.map((name) => `var ${name} = vec4f();`),
    range(quads, products),
    exchange(layout, names),
    'let met4 = met + vec4u(0u, 1u, 2u, 3u);',
    ownsQueries
      ? ''
      : `let log_sum_exps = ${met.numbers('log_sum_exp')} * ${Math.LOG2E};\nlet means = ${met.numbers('mean')};`,
    range(rows, dscores),
    range(quads, sums),
  ].join('\n');
  const { from, until } = metRange(shape, owner);
  const body = [
    heads.declarations,
    dropout ? beginDropout(dropout) : '',
    range(rows, ownVectors),
    ownsQueries ? range(rows, ownStatistics) : '',
    heads.eachQueryHead(`${beginAlibi(shape, heads.queryHead)}\n${met.loop(from, until, step)}`),
    range(rows, leave),
  ].join('\n');
  shader.add(entryPoint(layout, shape, body));
  const label = ownsQueries ? 'attention dQ' : 'attention dK dV';
  return shader.dispatch(label, workgroupsOf(layout, shape, heads.count), extensionsOf(layout));
}
