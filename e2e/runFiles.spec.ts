// Run files: a damaged one is refused by name, one that would unpack to hundreds of megabytes at the size that texts may
// have, and one that is being read can be cancelled. The open run stays as it is.
import { readFileSync } from 'node:fs';
import { Gzip, strToU8, zipSync } from 'fflate';
import type { Page } from 'playwright/test';
import { crc32 } from '../src/checkpoint/crc32.ts';
import { expect, test } from './fixtures/page.ts';
import { button, ready, statusStep, stepTo, tinyRun } from './fixtures/tinyRun.ts';

const HEADER_AT = 16;

/** A run file with another header and other bytes behind its weights, its checksum right. */
function changed(
  file: Buffer,
  change: (header: Record<string, unknown>) => object,
  text: Uint8Array = new Uint8Array(),
): Buffer {
  const headerEnd = HEADER_AT + file.readUInt32LE(12);
  const header = JSON.parse(file.toString('utf8', HEADER_AT, headerEnd)) as Record<string, unknown>;
  const json = Buffer.from(JSON.stringify({ ...header, ...change(header), textBytes: text.length }));
  const start = Buffer.from(file.subarray(0, HEADER_AT));
  start.writeUInt32LE(json.length, 12);
  const content = Buffer.concat([start, json, file.subarray(headerEnd, -4), text]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(content));
  return Buffer.concat([content, sum]);
}

/** A gzipped text of so many megabytes, one letter over and over. */
function packed(megabytes: number, level: 0 | 1): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const gzip = new Gzip({ level }, (part) => void parts.push(part));
  gzip.push(strToU8('{"name":"long.txt","documents":["'));
  const piece = new Uint8Array(1024 ** 2).fill(97);
  for (let i = 0; i < megabytes; i++) gzip.push(piece);
  gzip.push(strToU8('"]}'), true);
  return Uint8Array.from(Buffer.concat(parts));
}

const load = (page: Page, name: string, buffer: Buffer): Promise<void> =>
  page.getByLabel('Run file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

test('run files that are no good are refused, and reading one can be cancelled', async ({ page, openApp }) => {
  await openApp(tinyRun());
  await ready(page);
  await stepTo(page, 2);
  await page.getByRole('button', { name: /^Runs/ }).click();
  const dialog = page.getByRole('dialog');
  const downloading = page.waitForEvent('download');
  await button(page, 'Save to file').click();
  const file = readFileSync(await (await downloading).path());
  const own = { kind: 'own', id: 'x', name: 'long.txt' };
  const withOwnText = (header: Record<string, unknown>) => ({ config: { ...(header.config as object), text: own } });

  await load(page, 'a.zip', Buffer.from(zipSync({ a: strToU8('no run') })));
  await expect(dialog.getByRole('alert')).toContainText('Glassbox');
  await load(
    page,
    'step.glassbox',
    changed(file, () => ({ step: 9_000_000 })),
  );
  await expect(dialog.getByRole('alert')).toContainText('9,000,000');
  await load(page, 'bomb.glassbox', changed(file, withOwnText, packed(150, 1)));
  await expect(dialog.getByRole('alert')).toContainText('50 MB', { timeout: 60_000 });

  await load(page, 'long.glassbox', changed(file, withOwnText, packed(30, 0)));
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(button(page, 'Save to file')).toBeEnabled();
  await expect(dialog.getByRole('alert')).toHaveCount(0);
  await page.keyboard.press('Escape');
  expect(await statusStep(page)).toBe(2);
  await stepTo(page, 3);
});
