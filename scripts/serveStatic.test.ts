// The static server: content types, sub-paths, and what it must not give out.
import { mkdtemp, rm, mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveStatic } from './serveStatic.mjs';

let folder: string;
let server: Awaited<ReturnType<typeof serveStatic>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-serve-'));
  await mkdir(join(folder, 'site', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'site', 'index.html'), '<title>Glassbox</title>');
  await writeFile(join(folder, 'site', 'assets', 'a b.js'), 'export {};');
  await writeFile(join(folder, 'site', 'assets', 'tiny.wasm'), new Uint8Array([0, 97, 115, 109]));
  server = await serveStatic({ root: join(folder, 'site'), base: 'some/sub/path' });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** A request with the path exactly as written: `fetch` would resolve ".." before sending. */
function rawStatus(path: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((done, failed) => {
    request({ host: '127.0.0.1', port: server.port, path, method }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', failed)
      .end();
  });
}

describe('serveStatic', () => {
  it('serves the page under its sub-path only', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/some/sub/path/`);
    const page = await fetch(`${server.url}?run=1`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toBe('<title>Glassbox</title>');
    expect(await rawStatus('/')).toBe(404);
    expect(await rawStatus('/some/sub/path')).toBe(308);
  });

  it('gives scripts and WebAssembly the types that browsers insist on', async () => {
    const script = await fetch(new URL('assets/a%20b.js', server.url));
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const wasm = await fetch(new URL('assets/tiny.wasm', server.url));
    expect(wasm.headers.get('content-type')).toBe('application/wasm');
    expect((await wasm.arrayBuffer()).byteLength).toBe(4);
  });

  it('gives out nothing outside its folder', async () => {
    expect(await rawStatus('/some/sub/path/../../../secret.txt')).toBe(404);
    expect(await rawStatus('/some/sub/path/%2e%2e/secret.txt')).toBe(404);
    expect(await rawStatus('/some/sub/path/..%2fsecret.txt')).toBe(404);
    expect(await rawStatus('/some/sub/path/%zz')).toBe(404);
    expect(await rawStatus('/some/sub/path/assets')).toBe(404);
    expect(await rawStatus('/some/sub/path/', 'POST')).toBe(405);
  });

  it('says when its port is taken', async () => {
    await expect(serveStatic({ root: folder, port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
