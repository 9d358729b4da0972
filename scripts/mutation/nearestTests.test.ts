// Tests are found through imports: values only, by any number of steps, the nearest first.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nearestTests } from './nearestTests.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearest-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('what imports a file, the nearest first; types do not count', () => {
  const files: Record<string, string> = {
    'store.ts': 'export const store = 1;',
    'keeper.ts': "import {\n  store,\n} from './store.ts';\nexport const keeper = store;",
    'lazy.ts': "export const lazy = () => import('./keeper.ts');",
    'a.test.ts': "import { lazy } from './lazy.ts';",
    'b.test.ts': "import { keeper } from './keeper.ts';",
    'store.test.ts': "import { store } from './store.ts';",
    'c.test.ts': "import type { Store } from './store.ts';",
  };
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  const tests = Object.keys(files).filter((name) => name.includes('.test.'));
  const testsOf = nearestTests(tests.map((name) => join(folder, name)));
  expect(testsOf(join(folder, 'store.ts')).map((path) => basename(path))).toEqual([
    'store.test.ts',
    'b.test.ts',
    'a.test.ts',
  ]);
});
