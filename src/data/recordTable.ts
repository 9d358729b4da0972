// Records of a table or of JSON, however their file writes them: fields by name, values by record and field.
// `csvTable.ts` and `jsonTable.ts` make them; which fields are text is `textFields.ts`.

export interface RecordTable {
  /** Records, a table's header not among them. */
  readonly count: number;
  /** Names are distinct, not empty, and free of braces. */
  readonly fields: readonly string[];
  /** "row 7", "line 3", "record 5": where a person finds a record in the file. */
  readonly placeOf: (record: number) => string;
  /** Reads values. @param taken the fields that will be taken: what a row has too much of goes to the last of them */
  readonly reader: (taken: readonly string[]) => (record: number, field: string) => unknown;
  /** What does not fit, each a sentence that names the first place. @param taken as for `reader` */
  readonly remarks: (taken: readonly string[]) => string[];
  /** Whether a record that is itself a text is that text, whatever the template says. */
  readonly textItself: (record: number) => string | undefined;
}

/** Names as the fields of a table need them: none empty, none twice, no braces, which templates need for themselves. */
export function distinctNames(names: readonly string[], unit: 'column' | 'field'): string[] {
  const seen = new Set<string>();
  return names.map((name, index) => {
    const plain = name.trim().replaceAll('{', '(').replaceAll('}', ')').replaceAll(/\s+/g, ' ');
    const base = plain === '' ? `${unit} ${index + 1}` : plain;
    let distinct = base;
    for (let number = 2; seen.has(distinct); number++) distinct = `${base} (${number})`;
    seen.add(distinct);
    return distinct;
  });
}

/** Up to `most` numbers from 0 … count − 1, evenly spread. */
export function evenSample(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: most }, (_, index) => Math.floor((index * count) / most));
}
