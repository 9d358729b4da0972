// Loads TypeScript sources in plain Node, through Vite's transform. No bundle, no watcher, no server on any port.
// @ts-check
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { NODE_ALIAS } from '../scripts/nodeAlias.mjs';

/**
 * @param {string} path from the project's root, like '/src/model/gptModel.ts'
 * @returns {Promise<Record<string, any>>} the module
 */
export async function loadSource(path) {
  const server = await createServer({
    root: fileURLToPath(new URL('..', import.meta.url)),
    configFile: false,
    appType: 'custom',
    logLevel: 'warn',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    resolve: { alias: NODE_ALIAS },
  });
  return server.ssrLoadModule(path);
}
