// Takes down a computation instead of running it: TensorFlow.js runs it, autodiff included, on a backend whose tensors
// have shapes but no data. Only kernels of `kernel.ts` and a few operations without arithmetic have a form here; any
// other fails at once with its name.
import { addKernel } from './addKernel.ts';
import { recording, runKernel, sizeOf, type DType, type KernelCall, type TensorSpec } from './kernel.ts';
import type { Graph, GraphNode, GraphValue, ValueId } from './graph.ts';
import * as tf from './tf.ts';

const BACKEND = 'trace';

/** What the traced computation is told and leaves. */
export interface TraceScope {
  /** A tensor that is given anew at every run. */
  input(name: string, shape: readonly number[], dtype?: DType): tf.Tensor;
  /** Names a result that can be read, or bound to memory from outside. */
  output(name: string, tensor: tf.Tensor): void;
  /** After a run the input's memory holds this value, which was made in its place. */
  assign(name: string, tensor: tf.Tensor): void;
}

/** Traces a computation. @throws Error naming an operation that has no plan form */
export function trace(build: (scope: TraceScope) => void): Graph {
  ensureRegistered();
  const former = tf.getBackend();
  const tracer = new Tracer();
  current = tracer;
  // Backends that start synchronously are current as soon as this returns.
  void tf.setBackend(BACKEND);
  try {
    tf.tidy(() =>
      recording(
        (call) => tracer.record(call),
        () => build(tracer),
      ),
    );
  } finally {
    current = undefined;
    if (former) void tf.setBackend(former);
  }
  return tracer.graph();
}

let current: Tracer | undefined;
let registered = false;

const tracer = (): Tracer => {
  if (current === undefined) throw new Error('The tracing backend is for traces only.');
  return current;
};

class Tracer implements TraceScope {
  readonly #values: GraphValue[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #outputs = new Map<string, ValueId>();
  readonly #assigned = new Map<string, ValueId>();
  readonly #ids = new Map<object, ValueId>();
  readonly #inputs = new Map<string, ValueId>();

  graph(): Graph {
    return { values: this.#values, nodes: this.#nodes, outputs: this.#outputs, assigned: this.#assigned };
  }

  input(name: string, shape: readonly number[], dtype: DType = 'float32'): tf.Tensor {
    if (this.#inputs.has(name)) throw new RangeError(`A trace has one input named ${name}.`);
    const tensor = this.#tensorOf({ spec: { shape, dtype }, input: name });
    this.#inputs.set(name, this.idOf(tensor.dataId));
    return tensor;
  }

  output(name: string, tensor: tf.Tensor): void {
    this.#outputs.set(name, this.idOf(tensor.dataId));
  }

  assign(name: string, tensor: tf.Tensor): void {
    if (!this.#inputs.has(name)) throw new RangeError(`There is no input named ${name} to assign to.`);
    this.#assigned.set(name, this.idOf(tensor.dataId));
  }

  record(call: KernelCall): tf.Tensor[] {
    const { inputs, ...rest } = call;
    const uses = inputs.map(({ dataId, shape, dtype }) => ({
      value: this.idOf(dataId),
      spec: { shape: [...shape], dtype: dtypeOf(dtype) },
    }));
    const outputs = call.outputs.map((spec) => this.#tensorOf({ spec }));
    this.#nodes.push({
      kind: 'call',
      call: rest,
      inputs: uses,
      outputs: outputs.map(({ dataId }) => this.idOf(dataId)),
    });
    return outputs;
  }

  idOf(dataId: object): ValueId {
    const id = this.#ids.get(dataId);
    if (id === undefined) throw new Error('A tensor from outside was used in a trace: make it an input.');
    return id;
  }

  /** A tensor whose values are known: learned positions of zero, the root's own gradient. */
  constant(dataId: object, values: tf.BackendValues, spec: TensorSpec): void {
    if (Array.isArray(values)) throw new TypeError('A trace has no tensors of text.');
    const constant = spec.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    this.#add(dataId, { spec, constant });
  }

  constantValues(dataId: object): Float32Array | Int32Array {
    const constant = this.#values[this.idOf(dataId)]?.constant;
    if (constant === undefined) throw new Error('A value that is only known at run time was read in a trace.');
    return constant;
  }

  /** Another tensor of the same value; each has a data id of its own, so that there are no references to count. */
  again(of: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
    const dataId = {};
    this.#ids.set(dataId, this.idOf(of.dataId));
    return { dataId, shape: [...shape], dtype: of.dtype };
  }

  view(of: tf.TensorInfo, offset: number, spec: TensorSpec): tf.TensorInfo {
    const dataId = {};
    this.#add(dataId, { spec, view: { of: this.idOf(of.dataId), offset } });
    return { dataId, shape: [...spec.shape], dtype: spec.dtype };
  }

  join(pieces: readonly { tensor: tf.TensorInfo; offset: number }[], spec: TensorSpec): tf.TensorInfo {
    const dataId = {};
    this.#add(dataId, { spec });
    this.#nodes.push({
      kind: 'join',
      pieces: pieces.map(({ tensor, offset }) => ({ value: this.idOf(tensor.dataId), offset })),
      output: this.idOf(dataId),
    });
    return { dataId, shape: [...spec.shape], dtype: spec.dtype };
  }

  get size(): number {
    return this.#ids.size;
  }

