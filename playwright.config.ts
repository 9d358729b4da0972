// Browser tests: the built page in a real Chromium, served from a sub-path as a static host would.
// Once with WebGPU on Chromium's software adapter, once without WebGPU (files *.nowebgpu.spec.ts).
import { createServer } from 'node:net';
import { defineConfig } from 'playwright/test';
import { findChromium } from './scripts/findChromium.mjs';

const SUB_PATH = '/some/sub/path/';
const NO_WEBGPU_FILES = '**/*.nowebgpu.spec.ts';
const QUIET_FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const WEBGPU_FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') failed(new Error('No free port.'));
        else done(address.port);
      });
    });
  });
}

// Each of the runner's processes reads this file: the first settles both, the others inherit them.
process.env.GLASSBOX_CHROMIUM ??= findChromium();
process.env.GLASSBOX_E2E_PORT ??= String(await freePort());
const executablePath = process.env.GLASSBOX_CHROMIUM;
const port = process.env.GLASSBOX_E2E_PORT;
const url = `http://127.0.0.1:${port}${SUB_PATH}`;

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  forbidOnly: true,
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/test/e2e.json' }]],
  use: { baseURL: url, trace: 'off', screenshot: 'only-on-failure' },
  webServer: {
    command: `node scripts/serveStatic.mjs --port ${port} --base ${SUB_PATH}`,
    url,
    reuseExistingServer: false,
    timeout: 30_000,
  },
  projects: [
    {
      name: 'webgpu',
      testIgnore: NO_WEBGPU_FILES,
      use: { launchOptions: { executablePath, args: [...QUIET_FLAGS, ...WEBGPU_FLAGS] } },
    },
    {
      name: 'no-webgpu',
      testMatch: NO_WEBGPU_FILES,
      use: { launchOptions: { executablePath, args: QUIET_FLAGS } },
    },
  ],
});
