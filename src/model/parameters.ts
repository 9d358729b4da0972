// The model's parameters: their names, shapes and places in one flat buffer, their first values, and the
// structure in which the forward pass reads them.
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { Random } from '../random/random.ts';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place of the first element in the flat buffer. */
  readonly offset: number;
  readonly size: number;
  /** Standard deviation of the first values; 0 for constants. */
  readonly deviation: number;
  /** First value of every element where `deviation` is 0. */
  readonly constant: number;
  /** Weight decay applies to matrices only. */
  readonly decays: boolean;
}

export interface BlockParameters {
  readonly norm1Gain: tf.Tensor1D;
  readonly norm1Bias: tf.Tensor1D;
  /** [C, 3C]: queries, keys and values side by side. */
  readonly qkvWeight: tf.Tensor2D;
  readonly qkvBias: tf.Tensor1D;
  readonly projectionWeight: tf.Tensor2D;
  readonly projectionBias: tf.Tensor1D;
  readonly norm2Gain: tf.Tensor1D;
  readonly norm2Bias: tf.Tensor1D;
  /** [C, 4C]. */
  readonly expandWeight: tf.Tensor2D;
  readonly expandBias: tf.Tensor1D;
  /** [4C, C]. */
  readonly contractWeight: tf.Tensor2D;
  readonly contractBias: tf.Tensor1D;
}

export interface Parameters {
  /** [V, C], also the output layer. */
  readonly tokenEmbedding: tf.Tensor2D;
  /** [contextLength, C]. */
  readonly positionEmbedding: tf.Tensor2D;
  readonly blocks: readonly BlockParameters[];
  readonly finalNormGain: tf.Tensor1D;
  readonly finalNormBias: tf.Tensor1D;
}

/** Parameters in their order, and where each lies in a flat buffer. */
export interface ParameterLayout {
  readonly specs: readonly ParameterSpec[];
  /** Elements of the flat buffer, those between parameters included. */
  readonly size: number;
  /** Every parameter starts at a multiple of this. */
  readonly alignment: number;
}

const INITIAL_DEVIATION = 0.02;

/**
 * All parameters in order. First values are GPT-2's "modified initialisation" that GPT-3 keeps (§2.1): normal with
 * deviation 0.02, the two projections into the residual stream scaled by 1/√(2·layers); biases 0, gains 1.
 * @param alignment 1 for parameters side by side, as checkpoints keep them; plans bind each by itself and need more
 */
export function parameterLayout(model: ModelConfig, vocabSize: number, alignment = 1): ParameterLayout {
  const { nLayer, nEmbd: c, contextLength } = model;
  const specs: ParameterSpec[] = [];
  let offset = 0;
  const add = (name: string, shape: readonly number[], deviation: number, constant = 0): void => {
    const size = shape.reduce((product, n) => product * n, 1);
    specs.push({ name, shape, offset, size, deviation, constant, decays: shape.length > 1 });
    offset = Math.ceil((offset + size) / alignment) * alignment;
  };
  const residualDeviation = INITIAL_DEVIATION / Math.sqrt(2 * nLayer);
  add('tokenEmbedding', [vocabSize, c], INITIAL_DEVIATION);
  add('positionEmbedding', [contextLength, c], INITIAL_DEVIATION);
  for (let layer = 0; layer < nLayer; layer++) {
    const block = (name: keyof BlockParameters): string => `blocks.${layer}.${name}`;
    add(block('norm1Gain'), [c], 0, 1);
    add(block('norm1Bias'), [c], 0);
    add(block('qkvWeight'), [c, 3 * c], INITIAL_DEVIATION);
    add(block('qkvBias'), [3 * c], 0);
    add(block('projectionWeight'), [c, c], residualDeviation);
    add(block('projectionBias'), [c], 0);
    add(block('norm2Gain'), [c], 0, 1);
    add(block('norm2Bias'), [c], 0);
    add(block('expandWeight'), [c, 4 * c], INITIAL_DEVIATION);
    add(block('expandBias'), [4 * c], 0);
    add(block('contractWeight'), [4 * c, c], residualDeviation);
    add(block('contractBias'), [c], 0);
  }
  add('finalNormGain', [c], 0, 1);
  add('finalNormBias', [c], 0);
  return { specs, size: offset, alignment };
}

