// Memory of a device that may not suffice: asked for within error scopes, so that the caller learns what the device
// refuses, and nothing that was made before it refused stays behind.
import { inWords } from '../config/inWords.ts';

/** A device has no memory for something, or refuses its size. The message is a sentence for users. */
export class DeviceMemoryError extends RangeError {
  constructor(message: string) {
    super(message);
    this.name = 'DeviceMemoryError';
  }
}

export type CreateBuffer = (descriptor: GPUBufferDescriptor) => GPUBuffer;

const SCOPES = ['validation', 'out-of-memory'] as const;

/**
 * Makes buffers and what binds them, and tells what the device had against it: too little memory, or a size or use
 * that it does not allow.
 * @throws what `make` throws
 */
export async function withinMemory<T>(
  device: GPUDevice,
  make: () => T,
): Promise<{ made: T; problem: GPUError | null }> {
  for (const scope of SCOPES) device.pushErrorScope(scope);
  let made: T;
  try {
    made = make();
  } catch (error) {
    await problemOf(device);
    throw error;
  }
  return { made, problem: await problemOf(device) };
}

/** What happened since the scopes were opened: want of memory before what follows from it. */
async function problemOf(device: GPUDevice): Promise<GPUError | null> {
  const [memory, validation] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  return memory ?? validation;
}

/**
 * As `withinMemory`, for a number of buffers: if the device refuses any, all of them are destroyed.
 * @param make is given a way to make a buffer
 * @throws DeviceMemoryError, or what `make` throws
 */
export async function allocated<T>(
  device: GPUDevice,
  make: (create: CreateBuffer) => T,
): Promise<{ made: T; buffers: readonly GPUBuffer[] }> {
  const buffers: GPUBuffer[] = [];
  try {
    const { made, problem } = await withinMemory(device, () =>
      make((descriptor) => {
        const buffer = device.createBuffer(descriptor);
        buffers.push(buffer);
        return buffer;
      }),
    );
    if (problem) throw refusal(device, buffers, problem);
    return { made, buffers };
  } catch (error) {
    for (const buffer of buffers) buffer.destroy();
    throw error;
  }
}

function refusal({ limits }: GPUDevice, buffers: readonly GPUBuffer[], { message }: GPUError): DeviceMemoryError {
  const largest = Math.max(0, ...buffers.map(({ size }) => size));
  const megabytes = (bytes: number): string => `${inWords(Math.ceil(bytes / 1e6))} MB`;
  if (largest > limits.maxBufferSize) {
    return new DeviceMemoryError(
      `This needs ${megabytes(largest)} in one piece; the graphics device allows ${megabytes(limits.maxBufferSize)}.`,
    );
  }
  const total = buffers.reduce((sum, { size }) => sum + size, 0);
  return new DeviceMemoryError(`The graphics device has no ${megabytes(total)} of memory left. (${message})`);
}
