// The colour scale of attention weights: lightness rises or falls evenly from nothing to one, so that it reads the
// same in grey and to colour-blind eyes; hue only helps. One table for light pages, one for dark.

export const SCALE_STEPS = 256;

/** [SCALE_STEPS · 4] RGBA bytes, opaque. On light pages from near white to dark blue, on dark ones from dark to bright. */
export function sequentialScale(dark: boolean): Uint8ClampedArray {
  const table = new Uint8ClampedArray(SCALE_STEPS * 4);
  for (let step = 0; step < SCALE_STEPS; step++) {
    const t = step / (SCALE_STEPS - 1);
    const lightness = dark ? 0.27 + 0.65 * t : 0.985 - 0.7 * t;
    // Colourful in the middle, where the screen can show it; pale at the ends.
    const chroma = dark
      ? 0.02 + 0.115 * Math.sin(Math.PI * Math.min(1, 0.12 + t * 0.85))
      : 0.006 + 0.13 * Math.sin(Math.PI * t ** 0.9 * 0.85);
    const hue = dark ? 275 - 175 * t : 195 + 85 * t;
    const [red, green, blue] = oklchToSrgb(lightness, chroma, hue);
    table.set([red * 255, green * 255, blue * 255, 255], step * 4);
  }
  return table;
}

/** Row of the table for a weight 0 … 1; `gamma` below 1 brings out faint weights. */
export function scaleStep(weight: number, gamma: number): number {
  const t = Math.min(1, Math.max(0, weight)) ** gamma;
  return Math.round(t * (SCALE_STEPS - 1));
}

/** A CSS gradient of the whole scale, for its legend. */
export function scaleGradient(table: Uint8ClampedArray): string {
  const stops = Array.from({ length: 9 }, (_, at) => {
    const index = Math.round((at / 8) * (SCALE_STEPS - 1)) * 4;
    return `rgb(${table.slice(index, index + 3).join(' ')})`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

/** Relative luminance 0 … 1 of a row of the table (WCAG 2). */
export function luminanceAt(table: Uint8ClampedArray, step: number): number {
  const linear = [0, 1, 2].map((channel) => {
    const value = (table[step * 4 + channel] ?? 0) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}

/** OKLCH (Ottosson 2020) to sRGB in 0 … 1, clipped to what the screen can show. @param hue in degrees. */
function oklchToSrgb(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function encode(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}
