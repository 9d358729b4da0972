// The page's policy as each server gives it: strict in the build, and in development only as much looser as its tools need.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { expect, it } from 'vitest';
import { contentPolicy } from './contentPolicy.mjs';

const directives = (policy: string): Map<string, string[]> =>
  new Map(policy.split('; ').map((part) => [part.split(' ', 1)[0] ?? '', part.split(' ').slice(1)]));

it('lets the built page run and load nothing but its own files, and fetch what a user names', () => {
  const policy = directives(contentPolicy(false));
  expect(policy.get('default-src')).toEqual(["'none'"]);
  expect(policy.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  for (const name of ['worker-src', 'style-src', 'img-src']) expect(policy.get(name)).toEqual(["'self'"]);
  for (const name of ['base-uri', 'form-action']) expect(policy.get(name)).toEqual(["'none'"]);
  expect(policy.get('connect-src')).toEqual(["'self'", 'https:', 'http:']);
});

it('stands before everything that it rules in the development server’s page', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const server = await createServer({
    root,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  try {
    const html = await server.transformIndexHtml('/', readFileSync(new URL('../index.html', import.meta.url), 'utf8'));
    const at = html.indexOf('http-equiv="Content-Security-Policy"');
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(html.indexOf('<script'));
    const told = /content="([^"]*default-src[^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    expect(told).toBe(contentPolicy(true));
    // Its own scripts are inline.
    expect(directives(told ?? '').get('script-src')).toContain("'unsafe-inline'");
    expect(directives(told ?? '').get('object-src')).toBeUndefined();
    expect(directives(told ?? '').get('default-src')).toEqual(["'none'"]);
  } finally {
    await server.close();
  }
});
