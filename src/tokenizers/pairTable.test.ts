import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PAIR_ID, PairTable } from './pairTable.ts';

const id = fc.oneof(fc.nat(8), fc.nat(MAX_PAIR_ID));

describe('PairTable', () => {
  it('behaves as a Map of pairs, while it grows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(id, id, fc.nat(1000)), { maxLength: 200 }),
        fc.array(fc.tuple(id, id)),
        (sets, gets) => {
          const table = new PairTable();
          const map = new Map<string, number>();
          for (const [left, right, value] of sets) {
            table.set(left, right, value);
            map.set(`${left} ${right}`, value);
          }
          expect(table.size).toBe(map.size);
          for (const [left, right] of [...sets, ...gets]) {
            expect(table.get(left, right)).toBe(map.get(`${left} ${right}`) ?? -1);
          }
        },
      ),
    );
  });

  it('refuses ids that do not fit', () => {
    expect(() => new PairTable().set(MAX_PAIR_ID + 1, 0, 1)).toThrow(RangeError);
    expect(() => new PairTable().set(0, -1, 1)).toThrow(RangeError);
  });
});
