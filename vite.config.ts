// Build of the page and its worker. `base: './'` keeps every address relative, so that the
// built folder works from any sub-path of a static host.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
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
