// Where a logarithmic loss axis puts its ticks. uPlot's own are whole decades, too coarse for losses between 1 and 10.

const STEPS_OF_A_DECADE = [1, 1.5, 2, 3, 4, 5, 7];

/** Round values within [min, max], both > 0: parts of decades, or even steps where the range is narrow. */
export function logarithmicTicks(min: number, max: number): number[] {
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(min)); decade <= Math.log10(max); decade++) {
    for (const part of STEPS_OF_A_DECADE) {
      const value = Number((part * 10 ** decade).toPrecision(2));
      if (value >= min && value <= max) ticks.push(value);
    }
  }
  if (ticks.length > 12) return ticks.filter(isDecade);
  return ticks.length >= 3 ? ticks : evenTicks(min, max);
}

function isDecade(value: number): boolean {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}

function evenTicks(min: number, max: number): number[] {
  const rough = (max - min) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5].find((part) => part * unit >= rough) ?? 10);
  const first = Math.ceil(min / step);
  return Array.from({ length: Math.max(0, Math.floor(max / step) - first + 1) }, (_, at) =>
    Number(((first + at) * step).toPrecision(6)),
  );
}
