// Copies of GPU memory: their values, the staging memory that they hold, and reads that fail without harming the next.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newTestPlans, noGpuProblems } from '../../scripts/testPlans.ts';
import { memoryOf, trackMemory } from './gpuMemory.ts';
import { Readback } from './readback.ts';
import { DeviceMemoryError } from './withinMemory.ts';

let device: GPUDevice;
let source: GPUBuffer;
let readback: Readback;
beforeAll(async () => {
  ({ device } = await newTestPlans());
  trackMemory(device);
  source = device.createBuffer({ size: 1 << 20, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(
    source,
    0,
    Int32Array.from({ length: 1 << 18 }, (_, i) => i),
  );
});
beforeEach(() => {
  readback = new Readback(device);
});
afterEach(() => {
  vi.restoreAllMocks();
  readback.dispose();
  noGpuProblems();
});

const read = async (offset: number, bytes: number): Promise<Int32Array> =>
  new Int32Array((await readback.read([{ buffer: source, offset, bytes }]))[0] ?? new ArrayBuffer(0));

describe('a readback', () => {
  it('copies regions, each as it is, through memory that grows and is kept', async () => {
    const before = memoryOf(device).bytes;
    const copies = await readback.read([
      { buffer: source, offset: 400, bytes: 8 },
      { buffer: source, bytes: 4 },
    ]);
    expect(copies.map((copy) => [...new Int32Array(copy)])).toEqual([[100, 101], [0]]);
    expect((await read(4000, 4000)).at(-1)).toBe(1999);
    expect(memoryOf(device).bytes - before).toBe(4000);
    expect([...(await read(8, 4))]).toEqual([2]);
    expect(memoryOf(device).bytes - before).toBe(4000);
    readback.dispose();
    expect(memoryOf(device).bytes).toBe(before);
  });

  it('that takes much memory gives it back at once', async () => {
    const before = memoryOf(device).bytes;
    const regions = Array.from({ length: 65 }, () => ({ buffer: source, bytes: 1 << 20 }));
    expect(await readback.read(regions)).toHaveLength(65);
    expect(memoryOf(device).bytes).toBe(before);
  });

  it('that the device has no memory for says so, and the next one is served', async () => {
    const before = memoryOf(device).bytes;
    const create = device.createBuffer.bind(device);
    // A size that no device allows.
    vi.spyOn(device, 'createBuffer').mockImplementationOnce((descriptor) => create({ ...descriptor, size: 2 ** 50 }));
    await expect(read(0, 1024)).rejects.toThrow(DeviceMemoryError);
    expect(memoryOf(device).bytes).toBe(before);
    expect((await read(0, 1024)).at(-1)).toBe(255);
  });

  it('whose memory cannot be mapped fails, and the next one is served', async () => {
    await read(0, 1024);
    const before = memoryOf(device).buffers;
    const create = device.createBuffer.bind(device);
    vi.spyOn(device, 'createBuffer').mockImplementationOnce((descriptor) => {
      const buffer = create(descriptor);
      buffer.mapAsync = () => Promise.reject(new DOMException('Lost.', 'OperationError'));
      return buffer;
    });
    await expect(read(0, 4096)).rejects.toThrow('Lost.');
    expect(memoryOf(device).buffers).toBe(before - 1);
    expect((await read(0, 4096)).at(-1)).toBe(1023);
  });
});
