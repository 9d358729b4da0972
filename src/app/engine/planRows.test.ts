// Grouping a plan's dispatches, their shares, and the CSV of the table.
import { describe, expect, it } from 'vitest';
import type { PlannedDispatch } from '../../protocol/messages.ts';
import { planCsv } from './planCsv.ts';
import { isTimed, planRows, totalMilliseconds } from './planRows.ts';

const dispatch = (
  label: string,
  flops: number,
  milliseconds: number | null,
  variant = '',
  shape = '8 × 4',
): PlannedDispatch => ({ label, variant, shape, flops, milliseconds });

const PLAN = [
  dispatch('embed', 0, 0.5),
  dispatch('matMul NN', 4e6, 1, 'tile 64'),
  dispatch('gelu', 0, 0.25),
  dispatch('matMul NN', 4e6, 3, 'tile 64'),
  dispatch('matMul NN', 4e6, 1, 'tile 32'),
  dispatch('matMul NN', 4e6, 2.25, 'tile 64', '4 × 4'),
];
const untimed = PLAN.map((one) => ({ ...one, milliseconds: null }));

describe('planRows', () => {
  it('puts dispatches of equal kernel, form and shape together, what takes longest first', () => {
    const rows = planRows(PLAN, 'cost');
    expect(rows.map(({ label, variant, shape, count }) => [label, variant, shape, count])).toEqual([
      ['matMul NN', 'tile 64', '8 × 4', 2],
      ['matMul NN', 'tile 64', '4 × 4', 1],
      ['matMul NN', 'tile 32', '8 × 4', 1],
      ['embed', '', '8 × 4', 1],
      ['gelu', '', '8 × 4', 1],
    ]);
    expect(rows[0]).toMatchObject({ place: 2, flops: 8e6, milliseconds: 4, gigaflopsPerSecond: 2, share: 0.5 });
    expect(rows.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1);
  });

  it('tells kernels apart whose names only together are equal', () => {
    expect(planRows([dispatch('a', 1, 1, 'b c'), dispatch('a b', 1, 1, 'c')], 'cost')).toHaveLength(2);
  });

  it('keeps every dispatch by itself in order of execution', () => {
    const rows = planRows(PLAN, 'execution');
    expect(rows.map(({ label }) => label)).toEqual(PLAN.map(({ label }) => label));
    expect(rows.map(({ place, count }) => [place, count])).toEqual(PLAN.map((_, at) => [at + 1, 1]));
    expect(rows[3]).toMatchObject({ milliseconds: 3, share: 3 / 8 });
  });

  it('goes by floating-point operations where kernels are not timed', () => {
    const rows = planRows(untimed, 'cost');
    expect(rows.map(({ flops }) => flops)).toEqual([8e6, 4e6, 4e6, 0, 0]);
    expect(rows[0]).toMatchObject({ milliseconds: null, gigaflopsPerSecond: null, share: 0.5 });
    expect(rows.at(-1)?.share).toBe(0);
    // Equals stay in the order in which they run.
    expect(rows.map(({ place }) => place)).toEqual([2, 5, 6, 1, 3]);
  });

  it('gives no rate and no share where every time was rounded to 0', () => {
    const rows = planRows([dispatch('matMul NN', 4e6, 0), dispatch('gelu', 0, 0)], 'cost');
    expect(rows.map(({ gigaflopsPerSecond, share }) => [gigaflopsPerSecond, share])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('has no rows of an empty plan', () => {
    expect(planRows([], 'cost')).toEqual([]);
    expect(planRows([], 'execution')).toEqual([]);
  });
});

describe('the times of a plan', () => {
  it('count only if no dispatch lacks one', () => {
    expect([isTimed(PLAN), isTimed(untimed), isTimed([]), isTimed([...PLAN, ...untimed])]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(totalMilliseconds(PLAN)).toBe(8);
    expect(totalMilliseconds([...PLAN, ...untimed])).toBeNull();
  });
});

describe('planCsv', () => {
  it('writes one line per row, quotes what needs it, and leaves out what was not measured', () => {
    const rows = planRows(
      [dispatch('norm, then "scale"', 0, null), dispatch('matMul NN', 2e6, null, 'tile 64')],
      'execution',
    );
    expect(planCsv(rows).split('\r\n')).toEqual([
      'place,kernel,variant,shape,dispatches,milliseconds,flops,gflops_per_second,share',
      '1,"norm, then ""scale""",,8 × 4,1,,0,,0',
      '2,matMul NN,tile 64,8 × 4,1,,2000000,,1',
      '',
    ]);
  });

  it('gives six digits of times, rates and shares', () => {
    const rows = planRows([dispatch('a', 1e6, 1 / 3), dispatch('b', 0, 2 / 3)], 'execution');
    expect(planCsv(rows).split('\r\n')[1]).toBe('1,a,,8 × 4,1,0.333333,1000000,3,0.333333');
  });
});
