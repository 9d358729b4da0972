// Devices in browsers as they are: one backend that throws, stays silent or tells nothing of itself is told of and
// never touches another.
import 'fake-indexeddb/auto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { installDawn } from '../../scripts/dawn.mjs';
import { closeBackend, offerOf } from '../engine/backends.ts';
import * as tf from '../engine/tf.ts';
import type { BackendName, BackendPreference, DeviceReport } from '../protocol/messages.ts';
import { chooseDevice, type ChosenDevice } from './deviceChooser.ts';

vi.mock('./wasmFiles.ts', () => {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  const names = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
  return { wasmFiles: Object.fromEntries(names.map((name) => [name, join(folder, name)])) };
});

let gpu: GPU;
beforeAll(() => {
  gpu = installDawn();
});
let opened: ChosenDevice | undefined;
beforeEach(() => offerGpu(undefined));
afterEach(() => {
  vi.unstubAllGlobals();
  if (opened) closeBackend(opened.opened.name);
  opened = undefined;
});

const offerGpu = (value: unknown): void => {
  Object.defineProperty(navigator, 'gpu', { value, configurable: true });
};
const throwing = (sentence: string) =>
  // Not an arrow: some are called with `new`.
  function refuse(): never {
    throw new Error(sentence);
  };

/** The chosen device computes; its report. */
async function choose(preference: BackendPreference = 'auto'): Promise<DeviceReport> {
  opened = await chooseDevice(preference);
  expect(tf.getBackend()).toBe(opened.report.backend);
  const sum = tf.tidy(() => tf.sum(tf.ones([300, 10])));
  expect([...(await sum.data())]).toEqual([3000]);
  sum.dispose();
  return opened.report;
}
const noteOf = (report: DeviceReport, name: BackendName): string | undefined =>
  report.candidates.find((candidate) => candidate.name === name)?.note;

/** Dawn's adapter as another browser would show it. */
const adapterWith = (changes: Readonly<Record<string, unknown>>) => ({
  requestAdapter: async () => {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('no adapter in this test');
    return new Proxy(adapter, {
      get: (target, name) => {
        if (typeof name === 'string' && name in changes) return changes[name];
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  },
});

describe('a WebGPU that fails', () => {
  const ways: [string, unknown][] = [
    ['throws at once', { requestAdapter: throwing('No GPU today.') }],
    ['rejects', { requestAdapter: async () => throwing('No GPU today.')() }],
    ['is half there', {}],
    ['has no adapter', { requestAdapter: async () => null }],
    [
      'gives no device',
      { requestAdapter: async () => ({ requestDevice: throwing('x'), limits: {}, features: new Set() }) },
    ],
  ];

  it.each(ways)('leaves WASM alone and says why, where it %s', async (_, value) => {
    offerGpu(value);
    const report = await choose();
    expect(report.backend).toBe('wasm');
    expect(noteOf(report, 'webgpu')).not.toBe('');
    expect(noteOf(report, 'wasm')).toBe('');
  });

  it.each(ways)('can be asked for by hand, which gives WASM and the reason, where it %s', async (_, value) => {
    offerGpu(value);
    const report = await choose('webgpu');
    expect(report.backend).toBe('wasm');
    expect(report.reason).toContain(noteOf(report, 'webgpu'));
    expect(report.reason).toContain('WebGPU');
  });

  it('is given up where it never answers', async () => {
    offerGpu({ requestAdapter: () => new Promise(() => {}) });
    const offer = await offerOf('webgpu', 50);
    expect(offer.available).toBe(false);
    expect(offer.note).toContain('0.05 s');
  });

  it('is told to need https where the page is not secure', async () => {
    vi.stubGlobal('isSecureContext', false);
    vi.stubGlobal('location', { origin: 'http://192.168.1.7:4173' });
    const { available, note } = await offerOf('webgpu');
    expect(available).toBe(false);
    expect(note).toMatch(/https.*localhost.*192\.168\.1\.7/);
  });
});

describe('a WebGPU whose adapter tells nothing of itself', () => {
  it.each([
    ['has no info', { info: undefined }],
    ['has the older method', { info: undefined, requestAdapterInfo: async () => ({ vendor: 'acme' }) }],
    ['has a method that throws', { info: undefined, requestAdapterInfo: throwing('not allowed') }],
  ])('is offered all the same, where it %s', async (_, changes) => {
    offerGpu(adapterWith(changes));
    const { available, detail } = await offerOf('webgpu');
    expect(available).toBe(true);
    expect(detail).toBe('requestAdapterInfo' in changes && detail === 'acme' ? 'acme' : 'GPU');
  });

  it('computes all the same, though it knows no limits but the old ones', async () => {
    const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
    offerGpu(adapterWith({ info: undefined, limits }));
    const report = await choose('webgpu');
    expect(report).toMatchObject({ backend: 'webgpu', maxTensorBytes: 2 ** 27 });
    expect(report.gigaflopsPerSecond).toBeGreaterThan(0);
  });
});

describe('other backends that fail', () => {
  it('WebGL that throws is told of, and WASM is taken', async () => {
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = throwing('WebGL is off.');
      },
    );
    const report = await choose();
    expect(report.backend).toBe('wasm');
    expect(noteOf(report, 'webgl')).toBe('WebGL is off.');
  });

  it('a policy without WASM leaves plain JavaScript', async () => {
    vi.stubGlobal('WebAssembly', { ...WebAssembly, Module: throwing('Refused to compile.') });
    const report = await choose();
    expect(report.backend).toBe('cpu');
    expect(noteOf(report, 'wasm')).toBe('Refused to compile.');
  });

  it('a browser without any of them computes in plain JavaScript', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(await choose()).toMatchObject({ backend: 'cpu' });
    expect((await choose('wasm')).reason).toContain('WebAssembly');
  });
});
