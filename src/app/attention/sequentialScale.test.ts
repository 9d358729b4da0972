// Tests of the colour scale.
import { describe, expect, it } from 'vitest';
import { luminanceAt, scaleStep, SCALE_STEPS, sequentialScale } from './sequentialScale.ts';

describe('sequentialScale', () => {
  it.each([true, false])('changes luminance in one direction only (dark: %s), so that it reads in grey', (dark) => {
    const table = sequentialScale(dark);
    const luminance = Array.from({ length: SCALE_STEPS / 8 }, (_, at) => luminanceAt(table, at * 8));
    const rising = luminance.slice(1).map((value, at) => value - (luminance[at] ?? 0));
    expect(rising.every((difference) => (dark ? difference > 0 : difference < 0))).toBe(true);
    const contrast = (Math.max(...luminance) + 0.05) / (Math.min(...luminance) + 0.05);
    expect(contrast).toBeGreaterThan(7);
  });

  it('spends more of the scale on faint weights when gamma is below 1', () => {
    expect([scaleStep(0, 0.5), scaleStep(0.25, 0.5), scaleStep(0.25, 1), scaleStep(1, 0.5)]).toEqual([0, 128, 64, 255]);
    expect([scaleStep(-1, 1), scaleStep(2, 1)]).toEqual([0, 255]);
  });
});