/** Number of parameters, without what lies between them. */
export const totalSize = ({ specs }: ParameterLayout): number => specs.reduce((sum, { size }) => sum + size, 0);

/** Flat values in one layout, put as another one has them; zeros between parameters. */
export function relaid(values: Float32Array, from: ParameterLayout, to: ParameterLayout): Float32Array<ArrayBuffer> {
  const result = new Float32Array(to.size);
  to.specs.forEach(({ offset, size }, index) => {
    const start = from.specs[index]?.offset ?? 0;
    result.set(values.subarray(start, start + size), offset);
  });
  return result;
}

/** First values of all parameters, flat; equal seeds give equal values. */
export function initialParameters({ specs, size: length }: ParameterLayout, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  specs.forEach(({ offset, size, deviation, constant }, index) => {
    if (deviation === 0) values.fill(constant, offset, offset + size);
    else {
      const random = new Random(seed, index);
      for (let i = offset; i < offset + size; i++) values[i] = deviation * random.normal();
    }
  });
  return values;
}

/** 1 for each block of `alignment` elements where weight decay applies, else 0. */
export function decayMask({ specs, size: length, alignment }: ParameterLayout): Int32Array {
  const mask = new Int32Array(Math.ceil(length / alignment));
  for (const { offset, size, decays } of specs) {
    if (decays) mask.fill(1, offset / alignment, Math.ceil((offset + size) / alignment));
  }
  return mask;
}

/**
 * Cuts a flat tensor [P] into the parameters' tensors, in order. Caller disposes.
 * WASM and CPU keep their tensors in memory that can be read at once; there a slice would copy the whole buffer for
 * every parameter, so the buffer is read once instead.
 */
export function splitParameters(flat: tf.Tensor1D, { specs }: ParameterLayout): tf.Tensor[] {
  const backend = tf.getBackend();
  if (backend === 'wasm' || backend === 'cpu') {
    const values = flat.dataSync<'float32'>();
    return specs.map(({ offset, size, shape }) => tf.tensor(values.slice(offset, offset + size), [...shape]));
  }
  return specs.map(({ offset, size, shape }) =>
    tf.tidy(() => tf.reshape(tf.slice(flat, [offset], [size]), [...shape])),
  );
}

/** Gives the parameters' tensors, in order, their names in the forward pass. Owns nothing. */
export function nameParameters(tensors: readonly tf.Tensor[], specs: readonly ParameterSpec[]): Parameters {
  const byName = new Map(specs.map(({ name }, index) => [name, tensors[index]]));
  const get = <T extends tf.Tensor>(name: string): T => {
    const tensor = byName.get(name);
    if (tensor === undefined) throw new RangeError(`There is no parameter ${name}.`);
    // The spec of this name has the rank that its field is declared with.
    return tensor as T;
  };
  const nLayer = specs.filter(({ name }) => name.endsWith('.qkvWeight')).length;
  const blocks = Array.from({ length: nLayer }, (_, layer): BlockParameters => {
    const block = <T extends tf.Tensor>(name: keyof BlockParameters): T => get<T>(`blocks.${layer}.${name}`);
    return {
      norm1Gain: block('norm1Gain'),
      norm1Bias: block('norm1Bias'),
      qkvWeight: block('qkvWeight'),
      qkvBias: block('qkvBias'),
      projectionWeight: block('projectionWeight'),
      projectionBias: block('projectionBias'),
      norm2Gain: block('norm2Gain'),
      norm2Bias: block('norm2Bias'),
      expandWeight: block('expandWeight'),
      expandBias: block('expandBias'),
      contractWeight: block('contractWeight'),
      contractBias: block('contractBias'),
    };
  });
  return {
    tokenEmbedding: get('tokenEmbedding'),
    positionEmbedding: get('positionEmbedding'),
    blocks,
    finalNormGain: get('finalNormGain'),
    finalNormBias: get('finalNormBias'),
  };
}
