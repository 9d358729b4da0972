// The table of import directions, and that the linter as configured really refuses what it forbids.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importRefusal, MAY_IMPORT } from './importDirections.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function allows(importer: string, specifier: string, kind: 'value' | 'type' | 'address' = 'value'): boolean {
  return importRefusal(`/somewhere/src/${importer}`, specifier, kind) === undefined;
}

describe('importRefusal', () => {
  it('lets imports run down the layers and refuses the way up', () => {
    const arrows = ['app state', 'state client', 'client protocol', 'worker protocol', 'worker training'];
    for (const arrow of [...arrows, 'training model', 'model ops', 'ops engine', 'engine random']) {
      const [upper, lower] = arrow.split(' ');
      expect(allows(`${upper}/a.ts`, `../${lower}/b.ts`), `${upper} → ${lower}`).toBe(true);
      expect(allows(`${lower}/a.ts`, `../${upper}/b.ts`), `${lower} → ${upper}`).toBe(false);
    }
    expect(allows('app/App.tsx', '../client/engineClient.ts')).toBe(false);
    expect(allows('protocol/a.ts', '../worker/session.ts', 'type')).toBe(false);
    expect(allows('training/a.ts', '../checkpoint/b.ts')).toBe(false);
  });

  it('never lets one table entry import another that imports it back', () => {
    for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
      for (const other of allowed) {
        const back = MAY_IMPORT[other.replace('types of ', '').split('/', 1)[0] ?? ''] ?? [];
        expect(back, `${folder} ⇄ ${other}`).not.toContain(folder);
      }
    }
  });

  it('keeps the model in double precision independent of what it checks', () => {
    for (const other of ['model', 'ops', 'engine', 'inspection', 'random', 'config']) {
      expect(allows('float64/decoder.ts', `../${other}/a.ts`), other).toBe(false);
    }
    expect(allows('float64/decoder.ts', '../config/runConfig.ts', 'type')).toBe(true);
    expect(allows('inspection/evidence/a.ts', '../../float64/decoder.ts')).toBe(true);
    expect(allows('training/a.ts', '../float64/decoder.ts')).toBe(false);
  });

  it('goes by the real folder, not by the spelling', () => {
    expect(allows('app/panels/train/Button.tsx', '../data/TextPicker.tsx')).toBe(true);
    expect(allows('app/panels/train/Button.tsx', '../../../data/packing.ts')).toBe(false);
    expect(allows('ops/attention/attention.ts', './../../app/App.tsx')).toBe(false);
    expect(allows('ops/attention/attention.ts', '../../../scripts/dawn.mjs')).toBe(false);
  });

  it('opens single files and types only where the table says so', () => {
    expect(allows('app/a.tsx', '../data/textCatalog.ts')).toBe(true);
    expect(allows('app/a.tsx', '../data/tales.ts')).toBe(false);
    expect(allows('training/a.ts', '../protocol/messages.ts', 'type')).toBe(true);
    expect(allows('training/a.ts', '../protocol/messages.ts')).toBe(false);
  });

  it('lets only the client name the worker, and only by its address', () => {
    expect(allows('client/a.ts', '../worker/worker.ts', 'address')).toBe(true);
    expect(allows('client/a.ts', '../worker/worker.ts')).toBe(false);
    expect(allows('state/a.ts', '../worker/worker.ts', 'address')).toBe(false);
  });

  it('keeps packages on their side', () => {
    expect(allows('engine/a.ts', '@tensorflow/tfjs')).toBe(true);
    expect(allows('model/a.ts', '@tensorflow/tfjs')).toBe(false);
    expect(allows('worker/a.ts', '@tensorflow/tfjs-backend-wasm/dist/a.wasm?url')).toBe(true);
    expect(allows('app/a.tsx', '@tensorflow/tfjs-backend-wasm/dist/a.wasm?url')).toBe(false);
    expect(allows('app/a.tsx', 'react')).toBe(true);
    expect(allows('training/a.ts', 'react')).toBe(false);
    expect(allows('app/a.tsx', 'gpt-tokenizer/encoding/r50k_base')).toBe(false);
    expect(allows('config/a.ts', 'valibot')).toBe(true);
    expect(allows('config/a.ts', 'idb')).toBe(false);
    expect(allows('random/a.ts', 'valibot')).toBe(false);
    expect(allows('data/a.ts', 'node:fs')).toBe(false);
  });
});

describe('the linter', () => {
  it('refuses forbidden imports in every form, and nothing that is allowed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-lint-'));
    try {
      mkdirSync(join(folder, 'src', 'ops'), { recursive: true });
      const lines = [
        "import { device } from '../engine/device.ts';",
        "import { App } from '../app/App.tsx';",
        "import type { Command } from '../protocol/messages.ts';",
        "export { run } from '../worker/session.ts';",
        "export * from '../state/runStore.ts';",
        "export const lazy = () => import('../training/trainer.ts');",
        "export const address = new URL('../worker/worker.ts', import.meta.url);",
        "export type Lazy = import('../client/engine.ts').Engine;",
        "import { tensor } from '@tensorflow/tfjs';",
        'export const used = [device, App, tensor];',
        'export type Used = Command;',
      ];
      const file = join(folder, 'src', 'ops', 'forbidden.ts');
      writeFileSync(file, `${lines.join('\n')}\n`);

      const oxlint = join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin', 'oxlint');
      const run = spawnSync(process.execPath, [oxlint, '-c', '.oxlintrc.json', '-f', 'json', file], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      expect(run.status, run.stdout + run.stderr).toBe(1);
      const report: { diagnostics: { code: string; labels: { span: { line: number } }[] }[] } = JSON.parse(run.stdout);
      const refusedLines = report.diagnostics
        .filter(({ code }) => code === 'glassbox(import-directions)')
        .map(({ labels }) => labels[0]?.span.line ?? 0);
      expect(refusedLines.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
