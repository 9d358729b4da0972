// Which unit tests reach a source file through their imports, the nearest first.
// @ts-check
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** An import that stays when types are gone, of a file of ours. */
const IMPORT = /^(?:import|export) (?!type )(?:[^;'"]*? from )?'(\.[^'?]+)(?:\?[^']*)?'|import\('(\.[^'?]+)'\)/gms;

/** @type {(folder: string, fits: (name: string) => boolean) => string[]} */
export function filesBelow(folder, fits) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, fits);
      return fits(entry.name) ? [path] : [];
    })
    .sort();
}

/** @type {(path: string) => string[]} */
function importsOf(path) {
  const found = readFileSync(path, 'utf8').matchAll(IMPORT);
  return [...found]
    .map(([, first, second]) => join(dirname(path), first ?? second ?? ''))
    .filter((target) => /\.(ts|tsx|mjs)$/.test(target) && existsSync(target));
}

/**
 * @param {string[]} tests absolute paths of all unit tests
 * @returns {(file: string) => string[]} the tests that import a file, by whatever way, the nearest first: of equally
 *   near ones first that with the file's own name, then those of its folder
 */
export function nearestTests(tests) {
  /** @type {Map<string, string[]>} */
  const importers = new Map();
  const seen = new Set(tests);
  for (const path of seen) {
    for (const target of importsOf(path)) {
      importers.set(target, [...(importers.get(target) ?? []), path]);
      seen.add(target);
    }
  }
  const isTest = new Set(tests);
  return (file) => {
    const distances = new Map([[file, 0]]);
    for (const [path, distance] of distances) {
      for (const importer of importers.get(path) ?? [])
        if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
    /** @type {(test: string) => number} */
    const closeness = (test) =>
      (distances.get(test) ?? 0) -
      (dirname(test) === dirname(file) ? 0.25 : 0) -
      (basename(test).split('.')[0] === basename(file).split('.')[0] ? 10 : 0);
    return [...distances.keys()]
      .filter((path) => isTest.has(path))
      .sort((a, b) => closeness(a) - closeness(b) || a.localeCompare(b));
  };
}
