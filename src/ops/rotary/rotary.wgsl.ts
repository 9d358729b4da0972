// Rotary positions in WGSL: four columns at a time are two pairs, each turned by a cosine and a sine from a table.

/** Columns of x that are turned, and the table that they are turned by. */
export interface RotaryShape {
  /** The first columns of x: whole heads. */
  readonly rotated: number;
  readonly headSize: number;
  /** Tokens of a sequence. */
  readonly length: number;
}

export const ROTARY_FUNCTIONS: Readonly<Record<string, string>> = {
  rotary_turn: `fn rotary_turn(v: vec4f, factors: vec4f, turns: vec4<bool>) -> vec4f {
  return select(v, factors.xxzz * v + factors.yyww * vec4f(-v.y, v.x, -v.w, v.z), turns);
}`,
};

/**
 * Expression (vec4f) of four columns turned, or turned back.
 * @param x expression of their values @param table name of the buffer [L, D]
 */
export function rotaryExpression(
  { rotated, headSize, length }: RotaryShape,
  isInverse: boolean,
  [x = '', table = '']: readonly string[],
  row: string,
  col: string,
): string {
  const start = `${row} % ${length}u * ${headSize}u`;
  const sign = isInverse ? ' * vec4f(1.0, -1.0, 1.0, -1.0)' : '';
  // Whole heads of whole fours: all four columns belong to one head, and turn or do not.
  if (headSize % 4 === 0) {
    const factors = `${table}_vec4(${start} + ${col} % ${headSize}u)`;
    return `rotary_turn(${x}, ${factors}${sign}, vec4<bool>(${col} < ${rotated}u))`;
  }
  const at = (column: number): string =>
    `${table}_at(${start} + (${col} + ${column & 2}u) % ${headSize}u + ${column & 1}u)`;
  const turns = [0, 2].map((column) => `vec2<bool>(${col} + ${column}u < ${rotated}u)`);
  return `rotary_turn(${x}, vec4f(${[0, 1, 2, 3].map(at).join(', ')})${sign}, vec4<bool>(${turns.join(', ')}))`;
}
