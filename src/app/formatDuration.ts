// Durations and ages as people read them. Numbers without time are `formatNumber.ts`.

/** Numbers with their units; what is 0 behind the first says nothing. */
const parts = (...values: readonly (readonly [number, string])[]): string =>
  values
    .filter(([value], at) => at === 0 || value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');

/** A duration to plan with: 0.012 → "12 ms", 72 → "1 min 12 s", 4000 → "1 h 7 min", a long one in days. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return parts([Math.floor(whole / 60), 'min'], [whole % 60, 's']);
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return parts([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min']);
  return `${Math.round(minutes / 60 / 24)} days`;
}

/** How long ago: "just now", "12 s ago", "3 min ago". */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 3) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** A moment as a date and time of this browser's place. */
export const formatMoment = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
