// Numbers as people read them: counts, bytes, losses and rates. Durations are `formatDuration.ts`.

const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** 1234567 → "1,234,567". */
export const formatCount = (count: number): string => (Number.isFinite(count) ? WHOLE.format(count) : '–');

const PLAIN = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 15 });

/** A number as it was set: 12288 → "12,288", 0.0003 → "0.0003". */
export const formatNumber = (value: number): string => (Number.isFinite(value) ? withMinus(PLAIN.format(value)) : '–');

/** With the sign that is as wide as a plus: "-3" → "−3". */
export const withMinus = (text: string): string => text.replace('-', '−');

/** Three significant digits with a suffix: 812 → "812", 18_240 → "18.2k", 1.2e9 → "1.20B". */
export function formatShort(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) < 999.5) return Number.isInteger(value) ? String(value) : value.toPrecision(3);
  const suffixes = ['k', 'M', 'B', 'T'];
  let scaled = value / 1000;
  let index = 0;
  while (Math.abs(scaled) >= 999.5 && index < suffixes.length - 1) {
    scaled /= 1000;
    index++;
  }
  return `${scaled.toPrecision(3)}${suffixes[index]}`;
}

/** Bytes in decimal units: 1_048_576 → "1.05 MB". */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let scaled = bytes / 1000;
  let index = 0;
  while (scaled >= 999.5 && index < units.length - 1) {
    scaled /= 1000;
    index++;
  }
  return `${scaled.toPrecision(3)} ${units[index]}`;
}

/** Floating-point operations: 6.9e8 → "0.690 GFLOP". */
export function formatFlops(flops: number): string {
  if (!Number.isFinite(flops)) return '–';
  if (flops < 1e9) return `${(flops / 1e6).toPrecision(3)} MFLOP`;
  return flops < 1e12 ? `${(flops / 1e9).toPrecision(3)} GFLOP` : `${(flops / 1e12).toPrecision(3)} TFLOP`;
}

/** A loss in nats, two decimals; "–" before there is one. */
export const formatLoss = (loss: number | undefined): string =>
  loss === undefined || Number.isNaN(loss) ? '–' : Number.isFinite(loss) ? loss.toFixed(2) : '∞';

/** A share of one: 0.1234 → "12%". */
export const formatShare = (share: number): string => `${Number((share * 100).toPrecision(share < 0.1 ? 1 : 2))}%`;

/** What a loss means: "like choosing between 8 equally likely tokens". */
export function explainLoss(loss: number): string {
  const choices = Math.exp(loss);
  const shown = choices < 10 ? String(Number(choices.toFixed(1))) : formatCount(choices);
  return `like choosing between ${shown} equally likely tokens`;
}
