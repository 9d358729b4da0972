// Dropout's mask from a counter: entry i depends on (key, site, i) alone, so that a step can be repeated exactly from
// its number and nothing needs to be stored (Srivastava et al. 2014, inverted form).
import * as tf from '../../engine/tf.ts';
import { mix32 } from '../../random/random.ts';

/** One place in the model where something is dropped. */
export interface DropoutSite {
  /** Share that is dropped, in [0, 1). */
  readonly rate: number;
  /** Tells the places of a model apart. */
  readonly site: number;
}

/**
 * Zeros with probability `rate`, else 1 / (1 − rate). Caller disposes.
 * @param key any 32-bit integer, another one for every step; equal keys give equal masks
 */
export function dropoutMask(shape: readonly number[], { rate, site }: DropoutSite, key: number): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  const mask = new Float32Array(size);
  const keep = 1 / (1 - rate);
  const threshold = rate * 4294967296;
  const start = mix32(Math.imul(key, 0x9e3779b1) + site);
  for (let i = 0; i < size; i++) mask[i] = mix32(start + Math.imul(i, 0x9e3779b9)) < threshold ? 0 : keep;
  return tf.tensor(mask, [...shape]);
}

/** The number in a tensor [1] of int32 that was made from a value on this side: such a tensor can be read at once. */
export const hostInteger = (tensor: tf.Tensor1D): number => tensor.dataSync()[0] ?? 0;
