// A small static file server: shows the built page as any static host would, with no special
// headers, at the root or under a sub-path. For this machine only; it is not meant for the internet.
// @ts-check
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** @type {Record<string, string>} */
const MIME_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * The file that an address asks for.
 * @param {string} root absolute folder
 * @param {string} base path that the folder is mounted at, with a slash at both ends
 * @param {string} pathname still percent-encoded
 * @returns {string | undefined} undefined where the address lies outside `base` or `root`, or is malformed
 */
function fileFor(root, base, pathname) {
  if (!pathname.startsWith(base)) return undefined;
  let relative;
  try {
    relative = decodeURIComponent(pathname.slice(base.length));
  } catch {
    return undefined;
  }
  if (relative.includes('\0')) return undefined;
  const file = resolve(root, `.${sep}${relative}`);
  if (file !== root && !file.startsWith(root + sep)) return undefined;
  return relative === '' || relative.endsWith('/') ? join(file, 'index.html') : file;
}

/**
 * Serves a folder until `close` is called.
 *
 * @param {{ root: string, base?: string, port?: number, host?: string }} options
 *   `base`: path to mount the folder at ("/" by default); `port`: 0 takes any free one
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 * @throws {NodeJS.ErrnoException} code EADDRINUSE where the port is taken
 */
export async function serveStatic({ root, base = '/', port = 0, host = '127.0.0.1' }) {
  const folder = resolve(root);
  const mount = `/${base.split('/').filter(Boolean).join('/')}/`.replace('//', '/');

  const server = createServer(async (request, response) => {
    /** @type {(status: number, headers?: import('node:http').OutgoingHttpHeaders) => void} */
    const answer = (status, headers = {}) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
      response.end(request.method === 'HEAD' ? undefined : `${status}\n`);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { allow: 'GET, HEAD' });
    // Not the URL class: it would resolve "..", and a leading "//" would name a host.
    const pathname = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
    if (`${pathname}/` === mount) return answer(308, { location: mount });
    const file = fileFor(folder, mount, pathname);
    const information = file === undefined ? undefined : await stat(file).catch(() => undefined);
    if (file === undefined || !information?.isFile()) return answer(404);
    response.writeHead(200, {
      'content-type': MIME_TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
      'content-length': information.size,
      // A build may replace files at any time.
      'cache-control': 'no-cache',
    });
    if (request.method === 'HEAD') return response.end();
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
    return undefined;
  });

  await new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => done(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://${host}:${address.port}${mount}`,
    port: address.port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
      base: { type: 'string', default: '/' },
      port: { type: 'string', default: '4173' },
    },
  });
  if (existsSync(join(values.root, 'index.html'))) {
    const server = await serveStatic({ root: values.root, base: values.base, port: Number(values.port) });
    console.log(`Serving ${values.root} at ${server.url}`);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());
  } else {
    console.error(`There is no built page in ${values.root}: run "npm run build" first.`);
    process.exitCode = 1;
  }
}
