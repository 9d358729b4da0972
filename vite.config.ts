// Build of the page and its worker. `base: './'` keeps every address relative, so that the
// built folder works from any sub-path of a static host.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { contentPolicyPlugin } from './scripts/contentPolicy.mjs';

/**
 * The worker's entry, and what it loads later. All else of the worker is one chunk apart, so that no module imports from
 * the entry: WebKit would evaluate it a second time, and two engines would answer.
 */
const NOT_ENGINE = /src\/worker\/worker\.ts|tfjs-backend-|gpt-tokenizer|rolldown\/runtime/;

export default defineConfig({
  base: './',
  plugins: [react(), contentPolicyPlugin()],
  worker: {
    format: 'es',
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'engine', test: (id) => !NOT_ENGINE.test(id) }] } },
    },
  },
  // The worker is found late by the development server; bundled apart, TensorFlow.js would be there twice.
  optimizeDeps: {
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/register_all_gradients',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
      'gpt-tokenizer/bpeRanks/r50k_base',
      '@noble/hashes/sha2.js',
      'fflate',
      'idb',
      'valibot',
    ],
  },
  build: { target: 'es2023', sourcemap: false, manifest: true, chunkSizeWarningLimit: 4000 },
});
