// How far a share that was counted can be trusted.

/** The normal distribution's 97.5 % point. */
const Z = 1.959964;

/** 95 % interval of a share of which `correct` of `asked` were counted (Wilson 1927); 0 … 1 where nothing was. */
export function wilsonInterval(correct: number, asked: number): { readonly low: number; readonly high: number } {
  if (asked === 0) return { low: 0, high: 1 };
  const share = correct / asked;
  const scale = 1 + Z ** 2 / asked;
  const middle = (share + Z ** 2 / (2 * asked)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / asked + (Z / (2 * asked)) ** 2);
  // At the ends exactly, which rounding would miss.
  return { low: correct === 0 ? 0 : middle - half, high: correct === asked ? 1 : middle + half };
}
