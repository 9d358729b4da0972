// From a graph to the steps of a plan: work that nothing needs is dropped, additions of zero vanish, elementwise
// operations move into the kernel before them, and sums of gradients into the kernel that adds to memory.
import { sizeOf, widthOf } from './kernel.ts';
import {
  inputsOf,
  outputsOf,
  valueOf,
  viewed,
  type CallNode,
  type Graph,
  type JoinNode,
  type Use,
  type ValueId,
} from './graph.ts';

export interface Link {
  readonly node: CallNode;
  /** Which of the node's inputs is the running value. */
  readonly carrier: number;
}

/** One kernel call, with the elementwise operations that run at its end. */
export interface Step {
  /** The kernel itself; undefined where the step is a chain of elementwise operations on `source`. */
  readonly node: CallNode | undefined;
  readonly source: Use | undefined;
  readonly links: Link[];
  /** The value before the first link, between links, and at the end. */
  readonly chain: ValueId[];
  /** For kernels that add to memory: the value that is there before. */
  addsTo: ValueId | undefined;
}

export type Scheduled =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'join'; readonly node: JoinNode };

export interface Schedule {
  readonly graph: Graph;
  readonly items: readonly Scheduled[];
  /** Uses of each value by items, by outputs and by assignments; views count for what they show. */
  readonly consumers: ReadonlyMap<ValueId, readonly Consumer[]>;
  /** What a value was replaced by, where an operation on it vanished. */
  resolve(id: ValueId): ValueId;
}

type Consumer = CallNode | JoinNode | 'outside';

/** @param maxStorageBuffers that one dispatch may bind */
export function schedule(graph: Graph, maxStorageBuffers: number): Schedule {
  const replaced = new Map<ValueId, ValueId>();
  const resolve = (id: ValueId): ValueId => {
    let value = id;
    for (let next = replaced.get(value); next !== undefined; next = replaced.get(value)) value = next;
    return value;
  };
  const rootOf = (id: ValueId): ValueId => viewed(graph, resolve(id)).root;
  dropZeros(graph, replaced, resolve);
  const consumers = consumersOf(graph, replaced, rootOf, resolve);

  const items: Scheduled[] = [];
  const madeAt = new Map<ValueId, number>();
  /** Steps whose end can still grow, by the value at their end. */
  const ends = new Map<ValueId, Step>();
  const adders = new Map<ValueId, Step>();
  const positions = new Map<Step, number>();

  const isKnownAt = (use: Use, position: number): boolean => (madeAt.get(rootOf(use.value)) ?? -1) < position;
  const fuse = (node: CallNode): boolean => {
    for (const carrier of node.call.elementwise?.carriers ?? []) {
      const use = node.inputs[carrier];
      const step = use && ends.get(resolve(use.value));
      const position = step && positions.get(step);
      if (use === undefined || step === undefined || position === undefined) continue;
      const others = node.inputs.filter((_, input) => input !== carrier);
      if (!fits(step, use, others, maxStorageBuffers)) continue;
      // What a step reads besides its value is made before it begins, all of it: an expression may look anywhere in it.
      if (!others.every((other) => isKnownAt(other, position))) continue;
      const output = node.outputs[0] ?? -1;
      ends.delete(resolve(use.value));
      step.links.push({ node, carrier });
      step.chain.push(output);
      ends.set(output, step);
      madeAt.set(output, position);
      return true;
    }
    return false;
  };
  /** a + b, where b's kernel adds to memory: it then adds to a's. */
  const fuseSum = (node: CallNode): boolean => {
    if (node.call.name !== 'add') return false;
    const [a, b] = node.inputs.map(({ value }) => resolve(value));
    if (a === undefined || b === undefined) return false;
    for (const [there, added] of [
      [a, b],
      [b, a],
    ] as const) {
      const step = adders.get(added);
      const position = step && positions.get(step);
      if (step === undefined || position === undefined) continue;
      const isOwn = valueOf(graph, there).view === undefined && madeAt.has(there);
      const isFree = [there, added].every((id) => consumers.get(id)?.length === 1);
      if (!isOwn || !isFree || (madeAt.get(there) ?? 0) >= position) continue;
      step.addsTo = there;
      adders.delete(added);
      const output = node.outputs[0] ?? -1;
      replaced.set(output, added);
      // The sum's consumers are now those of what holds it.
      consumers.set(added, consumers.get(output) ?? []);
      return true;
    }
    return false;
  };

  for (const node of graph.nodes) {
    if (!outputsOf(node).some((id) => consumers.has(id)) || outputsOf(node).every((id) => replaced.has(id))) continue;
    const position = items.length;
    if (node.kind === 'join') {
      madeAt.set(node.output, position);
      items.push({ kind: 'join', node });
      continue;
    }
    if (fuseSum(node) || fuse(node)) continue;
    const step = stepOf(node);
    positions.set(step, position);
    for (const id of node.outputs) madeAt.set(id, position);
    items.push({ kind: 'step', step });
    const end = step.chain.at(-1) ?? -1;
    if (node.call.fusable || node.call.elementwise) ends.set(end, step);
    if (node.call.accumulates) adders.set(end, step);
  }
  return { graph, items, consumers, resolve };
}

