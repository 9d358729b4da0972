// Log-probabilities and scores as people read them, with a real minus sign.

/** "−1.23"; with more digits where it is small, without below −100. */
export function signedNumber(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '−∞' : '–';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = size.toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
