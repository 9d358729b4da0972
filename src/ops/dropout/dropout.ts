// Inverted dropout (Srivastava et al. 2014), element by element; the mask is made anew wherever it is needed, never kept.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { DROPOUT_FUNCTIONS, dropoutFactors, dropoutStart } from './dropout.wgsl.ts';
import { dropoutMask, hostInteger, type DropoutSite } from './dropoutMask.ts';

/** x times the mask of a site; the key is an int32 tensor [1] made on this side. */
export const dropoutKernel = (site: DropoutSite): Kernel<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]> => ({
  name: 'dropout',
  detail: `${site.rate}`,
  outputs: (x) => [x],
  reference: (x, key) => [tf.mul(x, dropoutMask(x.shape, site, hostInteger(key)))],
  elementwise: {
    reads: ['matrix', 'key'],
    carriers: [0],
    functions: DROPOUT_FUNCTIONS,
    expression: ([x = '', key = ''], index) => `${x} * ${dropoutFactors(dropoutStart(key, site), index, site)}`,
  },
});

/**
 * Drops elements at a site's rate and scales up what stays.
 * @param x [N, C] @param key [1] int32, another one for every step @returns [N, C]; x itself at a rate of 0
 */
export function dropout(x: tf.Tensor2D, site: DropoutSite, key: tf.Tensor1D): tf.Tensor2D {
  if (site.rate === 0) return x;
  const kernel = dropoutKernel(site);
  return differentiable(
    [x],
    (x) => ({ value: runKernel(kernel, x, key)[0], saved: [key] }),
    (dy, [key]) => runKernel(kernel, dy, key),
  );
}
