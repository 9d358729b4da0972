// The whole model once more, with every switch of its config, in plain loops over double-precision arrays: what the
// model on tensors is compared with, in tests and on the user's device. It shares no code with `model` and `ops`, which
// the import rule makes sure of.
import type { ModelConfig } from '../config/runConfig.ts';
import { activate } from './activations.ts';
import { attend, type AttentionShape } from './attend.ts';
import { norm } from './norms.ts';
import { float64Groups, keyValueHeads, middleWidth, type Float64Model } from './parameters.ts';
import { rotated, sinusoids } from './positions.ts';
import { add, addConstants, againstTable, linear, lookUp, pooled, scaled } from './rows.ts';
import type { Tape, Value } from './tape.ts';

/** Factors for dropout, where something is dropped: [B·T, C] but for attention, [B, H, T, T]; lists have one per layer. */
export interface Float64Masks {
  readonly embedding?: ArrayLike<number>;
  readonly attention?: readonly ArrayLike<number>[];
  /** Of what attention gives to the residual stream. */
  readonly mixed?: readonly ArrayLike<number>[];
  /** Of what the feed-forward gives to it. */
  readonly contracted?: readonly ArrayLike<number>[];
}

export interface Float64Input {
  /** [B·T]. */
  readonly ids: ArrayLike<number>;
  /** T. */
  readonly length: number;
  readonly masks?: Float64Masks;
}

export interface Float64Output {
  /** [B·T, V]; [B, V] where a sequence has one prediction. */
  readonly logits: Value;
  /** One per layer, before dropout: [B, H, T, T]. */
  readonly attention: readonly Float64Array[];
}

/** Parameters by name; one that the model does not have is undefined. */
export type Named = (name: string) => Value | undefined;

/**
 * Cuts flat parameters [P] into values by name.
 * @param gradient [P], where their gradients gather; none on a tape that only computes
 * @throws RangeError if they are not as many as the model has
 */
export function named(sizes: Float64Model, parameters: Float64Array, gradient?: Float64Array): Named {
  const groups = float64Groups(sizes);
  const total = groups.reduce((sum, { size }) => sum + size, 0);
  if (parameters.length !== total) {
    throw new RangeError(`This model has ${total} parameters; ${parameters.length} were given.`);
  }
  const values = new Map<string, Value>();
  for (const { name, offset, size } of groups) {
    values.set(name, {
      values: parameters.subarray(offset, offset + size),
      gradient: gradient?.subarray(offset, offset + size) ?? new Float64Array(),
    });
  }
  return (name) => values.get(name);
}

/** The forward pass. */
export function decode(
  tape: Tape,
  { model, vocabSize }: Float64Model,
  named: Named,
  { ids, length, masks = {} }: Float64Input,
): Float64Output {
  const { nEmbd: c, nHead, positions } = model;
  const middle = middleWidth(model);
  const nKeyValueHead = keyValueHeads(model);
  const headSize = c / nHead;
  const qkvWidth = (nHead + 2 * nKeyValueHead) * headSize;

  const need = (name: string): Value => {
    const value = named(name);
    if (value === undefined) throw new RangeError(`This model has no ${name}.`);
    return value;
  };
  const normBy = (name: string, x: Value): Value =>
    norm(tape, x, { gain: need(`${name}Gain`), bias: named(`${name}Bias`) }, model.norm === 'layer');
  const linearBy = (name: string, x: Value, from: number, to: number): Value =>
    linear(tape, x, { weight: need(`${name}Weight`), bias: named(`${name}Bias`), from, to });

  /** Adds a branch to the stream, with the norm and dropout where the config has them. */
  const added = (
    x: Value,
    normName: string,
    branch: (input: Value) => Value,
    mask: ArrayLike<number> | undefined,
  ): Value => {
    const factors = model.dropResidual ? mask : undefined;
    if (model.normPlacement === 'pre') return add(tape, x, scaled(tape, branch(normBy(normName, x)), factors));
    if (model.dropoutAfterNorm) return scaled(tape, normBy(normName, add(tape, x, branch(x))), factors);
    return normBy(normName, add(tape, x, scaled(tape, branch(x), factors)));
  };

  const tokens = need('tokenEmbedding');
  let x = lookUp(tape, tokens, ids, c);
  if (positions === 'learned') {
    const places = Int32Array.from({ length: ids.length }, (_, row) => row % length);
    x = add(tape, x, lookUp(tape, need('positionEmbedding'), places, c));
  } else if (positions === 'sinusoidal') x = addConstants(tape, x, sinusoids(ids.length, c, length));
  x = scaled(tape, x, model.dropEmbedding ? masks.embedding : undefined);

  const attention: Float64Array[] = [];
  for (let layer = 0; layer < model.nLayer; layer++) {
    const block = `blocks.${layer}.`;
    const mix = (input: Value): Value => {
      let qkv = linearBy(`${block}qkv`, input, c, qkvWidth);
      if (positions === 'rotary') {
        qkv = rotated(tape, qkv, { width: qkvWidth, heads: nHead + nKeyValueHead, headSize, length });
      }
      const shape: AttentionShape = {
        length,
        nHead,
        nKeyValueHead,
        headSize,
        causal: model.causal,
        band: layer % 2 === 1 ? model.band : 0,
        alibi: positions === 'alibi',
      };
      const { mixed, weights } = attend(tape, qkv, shape, model.dropAttention ? masks.attention?.[layer] : undefined);
      attention.push(weights);
      return linearBy(`${block}projection`, mixed, c, c);
    };
    const feedForward = (input: Value): Value => {
      const expanded = linearBy(`${block}expand`, input, c, model.activation === 'swiglu' ? 2 * middle : middle);
      return linearBy(`${block}contract`, activate(tape, expanded, model.activation, middle), middle, c);
    };
    x = added(x, `${block}norm1`, mix, masks.mixed?.[layer]);
    x = added(x, `${block}norm2`, feedForward, masks.contracted?.[layer]);
  }
  x = predicted(tape, normBy('finalNorm', x), model, length);
  const logits = model.tiedOutput ? againstTable(tape, x, tokens, c) : linearBy('output', x, c, vocabSize);
  return { logits, attention };
}

/** The rows that predictions are made from. */
function predicted(tape: Tape, x: Value, { prediction, nEmbd }: ModelConfig, length: number): Value {
  switch (prediction) {
    case 'every':
      return x;
    case 'last':
      return pooled(tape, x, nEmbd, length, (t) => (t === length - 1 ? 1 : 0));
    case 'mean':
      return pooled(tape, x, nEmbd, length, () => 1 / length);
    default:
      return prediction satisfies never;
  }
}
