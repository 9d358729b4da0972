// Unit tests: everything beside the code in src/, and the scripts' own. They run in Node; those that
// need WebGPU open a device with scripts/dawn.mjs, under the Vulkan driver that is found here.
import { defineConfig } from 'vitest/config';
import { findVulkan } from './scripts/findVulkan.mjs';
import { NODE_ALIAS } from './scripts/nodeAlias.mjs';

// `npm test` has looked already, and has installed what was missing. Run by itself, Vitest only
// looks: without an adapter the tests that need one fail and say so.
if (process.env.GLASSBOX_VULKAN === undefined) {
  try {
    Object.assign(process.env, findVulkan().env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  process.env.GLASSBOX_VULKAN = 'looked';
}

export default defineConfig({
  resolve: { alias: NODE_ALIAS },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
    // A driver takes its settings from the environment when its process starts.
    pool: 'forks',
    maxWorkers: 2,
    // Software GPUs are slow, and shaders compile on first use.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
