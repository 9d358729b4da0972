// The end of a fusable kernel as WGSL: a chain of elementwise operations on its value, each of which may also be stored,
// and the stand-alone program of an elementwise kernel, which is the same chain on values read from memory.
import type { Binding, Elementwise, Finish, PlacedSpec, Program } from './kernel.ts';
import { widthOf, sizeOf, heightOf, type DeviceTraits } from './kernel.ts';
import { bufferCode, Shader, spread } from './shader.ts';

/** One operation of a chain. */
export interface ChainLink {
  readonly operation: Elementwise;
  /** Which input is the running value. */
  readonly carrier: number;
  /** Its other inputs, in order of the operation's inputs, the carrier left out. */
  readonly operands: readonly ChainTensor[];
}

export interface ChainTensor {
  readonly spec: PlacedSpec;
  readonly binding: Binding;
}

export interface Chain {
  readonly links: readonly ChainLink[];
  /** Where the value is stored: index i means before link i, links.length the end. */
  readonly stores: readonly { readonly after: number; readonly tensor: ChainTensor }[];
  readonly width: number;
}

/** @returns the function `finish` that applies a chain. */
export function finishOf(chain: Chain): Finish {
  const { links, stores, width } = chain;
  const aligned = width % 4 === 0;
  const tensors = [...links.flatMap(({ operands }) => operands), ...stores.map(({ tensor }) => tensor)];
  const code = (firstBinding: number): string => {
    const parts: string[] = [];
    const functions = new Map<string, string>();
    const body: string[] = ['let index = row * FINISH_WIDTH + col;', 'var v = value;'];
    let number = 0;
    const name = (): string => `fused${number}`;
    const store = (place: number): void => {
      stores.forEach(({ after, tensor }, i) => {
        if (after !== place) return;
        const target = `stored${i}`;
        if (aligned) body.push(`${target}_set_vec4(index, v);`);
        else body.push(`for (var j = 0u; j < min(4u, FINISH_WIDTH - col); j++) { ${target}_set(index + j, v[j]); }`);
        void tensor;
      });
    };
    store(0);
    links.forEach(({ operation, carrier, operands }, position) => {
      const rest = [...operands];
      const args = operation.reads.map((read, input) => {
        if (input === carrier) return 'v';
        const operand = rest.shift();
        if (operand === undefined) throw new RangeError('An elementwise operation lacks an operand.');
        const id = name();
        // A buffer's rows are its own matter.
        const vec4 = read === 'buffer' ? widthOf(operand.spec.shape) % 4 === 0 : aligned && read !== 'key';
        parts.push(bufferCode(id, firstBinding + number, operand.spec.storage, { vec4 }));
        number++;
        if (read === 'buffer') return id;
        if (read === 'key') return `bitcast<u32>(${id}[0])`;
        const start = read === 'row' ? 'col' : 'index';
        if (aligned) return `${id}_vec4(${start})`;
        // Lanes beyond the width repeat the last column; they are not stored.
        const last = read === 'row' ? 'FINISH_WIDTH - 1u' : 'row * FINISH_WIDTH + FINISH_WIDTH - 1u';
        const at = (j: number): string => `${id}_at(min(${start} + ${j}u, ${last}))`;
        return `vec4f(${at(0)}, ${at(1)}, ${at(2)}, ${at(3)})`;
      });
      for (const [key, text] of Object.entries(operation.functions ?? {})) functions.set(key, text);
      body.push(`v = ${operation.expression(args, 'index', 'row', 'col')};`);
      store(position + 1);
    });
    stores.forEach(({ tensor }, i) => {
      parts.push(
        bufferCode(`stored${i}`, firstBinding + number, tensor.spec.storage, { writable: true, vec4: aligned }),
      );
      number++;
    });
    return [
      `const FINISH_WIDTH = ${width}u;`,
      ...parts,
      ...functions.values(),
      `fn finish(row: u32, col: u32, value: vec4f) {\n  ${body.join('\n  ')}\n}`,
    ].join('\n');
  };
  return { width, code, bindings: tensors.map(({ binding }) => binding) };
}

const GROUP = 64;

/** A chain by itself, on the tensor that is its first carrier. */
export function elementwiseProgram(label: string, source: ChainTensor, chain: Chain, traits: DeviceTraits): Program {
  const { width } = chain;
  const height = heightOf(source.spec.shape);
  const quads = Math.ceil(width / 4);
  const shader = new Shader();
  shader.buffer('source', source.binding, source.spec.storage, { vec4: width % 4 === 0 });
  shader.finish(finishOf(chain));
  const [x, y] = spread(Math.ceil((height * quads) / GROUP), traits.maxWorkgroupsPerDimension);
  const load =
    width % 4 === 0
      ? `source_vec4(row * ${width}u + col)`
      : `vec4f(${[0, 1, 2, 3].map((j) => `source_at(min(row * ${width}u + col + ${j}u, ${sizeOf(source.spec.shape) - 1}u))`).join(', ')})`;
  shader.add(`@compute @workgroup_size(${GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${x * GROUP}u + id.x;
  if (i >= ${height * quads}u) { return; }
  let row = i / ${quads}u;
  let col = (i % ${quads}u) * 4u;
  finish(row, col, ${load});
}`);
  return { dispatches: [shader.dispatch(label, [x, y, 1])] };
}

/** A chain that only stores: what a fusable kernel gets where nothing follows it. */
export const plainFinish = (output: PlacedSpec): Finish =>
  finishOf({
    links: [],
    stores: [{ after: 0, tensor: { spec: output, binding: { output: 0 } } }],
    width: widthOf(output.shape),
  });
