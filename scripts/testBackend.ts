// Opens a TensorFlow.js backend in Node for tests and benches: plain JavaScript, WASM, or WebGPU through Dawn.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '../src/engine/tf.ts';
import { openDawnDevice } from './dawn.mjs';

/** What every test of tensor code runs on. */
export const TEST_BACKENDS = ['cpu', 'wasm', 'webgpu'] as const;
export type TestBackend = (typeof TEST_BACKENDS)[number];

/** Makes a backend the current one. @throws if it cannot be had: a missing adapter is a failure, not a skip. */
export async function useBackend(name: TestBackend): Promise<void> {
  if (name === 'wasm') {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    if (tf.findBackend('wasm') === null) setWasmPaths(`${dirname(entry)}/`);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  } else if (name === 'webgpu' && tf.findBackend('webgpu') === null) {
    const { device, adapter } = await openDawnDevice();
    const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
    // Else small tensors are computed beside the device, and tests of small sizes would run no shader.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu');
    tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  }
  if (!(await tf.setBackend(name))) throw new Error(`The ${name} backend did not start.`);
  await tf.ready();
}
