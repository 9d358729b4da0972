// Opens a backend in Node the way the page's worker does, with what a browser would bring along. Measures nothing.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { installDawn } from '../scripts/dawn.mjs';
import { openBackend, type Backend, type OpenBackend } from '../src/engine/backends.ts';

export async function openInNode(name: Backend): Promise<OpenBackend> {
  if (name === 'webgpu') installDawn();
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return openBackend(name, {
    'tfjs-backend-wasm.wasm': join(folder, 'tfjs-backend-wasm.wasm'),
    'tfjs-backend-wasm-simd.wasm': join(folder, 'tfjs-backend-wasm-simd.wasm'),
    'tfjs-backend-wasm-threaded-simd.wasm': join(folder, 'tfjs-backend-wasm-threaded-simd.wasm'),
  });
}
