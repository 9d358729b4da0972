// Attention over whole sequences as one dispatch: softmax is built up while keys are met (Milakov & Gimelshein 2018;
// Dao et al. 2022), so that no matrix of scores exists. Every thread owns queries; see `rowBlocks.wgsl.ts`.
import type { DeviceTraits, PlacedSpec, Program } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import { dropoutDeclarations, keptFactor, weightRow } from './droppedWeights.wgsl.ts';
import { headRead, headWrite, isAligned } from './headAccess.wgsl.ts';
import type { HeadShape } from './heads.ts';
import {
  entryPoint,
  exchange,
  exchangeMemory,
  extensionsOf,
  layoutOf,
  partColumns,
  quadsOf,
  range,
  Stream,
  workgroupsOf,
} from './rowBlocks.wgsl.ts';

export interface AttentionSite {
  readonly qkv: PlacedSpec;
  readonly out: PlacedSpec;
  readonly logSumExp: PlacedSpec;
  readonly traits: DeviceTraits;
  readonly variant: string;
}

/** Below every score, yet far from infinity, which shaders may take for impossible. */
const LOWEST = '-1e38';

export function attentionProgram(site: AttentionSite, shape: HeadShape, dropout: DropoutSite | undefined): Program {
  const { length, nHead, headSize } = shape;
  const layout = layoutOf(site.variant, shape, site.traits.software);
  const { rows, parts, step } = layout;
  const quads = quadsOf(shape) / parts;
  const width = nHead * headSize;
  const vec4 = isAligned(shape);
  const shader = new Shader();
  shader.input('qkv', 0, site.qkv, { vec4 });
  if (dropout) shader.buffer('dropout_key', { input: 1 }, 'i32');
  shader.output('out', 0, site.out, { vec4 });
  shader.output('log_sum_exp', 1, site.logSumExp);
  const columns = (part: number) => (token: string) => `(start + ${token}) * ${3 * width}u + ${part * width}u + head`;
  const read = (at: string, i: string): string => `qkv_head(${at}, ${i})`;
  const stream = new Stream(layout, shape, [
    { name: 'key', kind: 'quads', address: columns(1), read },
    { name: 'value', kind: 'quads', address: columns(2), read },
  ]);
  shader.add(
    [
      headRead('qkv', shape),
      headWrite('out', shape),
      dropoutDeclarations(dropout),
      stream.declarations,
      exchangeMemory(layout, rows),
    ].join('\n'),
  );
  const scale = Math.LOG2E / Math.sqrt(headSize);
  const part = partColumns(layout, shape);
  const prologue = range(
    rows,
    (j) => `let at${j} = ${columns(0)(`kept${j}`)}${part};
${range(quads, (i) => `let query${j}_${i} = qkv_head(at${j}, ${i}u) * ${scale}; var sum${j}_${i} = vec4f();`)}
var top${j} = ${LOWEST};
var total${j} = 0.0;`,
  );
  const lanes = range(step, (n) => `${n}u`, ', ');
  const vector = step === 4 ? 'vec4f' : 'f32';
  void lanes;
  void vector;
  const scores = range(quads, (i) =>
    [
      stream.fetch('key', i),
      range(
        step,
        (n) => `{ let x = ${stream.value('key', n, i)};
${range(rows, (j) => `score${j}[${n}] += dot(query${j}_${i}, x);`)} }`,
      ),
    ].join('\n'),
  );
  const weights = range(
    rows,
    (j) => `${range(step, (n) => `let sees${j}_${n} = met + ${n}u <= own${j};`)}
${range(step, (n) => `score${j}[${n}] = select(${LOWEST}, score${j}[${n}], sees${j}_${n});`)}
let new_top${j} = max(top${j}, ${largest(range(step, (n) => `score${j}[${n}]`, '|').split('|'))});
let shrink${j} = exp2(top${j} - new_top${j});
top${j} = new_top${j};
${range(step, (n) => `let weight${j}_${n} = select(0.0, exp2(score${j}[${n}] - new_top${j}), sees${j}_${n});`)}
total${j} = total${j} * shrink${j} + (${range(step, (n) => `weight${j}_${n}`, ' + ')});
${range(step, (n) => `let kept${j}_${n} = weight${j}_${n}${keptFactor(dropout, `weights${j} + met + ${n}u`)};`)}`,
  );
  const sums = range(quads, (i) =>
    [
      stream.fetch('value', i),
      range(rows, (j) => `sum${j}_${i} *= shrink${j};`),
      range(
        step,
        (n) => `{ let x = ${stream.value('value', n, i)};
${range(rows, (j) => `sum${j}_${i} += kept${j}_${n} * x;`)} }`,
      ),
    ].join('\n'),
  );
  const epilogue = range(
    rows,
    (j) => `if (own${j} < ${length}u) {
  let share${j} = 1.0 / total${j};
  let to${j} = (start + own${j}) * ${width}u + head${part};
  ${range(quads, (i) => `out_set_head(to${j}, ${i}u, sum${j}_${i} * share${j});`)}
  ${parts > 1 ? 'if (part == 0u) ' : ''}{ log_sum_exp_set((group.z * ${nHead}u + group.y) * ${length}u + own${j}, (top${j} + log2(total${j})) * ${Math.LN2}); }
}`,
  );
  const names = Array.from({ length: rows }, (_, j) => `score${j}`);
  const body = [
    prologue,
    dropout ? range(rows, (j) => weightRow(shape, j)) : '',
    stream.loop(
      '0u',
      `min(first + ${(layout.lanes / parts) * rows}u, ${length}u)`,
      [
        ...names.map((name) => `var ${name} = ${step === 4 ? 'vec4f()' : 'array<f32, 1>()'};`),
        scores,
        exchange(layout, names),
        weights,
        sums,
      ].join('\n'),
    ),
    epilogue,
  ].join('\n');
  shader.add(entryPoint(layout, shape, body));
  return { dispatches: [shader.dispatch('attention', workgroupsOf(layout, shape), extensionsOf(layout))] };
}

const largest = (values: readonly string[]): string => values.reduce((a, b) => `max(${a}, ${b})`);
