// WGSL that reads and writes the columns of one head four by four, whatever its size, and that drops its weights.
import { dropoutFactor, DROPOUT_FUNCTIONS, dropoutStart } from '../dropout/dropout.wgsl.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import type { HeadShape } from './heads.ts';
import { range, STEP } from './rowBlocks.wgsl.ts';

/** Buffers whose rows consist of whole heads can be declared four by four. */
export const isAligned = ({ headSize }: HeadShape): boolean => headSize % 4 === 0;

/** `x_head(at, i)`: columns 4i … 4i + 3 of the head that begins at element `at` of buffer x; zeros beyond its end. */
export function headRead(buffer: string, shape: HeadShape): string {
  const body = isAligned(shape)
    ? `return ${buffer}_vec4(at + 4u * i);`
    : `var v = vec4f();
  for (var c = 0u; c < min(4u, ${shape.headSize}u - 4u * i); c++) { v[c] = ${buffer}_at(at + 4u * i + c); }
  return v;`;
  return `fn ${buffer}_head(at: u32, i: u32) -> vec4f {\n  ${body}\n}`;
}

/** `x_set_head(at, i, v)`: writes what `x_head` reads. */
export function headWrite(buffer: string, shape: HeadShape): string {
  const body = isAligned(shape)
    ? `${buffer}_set_vec4(at + 4u * i, v);`
    : `for (var c = 0u; c < min(4u, ${shape.headSize}u - 4u * i); c++) { ${buffer}_set(at + 4u * i + c, v[c]); }`;
  return `fn ${buffer}_set_head(at: u32, i: u32, v: vec4f) {\n  ${body}\n}`;
}

/** Statement that begins the mask, from buffer `dropout_key`; the shader has `DROPOUT_FUNCTIONS`. */
export const beginDropout = (dropout: DropoutSite): string =>
  `let dropout_start = ${dropoutStart('bitcast<u32>(dropout_key[0])', dropout)};`;

export const dropoutFunctions = Object.values(DROPOUT_FUNCTIONS).join('\n');

/**
 * Expression (vec4f) of the factors of four weights; the mask is that of [B, H, T, T].
 * @param row expression of a query's place in [B, H, T] @param query, key expressions of the tokens of the n-th weight
 */
export function droppedFactors(
  dropout: DropoutSite,
  { length }: HeadShape,
  row: (query: string) => string,
  query: (n: number) => string,
  key: (n: number) => string,
): string {
  const place = (n: number): string => `(${row(query(n))}) * ${length}u + ${key(n)}`;
  return `vec4f(${range(STEP, (n) => dropoutFactor('dropout_start', place(n), dropout), ', ')})`;
}