  #tensorOf(value: Omit<GraphValue, 'id'>): tf.Tensor {
    const dataId = {};
    this.#add(dataId, value);
    const { shape, dtype } = value.spec;
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype });
  }

  #add(dataId: object, value: Omit<GraphValue, 'id'>): void {
    const id = this.#values.length;
    this.#values.push({ ...value, id });
    this.#ids.set(dataId, id);
  }
}

const dtypeOf = (dtype: string): DType => {
  if (dtype === 'float32' || dtype === 'int32') return dtype;
  throw new TypeError(`A trace has no tensors of ${dtype}.`);
};

/** Tensors without data: the graph remembers them all, so there is nothing to count or free. */
class TraceBackend extends tf.KernelBackend {
  override numDataIds = (): number => current?.size ?? 0;
  override floatPrecision = (): 16 | 32 => 32;
  override epsilon = (): number => 1e-7;
  override refCount = (): number => 1;
  override incRef = (): void => {};
  decRef(): void {}
  override disposeData = (): boolean => true;
  override timerAvailable = (): boolean => false;
  override memory = (): { unreliable: boolean } => ({ unreliable: true });
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    tracer().constant(dataId, values, { shape, dtype: dtypeOf(dtype) });
    return dataId;
  }
  override readSync(dataId: object): Float32Array | Int32Array {
    return tracer().constantValues(dataId);
  }
}

type Inputs = tf.NamedTensorInfoMap;
const given = (inputs: Inputs, name: string): tf.TensorInfo => {
  const info = inputs[name];
  if (info === undefined) throw new RangeError(`The operation lacks its input ${name}.`);
  return info;
};

function ensureRegistered(): void {
  if (registered) return;
  registered = true;
  tf.registerBackend(BACKEND, () => new TraceBackend(), 0);
  const register = (kernelName: string, kernelFunc: tf.KernelFunc): void =>
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  const numbers = (attribute: unknown): number[] => (Array.isArray(attribute) ? attribute.map(Number) : []);

  register('Identity', ({ inputs }) => tracer().again(given(inputs, 'x'), given(inputs, 'x').shape));
  register('Reshape', ({ inputs, attrs }) => {
    const x = given(inputs, 'x');
    const wanted = numbers(attrs?.shape);
    const known = sizeOf(wanted.filter((n) => n >= 0));
    return tracer().again(
      x,
      wanted.map((n) => (n < 0 ? sizeOf(x.shape) / known : n)),
    );
  });
  register('Add', ({ inputs }) => {
    const [a, b] = [given(inputs, 'a'), given(inputs, 'b')];
    if (a.shape.join() !== b.shape.join()) throw new Error('Add has a plan form for equal shapes only.');
    if (!(a instanceof tf.Tensor && b instanceof tf.Tensor)) throw new TypeError('Add is traced for tensors only.');
    return runKernel(addKernel, a, b)[0];
  });
  register('Slice', ({ inputs, attrs }) => {
    const x = given(inputs, 'x');
    const begin = numbers(attrs?.begin);
    const size = numbers(attrs?.size).map((n, axis) => (n < 0 ? (x.shape[axis] ?? 0) - (begin[axis] ?? 0) : n));
    const isRows = x.shape.every((n, axis) => axis === 0 || (begin[axis] === 0 && size[axis] === n));
    if (!isRows) throw new Error('Slice has a plan form for whole rows only.');
    const rowSize = sizeOf(x.shape.slice(1));
    return tracer().view(x, (begin[0] ?? 0) * rowSize, { shape: size, dtype: dtypeOf(x.dtype) });
  });
  register('Concat', ({ inputs, attrs }) => {
    const parts = Object.keys(inputs).map((name) => given(inputs, name));
    const first = parts[0];
    if (first === undefined || Number(attrs?.axis ?? 0) !== 0) {
      throw new Error('Concat has a plan form along the first axis only.');
    }
    let offset = 0;
    const pieces = parts.map((tensor) => {
      const piece = { tensor, offset };
      offset += sizeOf(tensor.shape);
      return piece;
    });
    const rows = offset / sizeOf(first.shape.slice(1));
    return tracer().join(pieces, { shape: [rows, ...first.shape.slice(1)], dtype: dtypeOf(first.dtype) });
  });
}

/**
 * Lays flat tensors side by side at given places of one of `size` elements, zeros between.
 * In a trace every piece is made in its place and must be the result of a kernel; between them stays what the memory
 * holds, so a join with gaps is for an output whose memory is its own.
 */
export function joined(tensors: readonly tf.Tensor[], offsets: readonly number[], size: number): tf.Tensor1D {
  if (current !== undefined) {
    const pieces = tensors.map((tensor, i) => ({ tensor, offset: offsets[i] ?? 0 }));
    const info = current.join(pieces, { shape: [size], dtype: 'float32' });
    return tf.engine().makeTensorFromTensorInfo(info) as tf.Tensor1D;
  }
  const parts: tf.Tensor1D[] = [];
  let end = 0;
  const fillTo = (place: number): void => {
    if (place > end) parts.push(tf.zeros([place - end]));
  };
  tensors.forEach((tensor, i) => {
    const offset = offsets[i] ?? 0;
    fillTo(offset);
    parts.push(tf.reshape(tensor, [tensor.size]));
    end = offset + tensor.size;
  });
  fillTo(size);
  return tf.concat(parts);
}
