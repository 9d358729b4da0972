// Where the values of a plan lie: values that share memory (views, pieces of a join, results made in place) get one
// root; roots whose lifetimes do not meet get one buffer (graph colouring by liveness, greedy in time).
import { viewed, outputsOf, valueOf, type ValueId } from './graph.ts';
import { sizeOf, type Storage } from './kernel.ts';
import type { Schedule, Scheduled, Step } from './schedule.ts';

/** A piece of memory with a lifetime. */
export interface Root {
  readonly bytes: number;
  /** Memory from outside, under this name; it lives for ever. */
  readonly external: string | undefined;
  /** First and last item that uses it; Infinity for what is read afterwards. */
  first: number;
  last: number;
  /** Number of the buffer it lies in; undefined for external memory. */
  buffer: number | undefined;
}

export interface Place {
  readonly root: Root;
  readonly offsetBytes: number;
}

export interface MemoryLayout {
  /** @throws RangeError for a value that is not in memory */
  placeOf(id: ValueId): Place;
  /** Scratch memory of a step. */
  scratchOf(step: Step, index: number): Place;
  /** In-place results whose input had to be kept: they start as a copy of it. */
  readonly copies: ReadonlyMap<Step, readonly { readonly from: ValueId; readonly to: ValueId }[]>;
  /** Size of each buffer. */
  readonly bufferBytes: readonly number[];
  /** Sum over all roots that are not external: what the plan would take without sharing. */
  readonly uncolouredBytes: number;
  readonly plannedBytes: number;
  readonly roots: readonly Root[];
}

export const STORAGE_BYTES: Readonly<Record<Storage, number>> = { f32: 4, f16: 2, i32: 4 };
/** Where a binding may start, on every device. */
const ALIGNMENT = 256;
const rounded = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** What memory needs to know of a step besides its shape. */
export interface StepMemory {
  /** Values that the step stores. */
  readonly stored: readonly ValueId[];
  readonly scratchBytes: readonly number[];
}

