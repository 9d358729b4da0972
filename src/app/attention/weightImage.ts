// One head's weights as pixels: one per cell, or fewer where the picture is smaller than the matrix. Pure.
import type { AttentionLayer } from '../../protocol/messages.ts';
import { scaleStep } from './sequentialScale.ts';

export interface PixelImage {
  readonly size: number;
  /** [size · size · 4] RGBA bytes; cells of the future are transparent, unless the model sees it. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * @param largestSize of a larger matrix, each pixel shows the greatest weight of the cells it covers.
 * @param scale RGBA table of `sequentialScale`.
 * @param causal whether the model cannot see later tokens, whose cells are then left empty.
 */
export function weightImage(
  layer: AttentionLayer,
  head: number,
  scale: Uint8ClampedArray,
  gamma: number,
  largestSize: number,
  causal = true,
): PixelImage {
  const { size: cells, weights } = layer;
  const size = Math.min(cells, largestSize);
  const greatest = new Float32Array(size * size).fill(-1);
  const pixelOf = (cell: number) => (size === cells ? cell : Math.floor((cell * size) / cells));
  for (let from = 0; from < cells; from++) {
    const row = pixelOf(from) * size;
    const start = (head * cells + from) * cells;
    const end = causal ? from + 1 : cells;
    for (let to = 0; to < end; to++) {
      const pixel = row + pixelOf(to);
      const weight = weights[start + to] ?? 0;
      if (weight > (greatest[pixel] ?? 0)) greatest[pixel] = weight;
    }
  }
  const pixels = new Uint8ClampedArray(size * size * 4);
  greatest.forEach((weight, pixel) => {
    if (weight < 0) return;
    const step = scaleStep(weight, gamma) * 4;
    pixels.set(scale.subarray(step, step + 4), pixel * 4);
  });
  return { size, pixels };
}
