// Milliseconds to compare: kernels take thousandths of them. Durations to plan with are `formatDuration.ts`.

/** Three digits, at most three decimals: 0.01234 → "0.012", 12.34 → "12.3"; "–" where nothing was measured. */
export function formatMilliseconds(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return '–';
  const decimals = milliseconds >= 99.95 ? 0 : milliseconds >= 9.995 ? 1 : milliseconds >= 0.9995 ? 2 : 3;
  return milliseconds.toFixed(decimals);
}