export function layOut(
  plan: Schedule,
  memoryOf: (step: Step) => StepMemory,
  storageOf: (id: ValueId) => Storage,
): MemoryLayout {
  const { graph, items } = plan;
  const rootValue = (id: ValueId): ValueId => viewed(graph, plan.resolve(id)).root;
  const lastRead = lastReads(plan, rootValue);
  const own = new Map<ValueId, Place>();
  const copies = new Map<Step, { from: ValueId; to: ValueId }[]>();
  const roots: Root[] = [];
  const newRoot = (bytes: number, external?: string): Root => {
    const root: Root = { bytes, external, first: Number.POSITIVE_INFINITY, last: -1, buffer: undefined };
    roots.push(root);
    return root;
  };
  const bytesOf = (id: ValueId): number => {
    return rounded(sizeOf(valueOf(graph, id).spec.shape) * STORAGE_BYTES[storageOf(id)]);
  };
  const outputNames = new Map([...graph.outputs].map(([name, id]) => [rootValue(id), name]));
  const assignedNames = namesAlongTheWay(plan, rootValue);
  const place = (id: ValueId): Place => {
    const known = own.get(id);
    if (known) return known;
    const { input, constant } = valueOf(graph, id);
    const external = input ?? (constant ? `constant ${id}` : outputNames.get(id));
    const made: Place = { root: newRoot(bytesOf(id), external), offsetBytes: 0 };
    own.set(id, made);
    return made;
  };

  // Joins decide first where their pieces lie; what is made in place follows.
  const joinPlaces = new Map<ValueId, { join: ValueId; offset: number }>();
  for (const item of items) {
    if (item.kind !== 'join') continue;
    for (const { value, offset } of item.node.pieces) {
      joinPlaces.set(rootValue(value), { join: item.node.output, offset });
    }
  }
  const aliases = new Map<ValueId, ValueId>();
  items.forEach((item, position) => {
    if (item.kind !== 'step') return;
    for (const { output, input } of inPlacePairs(item.step)) {
      const from = rootValue(input);
      const name = valueOf(graph, from).input;
      const isView = valueOf(graph, plan.resolve(input)).view !== undefined;
      const allowed =
        name === undefined ? !valueOf(graph, from).constant : assignedNames.get(rootValue(output)) === name;
      if (allowed && !isView && lastRead.get(from) === position) aliases.set(rootValue(output), from);
      else {
        const list = copies.get(item.step) ?? [];
        copies.set(item.step, [...list, { from: input, to: output }]);
      }
    }
  });
  // An alias chain lies where any of its members must: in a join, at an input, or at an output's memory.
  for (const [later, earlier] of aliases) {
    const join = joinPlaces.get(later);
    if (join) {
      let start = earlier;
      for (let before = aliases.get(start); before !== undefined; before = aliases.get(start)) start = before;
      joinPlaces.set(start, join);
    }
    const name = outputNames.get(later);
    if (name !== undefined && valueOf(graph, earlier).input === undefined)
      outputNames.set(firstOf(aliases, earlier), name);
  }
  const settle = (id: ValueId): Place => {
    const known = own.get(id);
    if (known) return known;
    const earlier = aliases.get(id);
    const join = earlier === undefined ? joinPlaces.get(id) : undefined;
    if (earlier !== undefined) own.set(id, settle(earlier));
    else if (join) {
      const target = settle(join.join);
      if (valueOf(graph, id).input !== undefined) throw new Error('An input cannot be a piece of a join.');
      own.set(id, { root: target.root, offsetBytes: target.offsetBytes + join.offset * STORAGE_BYTES[storageOf(id)] });
    } else place(id);
    return own.get(id) ?? place(id);
  };

  const touch = (root: Root, position: number): void => {
    root.first = Math.min(root.first, position);
    root.last = Math.max(root.last, position);
  };
  const scratch = new Map<Step, Place[]>();
  items.forEach((item, position) => {
    for (const id of readsOf(item)) touch(settle(rootValue(id)).root, position);
    if (item.kind === 'join') touch(settle(item.node.output).root, position);
    else {
      const { stored, scratchBytes } = memoryOf(item.step);
      for (const id of stored) touch(settle(rootValue(id)).root, position);
      scratch.set(
        item.step,
        scratchBytes.map((bytes) => {
          const root = newRoot(rounded(bytes));
          touch(root, position);
          return { root, offsetBytes: 0 };
        }),
      );
    }
  });
  for (const id of graph.outputs.values()) settle(rootValue(id)).root.last = Number.POSITIVE_INFINITY;
  for (const [name, id] of graph.assigned) {
    if (settle(rootValue(id)).root.external === name) continue;
    throw new Error(`What is assigned to ${name} is not made in its place, or ${name} is read afterwards.`);
  }
  const bufferBytes = colour(roots.filter(({ external }) => external === undefined));

  const placeOf = (id: ValueId): Place => {
    const { root, offset } = viewed(graph, plan.resolve(id));
    const { root: memory, offsetBytes } = settle(root);
    const start = offsetBytes + offset * STORAGE_BYTES[storageOf(root)];
    if (start % ALIGNMENT !== 0)
      throw new RangeError(`A value starts at byte ${start}, not at a multiple of ${ALIGNMENT}.`);
    return { root: memory, offsetBytes: start };
  };
  const mine = roots.filter(({ external, last }) => external === undefined && last >= 0);
  return {
    placeOf,
    scratchOf: (step, index) => {
      const found = scratch.get(step)?.[index];
      if (found === undefined) throw new RangeError('A step has no such scratch memory.');
      return found;
    },
    copies,
    bufferBytes,
    uncolouredBytes: mine.reduce((sum, { bytes }) => sum + bytes, 0),
    plannedBytes: bufferBytes.reduce((sum, bytes) => sum + bytes, 0),
    roots,
  };
}