function stepOf(node: CallNode): Step {
  const output = node.outputs[0] ?? -1;
  const carrier = node.call.elementwise?.carriers[0];
  const source = carrier === undefined ? undefined : node.inputs[carrier];
  if (carrier === undefined || source === undefined) {
    return { node, source: undefined, links: [], chain: [output], addsTo: undefined };
  }
  return { node: undefined, source, links: [{ node, carrier }], chain: [source.value, output], addsTo: undefined };
}

/** Whether one more operation fits a step: same shape, and no more bindings than a dispatch may have. */
function fits(step: Step, use: Use, others: readonly Use[], maxStorageBuffers: number): boolean {
  const before = step.links.at(-1)?.node.call.outputs[0] ?? step.node?.call.outputs[0];
  if (before === undefined) return false;
  if (sizeOf(before.shape) !== sizeOf(use.spec.shape) || widthOf(before.shape) !== widthOf(use.spec.shape))
    return false;
  const own = step.node ? step.node.inputs.length + step.node.outputs.length : 1;
  const operands = step.links.reduce((sum, { node }) => sum + node.inputs.length - 1, others.length);
  // Every value on the way may have to be stored as well.
  return own + operands + step.links.length + 1 <= maxStorageBuffers;
}

/** Additions of a constant zero are their other term. */
function dropZeros(graph: Graph, replaced: Map<ValueId, ValueId>, resolve: (id: ValueId) => ValueId): void {
  const isZero = (id: ValueId): boolean => valueOf(graph, id).constant?.every((x) => x === 0) ?? false;
  for (const node of graph.nodes) {
    if (node.kind !== 'call' || node.call.name !== 'add') continue;
    const [a, b] = node.inputs.map(({ value }) => resolve(value));
    const output = node.outputs[0];
    if (a === undefined || b === undefined || output === undefined) continue;
    if (isZero(a)) replaced.set(output, b);
    else if (isZero(b)) replaced.set(output, a);
  }
}

/** Who needs each value, from the ends of the graph back; values that nobody needs are missing. */
function consumersOf(
  graph: Graph,
  replaced: ReadonlyMap<ValueId, ValueId>,
  rootOf: (id: ValueId) => ValueId,
  resolve: (id: ValueId) => ValueId,
): Map<ValueId, Consumer[]> {
  const consumers = new Map<ValueId, Consumer[]>();
  const need = (id: ValueId, by: Consumer): void => {
    for (const value of new Set([rootOf(id), resolve(id)])) {
      const known = consumers.get(value);
      if (known) known.push(by);
      else consumers.set(value, [by]);
    }
  };
  for (const id of [...graph.outputs.values(), ...graph.assigned.values()]) need(id, 'outside');
  for (const node of graph.nodes.toReversed()) {
    const outputs = outputsOf(node);
    if (outputs.every((id) => replaced.has(id)) || !outputs.some((id) => consumers.has(id))) continue;
    for (const id of inputsOf(node)) need(id, node);
  }
  return consumers;
}
