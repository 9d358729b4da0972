// Attention over whole sequences as one dispatch: softmax is built up while keys are met (Milakov & Gimelshein 2018;
// Dao et al. 2022), so that no matrix of scores exists. Every thread owns queries; see `rowBlocks.wgsl.ts`.
import type { DeviceTraits, PlacedSpec, Program } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import { beginDropout, droppedFactors, dropoutFunctions, headRead, headWrite, isAligned } from './headAccess.wgsl.ts';
import { headPlaces } from './headPlaces.wgsl.ts';
import type { HeadShape } from './heads.ts';
import { AttendedTokens } from './attendedTokens.wgsl.ts';
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
import { applyAlibi, beginAlibi, beginVisible, metRange, seenMask } from './visibility.wgsl.ts';

export interface AttentionPlaces {
  readonly qkv: PlacedSpec;
  readonly out: PlacedSpec;
  readonly logSumExp: PlacedSpec;
}

/** Below every score, yet far from infinity, which shaders may take for impossible. */
const LOWEST = '-1e38';

export interface AttentionWay {
  /** Its key is the kernel's input 1. */
  readonly dropout: DropoutSite | undefined;
  /** Whether the kernel's input 1 says how many keys are visible. */
  readonly isCut: boolean;
  readonly variant: string;
  readonly traits: DeviceTraits;
}

export function attentionProgram(
  { qkv, out, logSumExp }: AttentionPlaces,
  shape: HeadShape,
  { dropout, isCut, variant, traits }: AttentionWay,
): Program {
  const { length, headSize } = shape;
  const layout = layoutOf(variant, shape, traits.software);
  const { rows, parts } = layout;
  const quads = quadsOf(shape) / parts;
  const part = partColumn(layout, shape);
  const vec4 = isAligned(shape);
  const heads = headPlaces(shape, 'query');
  const read = (at: string, i: string): string => `qkv_head(${at}, ${i})`;
  const met = new AttendedTokens(layout, shape, [
    { name: 'key', kind: 'vectors', address: heads.key, read },
    { name: 'value', kind: 'vectors', address: heads.value, read },
  ]);

  const shader = new Shader();
  shader.input('qkv', 0, qkv, { vec4 });
  if (dropout) shader.buffer('dropout_key', { input: 1 }, 'i32');
  if (isCut) shader.buffer('visible', { input: 1 }, 'i32');
  shader.output('out', 0, out, { vec4 });
  shader.output('log_sum_exp', 1, logSumExp);
  shader.add(headRead('qkv', shape));
  shader.add(headWrite('out', shape));
  if (dropout) shader.add(dropoutFunctions);
  shader.add(met.declarations);
  shader.add(exchangeMemory(layout, rows));

  // Powers of two are cheaper than powers of e: scores are counted in them.
  const scale = Math.LOG2E / Math.sqrt(headSize);
  const own = (j: number): string => `let at${j} = ${heads.query(`near${j}`)}${part};
${range(quads, (i) => `let query${j}_${i} = qkv_head(at${j}, ${i}u) * ${scale}; var sum${j}_${i} = vec4f();`)}
var top${j} = ${LOWEST};
var total${j} = 0.0;`;
  const scoreTerms = (i: number): string => `${met.fetch('key', i)}
{
${range(STEP, (n) => `let key${n} = ${met.vector('key', n, i)};`)}
${range(rows, (j) => `score${j} += vec4f(${range(STEP, (n) => `dot(query${j}_${i}, key${n})`, ', ')});`)}
}`;
  const weights = (j: number): string => `let seen${j} = ${seenMask(shape, 'query', `own${j}`, isCut)};
${applyAlibi(shape, `score${j}`, `own${j}`)}
score${j} = select(vec4f(${LOWEST}), score${j}, seen${j});
let highest${j} = max(top${j}, max(max(score${j}.x, score${j}.y), max(score${j}.z, score${j}.w)));
let shrink${j} = exp2(top${j} - highest${j});
top${j} = highest${j};
let weight${j} = select(vec4f(), exp2(score${j} - highest${j}), seen${j});
total${j} = total${j} * shrink${j} + dot(weight${j}, vec4f(1.0));
let share${j} = weight${j}${
    dropout
      ? ` * ${droppedFactors(
          dropout,
          shape,
          heads.row,
          () => `own${j}`,
          (n) => `met + ${n}u`,
        )}`
      : ''
  };`;
  const sumTerms = (i: number): string => `${met.fetch('value', i)}
{
${range(STEP, (n) => `let value${n} = ${met.vector('value', n, i)};`)}
${range(rows, (j) => `sum${j}_${i} = sum${j}_${i} * shrink${j} + (${range(STEP, (n) => `share${j}[${n}] * value${n}`, ' + ')});`)}
}`;
  // A token that sees none has zeros; else its largest weight is 1 before they are divided.
  const divisor = (j: number): string => (isCut ? `max(total${j}, 0.5)` : `total${j}`);
  const leave = (j: number): string => `if (own${j} < ${length}u) {
let to = ${heads.output(`own${j}`)}${part};
${range(quads, (i) => `out_set_head(to, ${i}u, sum${j}_${i} / ${divisor(j)});`)}
${parts > 1 ? 'if (part == 0u) ' : ''}{
log_sum_exp_set(${heads.row(`own${j}`)}, (top${j} + log2(${divisor(j)})) * ${Math.LN2});
}
}`;
  const scores = Array.from({ length: rows }, (_, j) => `score${j}`);
  const step = [
    ...scores.map((score) => `var ${score} = vec4f();`),
    range(quads, scoreTerms),
    exchange(layout, scores),
    'let met4 = met + vec4u(0u, 1u, 2u, 3u);',
    range(rows, weights),
    range(quads, sumTerms),
  ].join('\n');
  const { from, until } = metRange(shape, 'query', isCut);
  const body = [
    heads.declarations,
    dropout ? beginDropout(dropout) : '',
    isCut ? beginVisible(shape) : '',
    beginAlibi(shape, heads.queryHead),
    range(rows, own),
    met.loop(from, until, step),
    range(rows, leave),
  ].join('\n');
  shader.add(entryPoint(layout, shape, body));
  return { dispatches: [shader.dispatch('attention', workgroupsOf(layout, shape, heads.count), extensionsOf(layout))] };
}
