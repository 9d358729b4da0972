// Build of the page and its worker. `base: './'` keeps every address relative, so that the
// built folder works from any sub-path of a static host.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: { target: 'es2023', sourcemap: false, manifest: true, chunkSizeWarningLimit: 4000 },
});
