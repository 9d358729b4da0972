// The host of one contestant in a Node process: WebGPU comes from Dawn, calls come from the process that forked this one.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDawn } from '../../scripts/dawn.mjs';
import type { Settings, Surroundings } from '../contestants/contestant.ts';
import type { TalesOptions } from '../tales.ts';
import { answerer } from './calls.ts';

/** A question of the forking process; its answer carries the same id. */
interface Question {
  readonly id: number;
  readonly call: string;
  readonly argument: unknown;
}

const WASM = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'] as const;

/** In a packed bench they lie beside this program. */
function wasmFiles(): Surroundings['wasmFiles'] {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = existsSync(join(here, WASM[0]))
    ? here
    : dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  const [plain, simd, threaded] = WASM;
  return { [plain]: join(folder, plain), [simd]: join(folder, simd), [threaded]: join(folder, threaded) };
}

/** Answers until the other side disconnects. */
export function serve(): void {
  const send = (message: object): void => void process.send?.(message);
  const surroundings: Surroundings = { wasmFiles: wasmFiles(), tell: (line) => send({ line }) };
  const answer = answerer(surroundings);
  const respond = async (call: string, argument: unknown): Promise<unknown> => {
    if (call === 'tales') {
      const { measureTales } = await import('../tales.ts');
      const options = argument as TalesOptions;
      if (options.backend === 'webgpu') installDawn();
      return measureTales(options, surroundings);
    }
    // The WASM backend looks for no GPU.
    if (call === 'open' && (argument as Settings).engine !== 'wasm') installDawn();
    return answer(call, argument);
  };
  process.on('message', ({ id, call, argument }: Question) => {
    respond(call, argument).then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, problem: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Devices and workers would keep the process.
  process.on('disconnect', () => process.exit(0));
  send({ ready: true });
}
