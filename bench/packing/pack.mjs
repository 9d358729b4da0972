// `npm run bench:pack`: makes one folder that runs the bench on a Linux x86-64 machine with neither network nor Node:
// Node itself, Dawn, the bench in bundles, a start script. There: `sh run.sh train --against genai --json figures.json`.
// @ts-check
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { commit } from '../circumstances.mjs';
import { installPeers } from '../peers/install.mjs';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const MOST_BYTES = 60e6;
const DAWN = 'dist/linux-x64/dawn.node';
const LOADERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib/chromium', '/opt/google/chrome'];

const require = createRequire(import.meta.url);
const packageFolder = (/** @type {string} */ name) => dirname(require.resolve(name));

/** @param {string} outDir */
const bundle = (outDir) =>
  build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    define: { 'import.meta.env.PACKED_COMMIT': JSON.stringify(commit()) },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node20',
      minify: true,
      rolldownOptions: {
        input: { bench: join(HERE, 'packed.mjs'), child: join(HERE, 'packedChild.ts') },
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });

/**
 * @param {string} from
 * @param {string} to
 */
function compress(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(`${to}.gz`, gzipSync(readFileSync(from), { level: constants.Z_BEST_COMPRESSION }));
}

/** @type {(folder: string) => string[]} paths of all files in it, relative to it */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile());

async function main() {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join(ROOT, 'bench/pack') },
      'no-peer': { type: 'boolean', default: false },
    },
  });
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `A pack holds this machine's Node, so it is made on Linux x86-64, not on ${process.platform} ${process.arch}.`,
    );
  }
  if (!values['no-peer']) installPeers();
  const out = resolve(values.out);
  const files = join(out, 'files');
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, 'run.sh'))) {
    throw new Error(`${out} holds something else: choose an empty folder with --out.`);
  }
  rmSync(out, { recursive: true, force: true });
  mkdirSync(files, { recursive: true });

  const bundles = join(ROOT, '.cache/bench-bundles');
  await bundle(bundles);
  for (const name of filesIn(bundles)) compress(join(bundles, name), join(files, name));
  const wasm = packageFolder('@tensorflow/tfjs-backend-wasm');
  for (const name of readdirSync(wasm).filter((file) => file.endsWith('.wasm'))) {
    compress(join(wasm, name), join(files, name));
  }
  compress(join(packageFolder('webgpu'), DAWN), join(files, DAWN));
  compress(process.execPath, join(files, 'node'));
  const loader = LOADERS.map((folder) => join(folder, 'libvulkan.so.1')).find(existsSync);
  if (loader) compress(loader, join(files, 'loader/libvulkan.so.1'));
  else console.log('No Vulkan loader was found to take along: the other machine needs its own.');
  copyFileSync(join(HERE, 'run.sh'), join(out, 'run.sh'));

  const bytes = filesIn(out).reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
  console.log(`${out}: ${(bytes / 1e6).toFixed(1)} MB. There: sh run.sh --help`);
  if (bytes > MOST_BYTES) throw new Error(`That is more than the ${MOST_BYTES / 1e6} MB that a pack may have.`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
