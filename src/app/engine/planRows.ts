// A plan's dispatches as rows of a table: equal ones together or each by itself, with their shares of the whole.
import type { PlannedDispatch } from '../../protocol/messages.ts';

export interface PlanRow {
  /** Place of its first dispatch in the plan, from 1. */
  readonly place: number;
  readonly label: string;
  readonly variant: string;
  readonly shape: string;
  /** How many dispatches it stands for; the figures below are those of all together. */
  readonly count: number;
  readonly flops: number;
  /** Null where the device does not time single kernels. */
  readonly milliseconds: number | null;
  /** Null where nothing was timed or counted. */
  readonly gigaflopsPerSecond: number | null;
  /** Share of the time of all kernels, or of their floating-point operations where they are not timed; 0 … 1. */
  readonly share: number | null;
}

/** 'cost': equal dispatches together, what takes longest first; 'execution': each dispatch, as they run. */
export type PlanOrder = 'cost' | 'execution';

/** @returns true if every dispatch has a time. */
export const isTimed = (dispatches: readonly PlannedDispatch[]): boolean =>
  dispatches.length > 0 && dispatches.every(({ milliseconds }) => milliseconds !== null);

/** Milliseconds of all dispatches together; null where they are not all timed. */
export const totalMilliseconds = (dispatches: readonly PlannedDispatch[]): number | null =>
  isTimed(dispatches) ? sumOf(dispatches, ({ milliseconds }) => milliseconds ?? 0) : null;

export function planRows(dispatches: readonly PlannedDispatch[], order: PlanOrder): readonly PlanRow[] {
  const placed = dispatches.map((dispatch, at) => ({ ...dispatch, place: at + 1 }));
  const groups =
    order === 'execution'
      ? placed.map((dispatch) => [dispatch])
      : grouped(placed, ({ label, shape, variant }) => JSON.stringify([label, shape, variant]));
  const timed = isTimed(dispatches);
  const cost = ({ milliseconds, flops }: PlannedDispatch | PlanRow): number => (timed ? (milliseconds ?? 0) : flops);
  const whole = sumOf(dispatches, cost);
  const rows = groups.flatMap((group): PlanRow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { place, label, variant, shape } = first;
    const flops = sumOf(group, (dispatch) => dispatch.flops);
    const milliseconds = totalMilliseconds(group);
    return [
      {
        place,
        label,
        variant,
        shape,
        count: group.length,
        flops,
        milliseconds,
        gigaflopsPerSecond: milliseconds !== null && milliseconds > 0 && flops > 0 ? flops / milliseconds / 1e6 : null,
        share: whole > 0 ? sumOf(group, cost) / whole : null,
      },
    ];
  });
  return order === 'execution' ? rows : rows.toSorted((a, b) => cost(b) - cost(a));
}

/** Items of the same key together, in the order in which the keys first occur. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
