// Backends as the engine opens and measures them: what they hold, how fast they say they are, what a lost device does.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { installDawn } from '../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../scripts/testBackend.ts';
import { closeBackend, heldMemory, offerOf, openBackend, type WasmFiles } from './backends.ts';
import * as tf from './tf.ts';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const file = (name: string): string => join(folder, name);
const wasmFiles: WasmFiles = {
  'tfjs-backend-wasm.wasm': file('tfjs-backend-wasm.wasm'),
  'tfjs-backend-wasm-simd.wasm': file('tfjs-backend-wasm-simd.wasm'),
  'tfjs-backend-wasm-threaded-simd.wasm': file('tfjs-backend-wasm-threaded-simd.wasm'),
};

/** 1 and 4 in turn, 2,400 of them: too many for WebGPU's shortcut that computes small tensors beside the device. */
async function sumOfSquares(): Promise<number | undefined> {
  const sum = tf.tidy(() => tf.sum(tf.square(tf.tile(tf.tensor1d([1, 2]), [1200]))));
  const [value] = await sum.data();
  sum.dispose();
  return value;
}

describe('openBackend', () => {
  beforeAll(() => installDawn());

  it('opens wasm and computes with it', async () => {
    const opened = await openBackend('wasm', { wasmFiles });
    expect(opened).toMatchObject({ name: 'wasm', maxTensorBytes: 2 ** 31 - 1 });
    expect(tf.getBackend()).toBe('wasm');
    expect(await sumOfSquares()).toBe(5 * 1200);
  });

  it('opens webgpu, says when its device is lost, and opens it anew', async () => {
    expect(await offerOf('webgpu')).toMatchObject({ available: true, note: '' });
    const first = await openBackend('webgpu', { wasmFiles });
    expect(first.detail).not.toBe('');
    expect(first.maxTensorBytes).toBeGreaterThanOrEqual(128 * 2 ** 20);
    let lost = false;
    void first.lost.then(() => (lost = true));
    expect(await sumOfSquares()).toBe(5 * 1200);
    expect(lost).toBe(false);
    first.loseDevice?.();
    expect(await first.lost).not.toBe('');
    closeBackend('webgpu');

    await openBackend('webgpu', { wasmFiles });
    expect(await sumOfSquares()).toBe(5 * 1200);
    closeBackend('webgpu');
  });

  it('says that a browser without WebGPU has none', async () => {
    const { gpu } = navigator;
    Reflect.deleteProperty(navigator, 'gpu');
    try {
      expect(await offerOf('webgpu')).toMatchObject({ available: false, note: 'This browser has no WebGPU.' });
      Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => null }, configurable: true });
      expect(await offerOf('webgpu')).toMatchObject({ available: false });
      await expect(openBackend('webgpu', { wasmFiles })).rejects.toThrow('no WebGPU adapter');
    } finally {
      Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    }
  });
});

describe.each(TEST_BACKENDS)('heldMemory on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('counts tensors and bytes, and GPU buffers where there are any', async () => {
    const before = heldMemory();
    const x = tf.tensor1d([1, 2, 3, 4, 5]);
    const y = tf.tidy(() => tf.square(x));
    await y.data();
    const during = heldMemory();
    expect(during.tensors - before.tensors).toBe(2);
    expect(during.bytes - before.bytes).toBe(40);
    expect(during.gpuBuffers > before.gpuBuffers).toBe(backend === 'webgpu');
    expect(before.gpuBuffers).toBe(0);
    tf.dispose([x, y]);
    expect(heldMemory()).toEqual(before);
  });
});
