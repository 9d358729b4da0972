// What Vite resolves differently when it loads the engine in Node instead of a browser: for tests and benches.
// @ts-check
import { fileURLToPath } from 'node:url';

/** @type {Record<string, string>} */
export const NODE_ALIAS = {
  '@tensorflow/tfjs-core/dist/register_all_gradients': fileURLToPath(
    new URL('./registerGradients.mjs', import.meta.url),
  ),
};
