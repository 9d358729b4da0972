// `npm start`: builds the page where the last build is out of date, serves it on this machine and
// opens it in the default browser. Options: --port N, --host H, --no-open.
// @ts-check
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildIfOld } from './buildIfOld.mjs';
import { serveStatic } from './serveStatic.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const DEFAULT_PORT = 4173;
const PORTS_TO_TRY = 20;

/**
 * Opens the default browser, where there is a screen. Failing to is no error: the address is printed.
 * @param {string} url
 */
function openBrowser(url) {
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (process.env.CI || !hasScreen) return;
  /** @type {[string, string[]]} */
  const [command, commandArguments] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]];
  spawn(command, commandArguments, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

/**
 * @param {string} host
 * @param {number} wantedPort
 */
async function serveOnFreePort(host, wantedPort) {
  for (let port = wantedPort; port < wantedPort + PORTS_TO_TRY && port < 65_536; port++) {
    try {
      const server = await serveStatic({ root: DIST, port, host });
      if (port !== wantedPort) {
        console.log(`Port ${wantedPort} is busy, so Glassbox is at ${port}. (Browsers keep saved runs per address.)`);
      }
      return server;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
  throw new Error(`Ports ${wantedPort} to ${wantedPort + PORTS_TO_TRY - 1} are all busy: choose another with --port.`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: String(DEFAULT_PORT) },
      host: { type: 'string', default: '127.0.0.1' },
      'no-open': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`--port ${values.port} is not a port: give a whole number from 1 to 65535.`);
  }

  await buildIfOld();
  const server = await serveOnFreePort(values.host, port);
  console.log(`Glassbox is at ${server.url}  (Ctrl-C ends it)`);
  if (!values['no-open']) openBrowser(server.url);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
