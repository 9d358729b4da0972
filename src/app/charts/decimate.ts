// Which rows of a long series to draw: at most a few per pixel, with no spike lost.

/** Index of the first step that is at least `step`; the length if there is none. `steps` rises. */
export function lowerBound(steps: ArrayLike<number>, step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Chooses rows whose step lies in [from, to], and one beyond each end so that lines leave the picture.
 * Short ranges are kept whole; of a long one, each of `buckets` equal parts keeps its least and greatest value.
 * @returns rising row indices, at most 2 · buckets + 4.
 */
export function decimate(
  steps: readonly number[],
  values: ArrayLike<number>,
  from: number,
  to: number,
  buckets: number,
): number[] {
  const first = Math.max(0, lowerBound(steps, from) - 1);
  const atEnd = lowerBound(steps, to);
  const last = Math.min(steps.length - 1, steps[atEnd] === to ? atEnd + 1 : atEnd);
  const count = last - first + 1;
  if (count <= 0) return [];
  if (count <= 2 * buckets + 4) return Array.from({ length: count }, (_, offset) => first + offset);

  const kept = [first];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const begin = first + Math.floor((bucket * count) / buckets);
    const end = first + Math.floor(((bucket + 1) * count) / buckets);
    let least = -1;
    let greatest = -1;
    for (let row = begin; row < end; row++) {
      const value = values[row] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      if (least < 0 || value < (values[least] ?? 0)) least = row;
      if (greatest < 0 || value > (values[greatest] ?? 0)) greatest = row;
    }
    for (const row of least < greatest ? [least, greatest] : [greatest, least]) {
      if (row > (kept.at(-1) ?? -1)) kept.push(row);
    }
  }
  if (last > (kept.at(-1) ?? -1)) kept.push(last);
  return kept;
}

/** At most `count` row indices out of `length`, evenly spread, first and last among them. */
export function evenlySpread(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, row) => row);
  return Array.from({ length: count }, (_, at) => Math.round((at * (length - 1)) / (count - 1)));
}
