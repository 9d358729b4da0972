// How the threads of a workgroup divide the rows of a normalisation, forward and backward: rows × lanes.
import type { DeviceTraits } from '../../engine/kernel.ts';

/** All divisions that norms are computed with. */
export const NORM_VARIANTS = ['16x1', '8x8', '4x16', '4x64', '1x256'] as const;

/** An emulated GPU pays for barriers, a real one for neighbours that read far apart. */
export function normVariants(width: number, { software }: DeviceTraits): readonly string[] {
  if (software) return ['16x1'];
  return width <= 128 ? ['4x16', '8x8'] : width <= 1024 ? ['4x64', '4x16'] : ['1x256', '4x64'];
}

/** All divisions that their gradients are computed with: of the threads while they sum rows. */
export const NORM_GRADIENT_VARIANTS = ['32x1', '8x8', '16x16', '4x64'] as const;

export function normGradientVariants(width: number, { software }: DeviceTraits): readonly string[] {
  if (software) return ['32x1'];
  return width <= 128 ? ['8x8', '16x16'] : ['4x64', '16x16'];
}
