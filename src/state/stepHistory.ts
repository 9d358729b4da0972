// A run's history as lists ordered by step, where going back to an earlier step replaces what came after it.

/** @returns `entries` without those at or after the step of `entry`, followed by `entry`. */
export function appendAtStep<Entry extends { readonly step: number }>(
  entries: readonly Entry[],
  entry: Entry,
): readonly Entry[] {
  let keep = entries.length;
  while (keep > 0 && (entries[keep - 1]?.step ?? -1) >= entry.step) keep--;
  return [...entries.slice(0, keep), entry];
}
