// What a trace leaves: values and the calls that make them, in the order they were made. Plain data, no device.
import type { KernelCall, TensorSpec } from './kernel.ts';

/** A value's number in its graph. */
export type ValueId = number;

export interface GraphValue {
  readonly id: ValueId;
  readonly spec: TensorSpec;
  /** Given from outside under this name. */
  readonly input?: string;
  /** Known while tracing. */
  readonly constant?: Float32Array | Int32Array;
  /** Rows of another value, without a copy: its elements from `offset` on. */
  readonly view?: { readonly of: ValueId; readonly offset: number };
}

/** A use of a value, possibly in another shape of the same size. */
export interface Use {
  readonly value: ValueId;
  readonly spec: TensorSpec;
}

export interface CallNode {
  readonly kind: 'call';
  readonly call: Omit<KernelCall, 'inputs'>;
  readonly inputs: readonly Use[];
  readonly outputs: readonly ValueId[];
}

/** Values laid side by side in one: each piece is made in its place, so that nothing is copied. */
export interface JoinNode {
  readonly kind: 'join';
  readonly pieces: readonly { readonly value: ValueId; readonly offset: number }[];
  readonly output: ValueId;
}

export type GraphNode = CallNode | JoinNode;

export interface Graph {
  readonly values: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  /** Values to be found afterwards, by name. */
  readonly outputs: ReadonlyMap<string, ValueId>;
  /** Inputs whose memory holds another value afterwards. */
  readonly assigned: ReadonlyMap<string, ValueId>;
}

export function valueOf(graph: Pick<Graph, 'values'>, id: ValueId): GraphValue {
  const value = graph.values[id];
  if (value === undefined) throw new RangeError(`The graph has no value ${id}.`);
  return value;
}

/** The value whose memory a view shows, and where; a value that is no view shows itself. */
export function viewed(graph: Pick<Graph, 'values'>, id: ValueId): { root: ValueId; offset: number } {
  let root = id;
  let offset = 0;
  for (let { view } = valueOf(graph, id); view !== undefined; { view } = valueOf(graph, root)) {
    offset += view.offset;
    root = view.of;
  }
  return { root, offset };
}

export const outputsOf = (node: GraphNode): readonly ValueId[] => (node.kind === 'join' ? [node.output] : node.outputs);
export const inputsOf = (node: GraphNode): readonly ValueId[] =>
  node.kind === 'join' ? node.pieces.map(({ value }) => value) : node.inputs.map(({ value }) => value);
