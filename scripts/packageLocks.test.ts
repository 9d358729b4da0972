// The lock files install on every platform: each optional package that any package names is locked too, and none
// names the host that a package came from.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

const ROOT = new URL('../', import.meta.url);

function packagesOf(lock: string): [string, Locked][] {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(readFileSync(new URL(lock, ROOT), 'utf8'));
  return Object.entries(packages);
}

/** Where Node looks for a package from inside another, nearest first. */
function placesOf(name: string, from: string): string[] {
  const parents = from
    .split('/node_modules/')
    .map((_, depth, parts) => parts.slice(0, depth + 1).join('/node_modules/'));
  return [...parents.toReversed().map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`];
}

describe.each(['package-lock.json', 'bench/peers/package-lock.json'])('%s', (lock) => {
  it('holds the optional packages of every platform', () => {
    const packages = packagesOf(lock);
    const places = new Set(packages.map(([place]) => place));
    const asked = packages.flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => ({ from, name })),
    );
    expect(asked.length).toBeGreaterThan(5);
    const missing = asked.filter(({ from, name }) => !placesOf(name, from).some((place) => places.has(place)));
    expect(missing).toEqual([]);
  });

  it('names no registry', () => {
    expect(packagesOf(lock).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});
