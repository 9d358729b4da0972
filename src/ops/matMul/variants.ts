// The ways to run a matrix product, by name, and which of them are worth timing for a product on a device.
import type { DeviceTraits } from '../../engine/kernel.ts';
import type { Product } from './product.ts';

/** `register 16x4 wg 8 broadcast splitK 2`: sums stay in registers, operands are read from memory directly. */
export interface RegisterVariant {
  readonly family: 'register';
  /** Rows of C per thread; rounded up to a multiple of four where A is stored transposed. */
  readonly rows: number;
  /** Columns of C per thread, in groups of four. */
  readonly columns: number;
  /** Threads of a workgroup, side by side along the columns: all share their rows. */
  readonly group: number;
  /** Each lane of a subgroup reads a part of A only, and hands it to the others. */
  readonly broadcast: boolean;
  readonly splitK: number;
}

/** `shared 64x64x16 8x8 splitK 4`: tiles of A and B are staged in workgroup memory. */
export interface SharedVariant {
  readonly family: 'shared';
  /** The workgroup's tile: rows and columns of C, and terms of the sum that are staged at a time. */
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tileDepth: number;
  /** Rows and columns of C per thread, multiples of four. */
  readonly rows: number;
  readonly columns: number;
  readonly splitK: number;
}

export type Variant = RegisterVariant | SharedVariant;

const REGISTER = /^register (\d+)x(\d+) wg (\d+)( broadcast)?(?: splitK (\d+))?$/;
const SHARED = /^shared (\d+)x(\d+)x(\d+) (\d+)x(\d+)(?: splitK (\d+))?$/;

/** @throws RangeError for a name that is none */
export function parseVariant(name: string): Variant {
  const register = REGISTER.exec(name);
  if (register) {
    const [rows = 0, columns = 0, group = 0] = register.slice(1, 4).map(Number);
    const [broadcast, splitK] = [register[4] !== undefined, Number(register[5] ?? 1)];
    return { family: 'register', rows, columns, group, broadcast, splitK };
  }
  const shared = SHARED.exec(name);
  if (shared) {
    const [tileRows = 0, tileColumns = 0, tileDepth = 0, rows = 0, columns = 0] = shared.slice(1, 6).map(Number);
    return { family: 'shared', tileRows, tileColumns, tileDepth, rows, columns, splitK: Number(shared[6] ?? 1) };
  }
  throw new RangeError(`No variant of a matrix product is called "${name}".`);
}

const threadsOf = (variant: Variant): number =>
  variant.family === 'register'
    ? variant.group
    : (variant.tileRows / variant.rows) * (variant.tileColumns / variant.columns);

/** Bytes of workgroup memory that a variant uses. */
const sharedBytesOf = (variant: Variant): number =>
  variant.family === 'register' ? 0 : 4 * variant.tileDepth * (variant.tileRows + variant.tileColumns);

export function runsOn(name: string, traits: DeviceTraits): boolean {
  const variant = parseVariant(name);
  return (
    threadsOf(variant) <= traits.maxWorkgroupInvocations &&
    sharedBytesOf(variant) <= traits.maxWorkgroupStorageBytes &&
    (traits.subgroups || variant.family === 'shared' || !variant.broadcast)
  );
}

/** Every kind of variant that `variantsFor` names; there the number of threads and of parts of a sum may differ. */
export const ALL_VARIANTS: readonly string[] = [
  'register 1x4 wg 16 broadcast',
  'register 8x4 wg 8 broadcast',
  'register 16x4 wg 16 broadcast',
  'register 16x8 wg 4 broadcast',
  'register 2x4 wg 64 splitK 4',
  'register 4x4 wg 64',
  'register 8x4 wg 16',
  'shared 32x32x16 4x4',
  'shared 64x64x16 4x4 splitK 2',
  'shared 64x64x16 8x8',
  'shared 128x64x16 8x8',
];

/** What to time for a product on a device, the likely best first. */
export function variantsFor(product: Product): readonly string[] {
  const names = product.traits.software ? softwareVariants(product) : hardwareVariants(product);
  return [...new Set(names)].filter((name) => runsOn(name, product.traits)).slice(0, 5);
}

/** The smallest number of rows per thread that covers a product with few rows. */
const fewRows = (m: number): number => (m <= 1 ? 1 : m <= 2 ? 2 : m <= 4 ? 4 : 8);

// On a CPU's vector units reading one number per lane costs as much as ten to twenty multiply-adds, whatever the
// addresses. So threads take many rows, and lanes share what they read of A.
function softwareVariants({ m, n, k, traits }: Product): string[] {
  const group = groupFor(n, 4, [16, 8]);
  if (!traits.subgroups) return [`register ${fewRows(m)}x4 wg ${group}`];
  if (m <= 8) return [`register ${fewRows(m)}x4 wg ${group} broadcast`];
  // So small that compiling takes longer than a whole run's products: little code.
  if (m * n * k < 1 << 17) return [`register 4x4 wg ${group} broadcast`];
  // The wider tile is often the faster one on SwiftShader, the narrower on lavapipe; it compiles in half the time, which
  // counts for more unless products are large.
  const narrow = `register 16x4 wg ${group} broadcast`;
  return m * n * k < 1 << 25 ? [narrow] : [narrow, `register 16x8 wg ${groupFor(n, 8, [8, 4])} broadcast`];
}

/** Of two numbers of threads side by side the greater, unless far more of its threads would lie beyond the width. */
function groupFor(width: number, columns: number, [large, small]: readonly [number, number]): number {
  const covered = (group: number): number => Math.ceil(width / (group * columns)) * group;
  return covered(small) < 0.8 * covered(large) ? small : large;
}

/** Workgroups that keep a middling GPU busy. */
const ENOUGH_WORKGROUPS = 128;

function hardwareVariants(product: Product): string[] {
  const { m, n, k } = product;
  if (m <= 8) {
    const rows = fewRows(m);
    const splitK = splitOf(Math.ceil(n / 256), k, 32);
    const thread = `register ${rows}x4 wg 64`;
    return [withSplit(thread, splitK), thread, `register ${rows}x4 wg 16`];
  }
  const tiles = Math.ceil(m / 64) * Math.ceil(n / 64);
  // Sums in parts cost a dispatch more; they are for the gradients of weights, whose sums are long and whose tiles few.
  const splitK = product.a.along === 'extent' ? splitOf(tiles, k, 64) : 1;
  const big = ['shared 64x64x16 8x8', 'shared 64x64x16 4x4'];
  const small = ['shared 32x32x16 4x4', 'register 8x4 wg 16'];
  if (splitK > 1) return [...big.map((name) => withSplit(name, splitK)), ...small, 'shared 64x64x16 4x4'];
  return tiles >= ENOUGH_WORKGROUPS
    ? ['shared 64x64x16 8x8', 'shared 128x64x16 8x8', 'shared 64x64x16 4x4', 'register 8x4 wg 64']
    : [...small, ...big, 'register 4x4 wg 64'];
}

/** Parts of a sum of k terms, a power of two, so that there are enough workgroups, each with `least` terms or more. */
function splitOf(workgroups: number, k: number, least: number): number {
  let parts = 1;
  while (parts < 16 && workgroups * parts < ENOUGH_WORKGROUPS && k >= 2 * parts * least) parts *= 2;
  return parts;
}

const withSplit = (name: string, splitK: number): string => (splitK > 1 ? `${name} splitK ${splitK}` : name);
