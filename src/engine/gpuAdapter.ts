// The browser's WebGPU adapter, with what it tells of itself in old browsers and new.

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly info: GPUAdapterInfo;
  /** Emulated on the processor. */
  readonly software: boolean;
  /** For people. */
  readonly name: string;
}

/** Why there can be none, before one is asked for; undefined where there may be one. */
export function withoutWebGpu(): string | undefined {
  // Absent in the older browsers that this must not fail in.
  const gpu: GPU | undefined = navigator.gpu;
  if (gpu !== undefined && gpu !== null) return undefined;
  return 'isSecureContext' in globalThis && !globalThis.isSecureContext
    ? `WebGPU needs https or localhost; this page came from ${globalThis.location.origin}.`
    : 'This browser has no WebGPU.';
}

/** @returns null where the browser has WebGPU and no adapter for it. @throws the browser's own error */
export async function findAdapter(): Promise<FoundAdapter | null> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return null;
  const info = await infoOf(adapter);
  const { vendor, architecture, description } = info;
  const software =
    info.isFallbackAdapter ||
    Reflect.get(adapter, 'isFallbackAdapter') ||
    /swiftshader|llvmpipe|software/i.test(`${architecture} ${description}`);
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'GPU';
  return { adapter, info, software, name: software ? `${name} (software)` : name };
}

const NOTHING_TOLD: GPUAdapterInfo = {
  __brand: 'GPUAdapterInfo',
  vendor: '',
  architecture: '',
  device: '',
  description: '',
  subgroupMinSize: 4,
  subgroupMaxSize: 128,
  isFallbackAdapter: false,
};

/** Chromium until 126 tells by a method of the adapter, and only part of it. A browser that tells nothing still computes. */
async function infoOf(adapter: GPUAdapter): Promise<GPUAdapterInfo> {
  const told: unknown = adapter.info ?? (await askInfo(adapter));
  if (typeof told !== 'object' || told === null) return NOTHING_TOLD;
  const text = (name: string): string => {
    const value: unknown = Reflect.get(told, name);
    return typeof value === 'string' ? value : '';
  };
  const size = (name: string, otherwise: number): number => {
    const value: unknown = Reflect.get(told, name);
    return typeof value === 'number' ? value : otherwise;
  };
  return {
    ...NOTHING_TOLD,
    vendor: text('vendor'),
    architecture: text('architecture'),
    device: text('device'),
    description: text('description'),
    subgroupMinSize: size('subgroupMinSize', NOTHING_TOLD.subgroupMinSize),
    subgroupMaxSize: size('subgroupMaxSize', NOTHING_TOLD.subgroupMaxSize),
    isFallbackAdapter: Reflect.get(told, 'isFallbackAdapter') === true,
  };
}

async function askInfo(adapter: GPUAdapter): Promise<unknown> {
  const ask: unknown = Reflect.get(adapter, 'requestAdapterInfo');
  if (typeof ask !== 'function') return undefined;
  try {
    return await ask.call(adapter);
  } catch {
    return undefined;
  }
}
