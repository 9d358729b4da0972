// One head's weights as pixels: one per cell, or fewer where the picture is smaller than the matrix. Pure.
import type { AttentionLayer } from '../../protocol/messages.ts';
import { viewOf } from './attentionSummary.ts';
import { scaleStep } from './sequentialScale.ts';

export interface PixelImage {
  readonly size: number;
  /** [size · size · 4] RGBA bytes; cells that cannot be seen are transparent. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * @param largestSize of a larger matrix, each pixel shows the greatest weight of the cells it covers.
 * @param scale RGBA table of `sequentialScale`.
 */
export function weightImage(
  layer: AttentionLayer,
  head: number,
  scale: Uint8ClampedArray,
  gamma: number,
  largestSize: number,
): PixelImage {
  const { size: cells, weights } = layer;
  const size = Math.min(cells, largestSize);
  const greatest = new Float32Array(size * size).fill(-1);
  const pixelOf = (cell: number) => (size === cells ? cell : Math.floor((cell * size) / cells));
  for (let from = 0; from < cells; from++) {
    const row = pixelOf(from) * size;
    const start = (head * cells + from) * cells;
    const { first, last } = viewOf(layer, from);
    for (let to = first; to <= last; to++) {
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
