// The program of a matrix product in one of its variants.
import type { Program } from '../../engine/kernel.ts';
import type { Product } from './product.ts';
import { registerProgram } from './registerTile.wgsl.ts';
import { sharedProgram } from './sharedTile.wgsl.ts';
import { parseVariant, variantsFor } from './variants.ts';

/**
 * @param variant one of `ALL_VARIANTS` or of `variantsFor`; the likely best if empty
 * @throws RangeError for another name
 */
export function productProgram(product: Product, variant: string): Program {
  const parsed = parseVariant(variant === '' ? (variantsFor(product)[0] ?? '') : variant);
  return parsed.family === 'register' ? registerProgram(product, parsed) : sharedProgram(product, parsed);
}
