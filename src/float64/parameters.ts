// The parameters of a model in their order and shapes, written down once more and by themselves: what the layout on
// tensors is compared with.
import type { ModelConfig } from '../config/runConfig.ts';

/** A model's sizes and switches, with the size of its vocabulary. */
export interface Float64Model {
  readonly model: ModelConfig;
  readonly vocabSize: number;
}

export interface Float64Group {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place of the first element in the flat parameters. */
  readonly offset: number;
  readonly size: number;
}

/** Key and value heads; 0 in the config means one for each head. */
export const keyValueHeads = ({ nKeyValueHead, nHead }: ModelConfig): number =>
  nKeyValueHead === 0 ? nHead : nKeyValueHead;

/** Width of the feed-forward's middle; SwiGLU has two matrices there and so takes two thirds (Shazeer 2020 §2). */
export const middleWidth = ({ activation, nEmbd }: ModelConfig): number =>
  activation === 'swiglu' ? 4 * Math.round((2 * nEmbd) / 3) : 4 * nEmbd;

/** All parameters, side by side. */
export function float64Groups({ model, vocabSize }: Float64Model): readonly Float64Group[] {
  const { nLayer, nHead, nEmbd: c, biases } = model;
  const headSize = c / nHead;
  const qkvWidth = (nHead + 2 * keyValueHeads(model)) * headSize;
  const middle = middleWidth(model);
  const groups: Float64Group[] = [];
  const add = (name: string, ...shape: readonly number[]): void => {
    const last = groups.at(-1);
    const size = shape.reduce((product, n) => product * n, 1);
    groups.push({ name, shape, offset: last === undefined ? 0 : last.offset + last.size, size });
  };
  const addNorm = (name: string): void => {
    add(`${name}Gain`, c);
    if (model.norm === 'layer' && biases) add(`${name}Bias`, c);
  };
  const addLinear = (name: string, from: number, to: number): void => {
    add(`${name}Weight`, from, to);
    if (biases) add(`${name}Bias`, to);
  };
  add('tokenEmbedding', vocabSize, c);
  if (model.positions === 'learned') add('positionEmbedding', model.contextLength, c);
  for (let layer = 0; layer < nLayer; layer++) {
    const block = `blocks.${layer}.`;
    addNorm(`${block}norm1`);
    addLinear(`${block}qkv`, c, qkvWidth);
    addLinear(`${block}projection`, c, c);
    addNorm(`${block}norm2`);
    addLinear(`${block}expand`, c, model.activation === 'swiglu' ? 2 * middle : middle);
    addLinear(`${block}contract`, middle, c);
  }
  addNorm('finalNorm');
  if (!model.tiedOutput) addLinear('output', c, vocabSize);
  return groups;
}

/** Number of parameters. */
export function float64Size(sizes: Float64Model): number {
  return float64Groups(sizes).reduce((sum, { size }) => sum + size, 0);
}
