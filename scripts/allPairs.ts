// A short list of settings in which every pair of values of any two settings occurs together (pairwise testing).

export type Choices = Readonly<Record<string, readonly unknown[]>>;
export type Settings<C extends Choices> = { [K in keyof C]: C[K][number] };

/** Greedy: each further row takes, setting by setting, the value that completes most pairs not seen so far. */
export function allPairs<C extends Choices>(choices: C): Settings<C>[] {
  const names = Object.keys(choices);
  const valuesOf = (name: string): readonly unknown[] => choices[name] ?? [];
  const missing = new Set<string>();
  const keyOf = (a: string, i: number, b: string, j: number): string =>
    a < b ? `${a} ${i} ${b} ${j}` : `${b} ${j} ${a} ${i}`;
  names.forEach((a, place) => {
    for (const b of names.slice(place + 1)) {
      valuesOf(a).forEach((_, i) => valuesOf(b).forEach((_, j) => missing.add(keyOf(a, i, b, j))));
    }
  });
  const rows: Map<string, number>[] = [];
  while (missing.size > 0) {
    const [first = ''] = missing;
    const [a = '', i = '0', b = '', j = '0'] = first.split(' ');
    const row = new Map([
      [a, Number(i)],
      [b, Number(j)],
    ]);
    for (const name of names) {
      if (row.has(name)) continue;
      const gains = valuesOf(name).map(
        (_, value) => [...row].filter(([other, index]) => missing.has(keyOf(name, value, other, index))).length,
      );
      row.set(name, gains.indexOf(Math.max(...gains)));
    }
    for (const [x, value] of row) for (const [y, other] of row) missing.delete(keyOf(x, value, y, other));
    rows.push(row);
  }
  return rows.map(
    (row) =>
      // Each name's index is one of its choices.
      Object.fromEntries([...row].map(([name, index]) => [name, valuesOf(name)[index]])) as Settings<C>,
  );
}
