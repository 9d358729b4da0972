// The model's parameters: their names, shapes and places in one flat buffer, their first values, and the
// structure in which the forward pass reads them.
import { feedForwardWidth, qkvWidth } from '../config/modelShape.ts';
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
  /** Biases are there in models with biases, those of norms in layer norms only. */
  readonly norm1Bias: tf.Tensor1D | undefined;
  /** [C, (H + 2K)·D]: queries, keys and values side by side. */
  readonly qkvWeight: tf.Tensor2D;
  readonly qkvBias: tf.Tensor1D | undefined;
  readonly projectionWeight: tf.Tensor2D;
  readonly projectionBias: tf.Tensor1D | undefined;
  readonly norm2Gain: tf.Tensor1D;
  readonly norm2Bias: tf.Tensor1D | undefined;
  /** [C, F], for SwiGLU [C, 2F]. */
  readonly expandWeight: tf.Tensor2D;
  readonly expandBias: tf.Tensor1D | undefined;
  /** [F, C]. */
  readonly contractWeight: tf.Tensor2D;
  readonly contractBias: tf.Tensor1D | undefined;
}

export interface Parameters {
  /** [V, C]; where the output is tied, also the output layer. */
  readonly tokenEmbedding: tf.Tensor2D;
  /** [contextLength, C], where positions are learned. */
  readonly positionEmbedding: tf.Tensor2D | undefined;
  readonly blocks: readonly BlockParameters[];
  readonly finalNormGain: tf.Tensor1D;
  readonly finalNormBias: tf.Tensor1D | undefined;
  /** [C, V], where the output is not tied. */
  readonly outputWeight: tf.Tensor2D | undefined;
  readonly outputBias: tf.Tensor1D | undefined;
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
 * deviation 0.02, the two projections into the residual stream scaled by 1/√(2·layers); biases 0, gains 1. Beside
 * sines, which are not learned and reach from −1 to 1, tokens of that size would hardly be seen: there they start as large
 * as PyTorch's embeddings, or where they are the output layer too, at 1/√C.
 * @param alignment 1 for parameters side by side, as checkpoints keep them; plans bind each by itself and need more
 */
export function parameterLayout(model: ModelConfig, vocabSize: number, alignment = 1): ParameterLayout {
  const { nLayer, nEmbd: c, contextLength, biases } = model;
  const specs: ParameterSpec[] = [];
  let offset = 0;
  const add = (name: string, shape: readonly number[], deviation: number, constant = 0): void => {
    const size = shape.reduce((product, n) => product * n, 1);
    specs.push({ name, shape, offset, size, deviation, constant, decays: shape.length > 1 });
    offset = Math.ceil((offset + size) / alignment) * alignment;
  };
  const linear = (name: string, inputs: number, outputs: number, deviation = INITIAL_DEVIATION): void => {
    add(`${name}Weight`, [inputs, outputs], deviation);
    if (biases) add(`${name}Bias`, [outputs], 0);
  };
  const norm = (name: string): void => {
    add(`${name}Gain`, [c], 0, 1);
    if (biases && model.norm === 'layer') add(`${name}Bias`, [c], 0);
  };
  const residualDeviation = INITIAL_DEVIATION / Math.sqrt(2 * nLayer);
  const inner = feedForwardWidth(model);
  add('tokenEmbedding', [vocabSize, c], tokenDeviation(model));
  if (model.positions === 'learned') add('positionEmbedding', [contextLength, c], INITIAL_DEVIATION);
  for (let layer = 0; layer < nLayer; layer++) {
    const block = `blocks.${layer}`;
    norm(`${block}.norm1`);
    linear(`${block}.qkv`, c, qkvWidth(model));
    linear(`${block}.projection`, c, c, residualDeviation);
    norm(`${block}.norm2`);
    linear(`${block}.expand`, c, model.activation === 'swiglu' ? 2 * inner : inner);
    linear(`${block}.contract`, inner, c, residualDeviation);
  }
  norm('finalNorm');
  if (!model.tiedOutput) linear('output', c, vocabSize);
  return { specs, size: offset, alignment };
}

const tokenDeviation = ({ positions, tiedOutput, nEmbd }: ModelConfig): number =>
  positions === 'sinusoidal' ? (tiedOutput ? 1 / Math.sqrt(nEmbd) : 1) : INITIAL_DEVIATION;

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
  // The spec of a name has the rank that its field is declared with: that is what the casts state.
  const find = <T extends tf.Tensor>(name: string): T | undefined => byName.get(name) as T | undefined;
  const get = <T extends tf.Tensor>(name: string): T => {
    const tensor = find<T>(name);
    if (tensor === undefined) throw new RangeError(`There is no parameter ${name}.`);
    return tensor;
  };
  const nLayer = specs.filter(({ name }) => name.endsWith('.qkvWeight')).length;
  const blocks = Array.from({ length: nLayer }, (_, layer): BlockParameters => {
    const block = <T extends tf.Tensor>(name: keyof BlockParameters): T => get<T>(`blocks.${layer}.${name}`);
    const bias = (name: keyof BlockParameters): tf.Tensor1D | undefined => find(`blocks.${layer}.${name}`);
    return {
      norm1Gain: block('norm1Gain'),
      norm1Bias: bias('norm1Bias'),
      qkvWeight: block('qkvWeight'),
      qkvBias: bias('qkvBias'),
      projectionWeight: block('projectionWeight'),
      projectionBias: bias('projectionBias'),
      norm2Gain: block('norm2Gain'),
      norm2Bias: bias('norm2Bias'),
      expandWeight: block('expandWeight'),
      expandBias: bias('expandBias'),
      contractWeight: block('contractWeight'),
      contractBias: bias('contractBias'),
    };
  });
  return {
    tokenEmbedding: get('tokenEmbedding'),
    positionEmbedding: find('positionEmbedding'),
    blocks,
    finalNormGain: get('finalNormGain'),
    finalNormBias: find('finalNormBias'),
    outputWeight: find('outputWeight'),
    outputBias: find('outputBias'),
  };
}
