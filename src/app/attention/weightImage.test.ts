// Tests of the pixels of a head.
import { describe, expect, it } from 'vitest';
import type { AttentionLayer } from '../../protocol/messages.ts';
import { scaleStep, sequentialScale } from './sequentialScale.ts';
import { weightImage } from './weightImage.ts';

const scale = sequentialScale(false);
const colour = (weight: number) => [...scale.subarray(scaleStep(weight, 1) * 4, scaleStep(weight, 1) * 4 + 4)];

function even(size: number): AttentionLayer {
  const weights = new Float32Array(2 * size * size);
  for (let from = 0; from < size; from++) {
    for (let to = 0; to <= from; to++) weights[(size + from) * size + to] = 1 / (from + 1);
  }
  return { layer: 0, nHead: 2, size, offset: 0, causal: true, band: 0, weights, step: 0 };
}

describe('weightImage', () => {
  it('gives one pixel per cell with the future left empty', () => {
    const { size, pixels } = weightImage(even(3), 1, scale, 1, 64);
    const pixel = (row: number, column: number) => [
      ...pixels.subarray((row * size + column) * 4, (row * size + column) * 4 + 4),
    ];
    expect(size).toBe(3);
    expect(pixel(0, 0)).toEqual(colour(1));
    expect(pixel(2, 0)).toEqual(colour(Math.fround(1 / 3)));
    expect([pixel(0, 1)[3], pixel(1, 2)[3], pixel(2, 2)[3]]).toEqual([0, 0, 255]);
  });

  it('shows the future of a model that sees it', () => {
    const layer = even(3);
    layer.weights[(3 + 0) * 3 + 2] = 0.5;
    const { pixels } = weightImage({ ...layer, causal: false }, 1, scale, 1, 64);
    expect([...pixels.subarray(2 * 4, 3 * 4)]).toEqual(colour(0.5));
    expect([...pixels.subarray(4, 8)]).toEqual(colour(0));
  });

  it('leaves out what a band hides', () => {
    const { size, pixels } = weightImage({ ...even(4), band: 2 }, 1, scale, 1, 64);
    const shown = Array.from({ length: size * size }, (_, pixel) => (pixels[pixel * 4 + 3] ?? 0) > 0);
    expect(shown.flatMap((isShown, pixel) => (isShown ? [pixel] : []))).toEqual([0, 4, 5, 9, 10, 14, 15]);
  });

  it('keeps a single bright cell visible in a smaller picture', () => {
    const layer = even(100);
    layer.weights.fill(0);
    layer.weights[(100 + 57) * 100 + 13] = 0.9;
    const { size, pixels } = weightImage(layer, 1, scale, 1, 10);
    expect(size).toBe(10);
    expect([...pixels.subarray((5 * 10 + 1) * 4, (5 * 10 + 1) * 4 + 4)]).toEqual(colour(Math.fround(0.9)));
    expect(pixels[(1 * 10 + 5) * 4 + 3]).toBe(0);
  });

  it('shows weight zero of the past as the start of the scale', () => {
    const layer = even(4);
    layer.weights.fill(0);
    expect([...weightImage(layer, 0, scale, 1, 64).pixels.subarray(0, 4)]).toEqual(colour(0));
  });
});
