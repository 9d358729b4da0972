// How much memory is allocated on a device: counted where buffers are made and destroyed, TensorFlow.js' own included.

export interface GpuMemory {
  buffers: number;
  bytes: number;
}

const counts = new WeakMap<GPUDevice, GpuMemory>();

/** Counts a device's buffers from now on. @returns the count, which changes with them */
export function trackMemory(device: GPUDevice): GpuMemory {
  const known = counts.get(device);
  if (known) return known;
  const memory: GpuMemory = { buffers: 0, bytes: 0 };
  counts.set(device, memory);
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const { size } = buffer;
    memory.buffers++;
    memory.bytes += size;
    const destroy = buffer.destroy.bind(buffer);
    let live = true;
    buffer.destroy = () => {
      if (live) {
        live = false;
        memory.buffers--;
        memory.bytes -= size;
      }
      destroy();
    };
    return buffer;
  };
  return memory;
}

export const memoryOf = (device: GPUDevice): Readonly<GpuMemory> => counts.get(device) ?? { buffers: 0, bytes: 0 };