/** Values that may lie in the memory of an input: what it is assigned, and what that is made of in place. */
function namesAlongTheWay(plan: Schedule, rootValue: (id: ValueId) => ValueId): Map<ValueId, string> {
  const sources = new Map<ValueId, ValueId>();
  for (const item of plan.items) {
    if (item.kind !== 'step') continue;
    for (const { output, input } of inPlacePairs(item.step)) sources.set(rootValue(output), rootValue(input));
  }
  const names = new Map<ValueId, string>();
  for (const [name, id] of plan.graph.assigned) {
    for (let value: ValueId | undefined = rootValue(id); value !== undefined; value = sources.get(value)) {
      names.set(value, name);
    }
  }
  return names;
}

function firstOf(aliases: ReadonlyMap<ValueId, ValueId>, id: ValueId): ValueId {
  let first = id;
  for (let before = aliases.get(first); before !== undefined; before = aliases.get(first)) first = before;
  return first;
}

/** Outputs of a step that may, or for kernels that add must, take the memory of an input. */
function inPlacePairs(step: Step): { output: ValueId; input: ValueId }[] {
  const pairs: { output: ValueId; input: ValueId }[] = [];
  const { node, addsTo } = step;
  for (const [output, input] of node?.call.inPlace ?? []) {
    const to = node?.outputs[output];
    const from = node?.inputs[input]?.value;
    if (to !== undefined && from !== undefined) pairs.push({ output: to, input: from });
  }
  const added = step.chain[0];
  if (addsTo !== undefined && added !== undefined) pairs.push({ output: added, input: addsTo });
  return pairs;
}

/** Values that an item reads. */
function readsOf(item: Scheduled): ValueId[] {
  if (item.kind === 'join') return item.node.pieces.map(({ value }) => value);
  const { node, source, links, addsTo } = item.step;
  return [
    ...(node?.inputs ?? []).map(({ value }) => value),
    ...(source ? [source.value] : []),
    ...links.flatMap((link) => link.node.inputs.filter((_, i) => i !== link.carrier).map(({ value }) => value)),
    ...(addsTo === undefined ? [] : [addsTo]),
  ];
}

/** The last item that reads each value's memory; Infinity for outputs. */
function lastReads(plan: Schedule, rootValue: (id: ValueId) => ValueId): Map<ValueId, number> {
  const last = new Map<ValueId, number>();
  plan.items.forEach((item, position) => {
    for (const id of readsOf(item)) last.set(rootValue(id), position);
    if (item.kind === 'join') for (const id of outputsOf(item.node)) last.set(rootValue(id), position);
  });
  for (const id of plan.graph.outputs.values()) last.set(rootValue(id), Number.POSITIVE_INFINITY);
  return last;
}

/** Gives each root a buffer. Best fit first; where none is large enough, the largest free one grows. */
function colour(roots: readonly Root[]): number[] {
  const sizes: number[] = [];
  const used = roots.filter(({ last }) => last >= 0).toSorted((a, b) => a.first - b.first || b.bytes - a.bytes);
  const busyUntil: number[] = [];
  for (const root of used) {
    let best: number | undefined;
    for (let i = 0; i < sizes.length; i++) {
      if ((busyUntil[i] ?? 0) >= root.first) continue;
      if (best === undefined || isBetter(sizes[i] ?? 0, sizes[best] ?? 0, root.bytes)) best = i;
    }
    if (best === undefined) {
      best = sizes.length;
      sizes.push(root.bytes);
    }
    sizes[best] = Math.max(sizes[best] ?? 0, root.bytes);
    busyUntil[best] = root.last;
    root.buffer = best;
  }
  return sizes;
}

/** The smallest that is large enough, else the largest. */
function isBetter(size: number, than: number, wanted: number): boolean {
  if (size >= wanted) return than < wanted || size < than;
  return than < wanted && size > than;
}
