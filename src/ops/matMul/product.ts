// A matrix product as its shaders are made for it: sizes, where its operands' elements lie, and what follows. No WGSL.
import type { DeviceTraits, Finish, PlacedSpec } from '../../engine/kernel.ts';

/** Which operands are stored transposed: NN a [M, K] · b [K, N], NT with b [N, K], TN with a [K, M]. */
export type Layout = 'NN' | 'NT' | 'TN';

/** C [M, N] = the sum over K of A [M, K] · B [K, N], however A and B are stored. */
export interface Product {
  readonly label: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Operand;
  readonly b: Operand;
  /** Where the column sums of B [N] go besides, if they are asked for: output 1. */
  readonly columnSums: PlacedSpec | undefined;
  readonly finish: Finish;
  readonly traits: DeviceTraits;
}

/** A matrix as one side of a product sees it: `extent` rows of C for A, columns of C for B, each summed over `depth`. */
export interface Operand {
  readonly name: 'a' | 'b';
  readonly spec: PlacedSpec;
  readonly extent: number;
  readonly depth: number;
  /** The axis along which elements are neighbours in memory. */
  readonly along: 'extent' | 'depth';
  /** Elements of a row in memory. */
  readonly width: number;
  /** Rows are whole vec4s. */
  readonly aligned: boolean;
}

/** @throws RangeError if the operands' depths differ or are no matrices */
export function sizesOf(
  layout: Layout,
  a: { readonly shape: readonly number[] },
  b: { readonly shape: readonly number[] },
): { m: number; n: number; k: number } {
  const [a0 = 0, a1 = 0] = a.shape;
  const [b0 = 0, b1 = 0] = b.shape;
  const [m, k] = layout === 'TN' ? [a1, a0] : [a0, a1];
  const [depth, n] = layout === 'NT' ? [b1, b0] : [b0, b1];
  if (a.shape.length !== 2 || b.shape.length !== 2 || depth !== k) {
    throw new RangeError(`No ${layout} product of [${a.shape.join(', ')}] and [${b.shape.join(', ')}].`);
  }
  return { m, n, k };
}

export function productOf(
  layout: Layout,
  a: PlacedSpec,
  b: PlacedSpec,
  rest: Pick<Product, 'label' | 'columnSums' | 'finish' | 'traits'>,
): Product {
  const { m, n, k } = sizesOf(layout, a, b);
  return {
    m,
    n,
    k,
    a: operandOf('a', a, m, k, layout === 'TN' ? 'extent' : 'depth'),
    b: operandOf('b', b, n, k, layout === 'NT' ? 'depth' : 'extent'),
    ...rest,
  };
}

function operandOf(
  name: Operand['name'],
  spec: PlacedSpec,
  extent: number,
  depth: number,
  along: Operand['along'],
): Operand {
  const width = along === 'extent' ? extent : depth;
  return { name, spec, extent, depth, along, width, aligned: width % 4 === 0 };
}
