// The shaders of a scheduled plan: for every step its site, its fused end, and the dispatches that prepare memory.
import { elementwiseProgram, finishOf, type Chain, type ChainTensor } from './finish.ts';
import { valueOf, viewed, type Use, type ValueId } from './graph.ts';
import {
  heightOf,
  widthOf,
  type AnySite,
  type DeviceTraits,
  type PlacedSpec,
  type Program,
  type Storage,
} from './kernel.ts';
import type { Schedule, Step } from './schedule.ts';
import { Shader, spread } from './shader.ts';

/** A step made ready for its program. */
export interface PreparedStep {
  readonly step: Step;
  readonly site: Omit<AnySite, 'variant'>;
  /** Values that bindings `fused` refer to. */
  readonly fused: readonly ValueId[];
  /** Values that the step leaves in memory. */
  readonly stored: readonly ValueId[];
  readonly label: string;
  program(variant: string): Program;
}

export type Precision = 'f32' | 'f16';

/** How a plan stores each value: half precision only where the kernel that makes it says it may. */
export function storages(plan: Schedule, precision: Precision): (id: ValueId) => Storage {
  const halves = new Set<ValueId>();
  if (precision === 'f16') {
    for (const node of plan.graph.nodes) {
      if (node.kind !== 'call') continue;
      for (const output of node.call.halfOutputs) {
        const id = node.outputs[output];
        if (id !== undefined) halves.add(plan.resolve(id));
      }
    }
    for (const id of plan.graph.outputs.values()) halves.delete(viewed(plan.graph, plan.resolve(id)).root);
  }
  return (id) => {
    const { root } = viewed(plan.graph, plan.resolve(id));
    if (valueOf(plan.graph, root).spec.dtype === 'int32') return 'i32';
    return halves.has(root) ? 'f16' : 'f32';
  };
}

export function prepareStep(
  plan: Schedule,
  step: Step,
  storageOf: (id: ValueId) => Storage,
  traits: DeviceTraits,
): PreparedStep {
  const { graph, consumers } = plan;
  const placed = ({ value, spec }: Use): PlacedSpec => ({ ...spec, storage: storageOf(value) });
  const specOf = (id: ValueId): PlacedSpec => ({ ...valueOf(graph, id).spec, storage: storageOf(id) });
  const { node, source, links, chain } = step;
  const fused: ValueId[] = [];
  const fusedTensor = (use: Use): ChainTensor => {
    fused.push(plan.resolve(use.value));
    return { spec: placed(use), binding: { fused: fused.length - 1 } };
  };
  const chainLinks = links.map((link) => ({
    operation: operationOf(link.node.call.elementwise, link.node.call.name),
    carrier: link.carrier,
    operands: link.node.inputs.filter((_, input) => input !== link.carrier).map(fusedTensor),
  }));
  const ownIds = chain.map((id, place) => {
    if (place === 0 && source) return undefined;
    const users = consumers.get(plan.resolve(id)) ?? [];
    const isEnd = place === chain.length - 1;
    // A value between two links is stored only if something besides the next link needs it.
    return isEnd || users.some((user) => user !== links[place]?.node) ? id : undefined;
  });
  const width = widthOf(valueOf(graph, chain.at(-1) ?? -1).spec.shape);
  const stores = ownIds.flatMap((id, after) =>
    id === undefined ? [] : [{ after, tensor: fusedTensor({ value: id, spec: valueOf(graph, id).spec }) }],
  );
  const wholeChain: Chain = { links: chainLinks, stores, width };
  const inputs = (node?.inputs ?? []).map((use) => placed({ ...use, value: plan.resolve(use.value) }));
  const outputs = (node?.outputs ?? []).map(specOf);
  const names = [...(node ? [named(node.call)] : []), ...links.map((link) => link.node.call.name)];
  const label = names.join(' + ');
  const fusable = node?.call.fusable ?? false;
  const site: Omit<AnySite, 'variant'> = { inputs, outputs, traits, finish: finishOf(wholeChain) };
  const sideOutputs = (node?.outputs ?? []).slice(fusable ? 1 : 0);
  return {
    step,
    site,
    fused,
    label,
    stored: [...ownIds.flatMap((id) => (id === undefined ? [] : [id])), ...sideOutputs],
    program: (variant) => {
      if (source) {
        return elementwiseProgram(label, { spec: placed(source), binding: { input: 0 } }, wholeChain, traits);
      }
      const program = node?.call.program?.({ ...site, variant });
      if (program === undefined) throw new Error(`The kernel ${node?.call.name ?? ''} has no plan form.`);
      return program;
    },
  };
}

const named = ({ name, detail }: { name: string; detail: string }): string => (detail ? `${name} ${detail}` : name);

function operationOf<T>(operation: T | undefined, name: string): T {
  if (operation === undefined) throw new Error(`The kernel ${name} is not elementwise.`);
  return operation;
}

/** Copies input 0 to output 0. */
export function copyProgram(spec: PlacedSpec, traits: DeviceTraits): Program {
  const width = widthOf(spec.shape);
  const output: ChainTensor = { spec, binding: { output: 0 } };
  const chain: Chain = { links: [], stores: [{ after: 0, tensor: output }], width };
  return elementwiseProgram('copy', { spec, binding: { input: 0 } }, chain, traits);
}

const FILL_GROUP = 64;

/** Fills output 0 with zeros. */
export function zeroProgram(spec: PlacedSpec, traits: DeviceTraits): Program {
  const size = heightOf(spec.shape) * widthOf(spec.shape);
  const shader = new Shader();
  shader.output('destination', 0, spec);
  const [x, y] = spread(Math.ceil(size / FILL_GROUP), traits.maxWorkgroupsPerDimension);
  shader.add(`@compute @workgroup_size(${FILL_GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${x * FILL_GROUP}u + id.x;
  if (i < ${size}u) { destination_set(i, 0.0); }
}`);
  return { dispatches: [shader.dispatch('zero', [x, y, 1])] };
}
