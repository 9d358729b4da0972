// The size budget: what counts as loaded first, and that the check refuses what it should.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUDGET_BYTES, bundleProblems, initialScripts, workerEntryProblems } from './checkBundle.mjs';

let dist: string;

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'glassbox-bundle-'));
  mkdirSync(join(dist, '.vite'));
});
afterEach(() => rmSync(dist, { recursive: true }));

function writeBuild(contents: { entry: string; shared: string; lazy: string }): void {
  const manifest = {
    'index.html': {
      file: 'entry.js',
      isEntry: true,
      imports: ['_shared.js'],
      dynamicImports: ['src/lazy.ts'],
      css: ['entry.css'],
    },
    // Chunks may import each other in a circle.
    '_shared.js': { file: 'shared.js', imports: ['index.html'] },
    'src/lazy.ts': { file: 'lazy.js', isDynamicEntry: true },
  };
  writeFileSync(join(dist, '.vite', 'manifest.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(dist, `${name}.js`), text);
}

describe('checkBundle', () => {
  it('counts the entry and its static imports, not what loads later', () => {
    writeBuild({ entry: 'a()', shared: 'b()', lazy: 'registerBackend' });
    const chunks = initialScripts(dist);
    expect(chunks.map(({ file }) => file).toSorted()).toEqual(['entry.js', 'shared.js']);
    expect(bundleProblems(chunks)).toEqual([]);
  });

  it('refuses more than the budget, measured compressed', () => {
    writeBuild({ entry: 'x'.repeat(10 * BUDGET_BYTES), shared: '', lazy: '' });
    expect(bundleProblems(initialScripts(dist))).toEqual([]);
    writeBuild({ entry: randomBytes(BUDGET_BYTES).toString('base64'), shared: '', lazy: '' });
    expect(bundleProblems(initialScripts(dist))).toEqual([expect.stringContaining('the budget is 200.0 kB')]);
  });

  it('refuses TensorFlow.js and token tables in the page', () => {
    writeBuild({ entry: 'e.registerBackend("cpu")', shared: '[" SolidGoldMagikarp"]', lazy: '' });
    expect(bundleProblems(initialScripts(dist)).toSorted()).toEqual([
      'entry.js contains TensorFlow.js, which only the worker may load.',
      'shared.js contains the token table of gpt-tokenizer, which only the worker may load.',
    ]);
  });

  it('refuses a script that imports from the worker’s entry', () => {
    const assets = join(dist, 'assets');
    mkdirSync(assets);
    writeFileSync(join(assets, 'index-1.js'), 'new Worker(new URL("" + new URL("worker-2.js", import.meta.url).href))');
    writeFileSync(join(assets, 'worker-2.js'), 'import{a}from"./engine-3.js";');
    writeFileSync(join(assets, 'engine-3.js'), 'import("./later-4.js")');
    writeFileSync(join(assets, 'later-4.js'), 'import{a}from"./engine-3.js";');
    expect(workerEntryProblems(dist)).toEqual([]);
    writeFileSync(join(assets, 'later-4.js'), 'import{a}from"./worker-2.js";');
    expect(workerEntryProblems(dist)).toEqual([expect.stringMatching(/later-4\.js.*worker-2\.js/)]);
  });

  it('says what to do where nothing is built', () => {
    expect(() => initialScripts(dist)).toThrow('npm run build');
  });
});
