// Copies of GPU memory on this side.
import { DeviceMemoryError, withinMemory } from './withinMemory.ts';

/** A region of a buffer that is copied. */
export interface Region {
  readonly buffer: GPUBuffer;
  readonly offset?: number;
  /** A multiple of 4. */
  readonly bytes: number;
}

/** Staging memory that is kept for the next read; more is given back at once. */
const KEPT_BYTES = 1 << 26;

/** Reads regions through one staging buffer that grows to what is asked of it. One read at a time. */
export class Readback {
  readonly #device: GPUDevice;
  #staging: GPUBuffer | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Adds the copies to an encoder; `take` gives them once the encoder's commands were submitted.
   * @returns one array per region
   */
  copy(encoder: GPUCommandEncoder, regions: readonly Region[]): { take: () => Promise<ArrayBuffer[]> } {
    const size = sizeOf(regions);
    const staging = this.#atLeast(size);
    let start = 0;
    const places = regions.map(({ buffer, offset = 0, bytes }) => {
      encoder.copyBufferToBuffer(buffer, offset, staging, start, bytes);
      start += bytes;
      return { from: start - bytes, to: start };
    });
    const take = async (): Promise<ArrayBuffer[]> => {
      try {
        await staging.mapAsync(GPUMapMode.READ, 0, size);
        const mapped = staging.getMappedRange(0, size);
        const copies = places.map(({ from, to }) => mapped.slice(from, to));
        staging.unmap();
        if (staging.size > KEPT_BYTES) this.#forget(staging);
        return copies;
      } catch (error) {
        // What could not be mapped once is no use to the next read.
        this.#forget(staging);
        throw error;
      }
    };
    return { take };
  }

  /**
   * Copies regions as they are after all work submitted so far.
   * @throws DeviceMemoryError if the device has no memory for the copy
   */
  async read(regions: readonly Region[]): Promise<ArrayBuffer[]> {
    const submitted = (): (() => Promise<ArrayBuffer[]>) => {
      const encoder = this.#device.createCommandEncoder();
      const { take } = this.copy(encoder, regions);
      this.#device.queue.submit([encoder.finish()]);
      return take;
    };
    const size = sizeOf(regions);
    if (this.#staging && this.#staging.size >= size) return submitted()();
    const { made: take, problem } = await withinMemory(this.#device, submitted);
    if (problem === null) return take();
    this.dispose();
    throw new DeviceMemoryError(`The graphics device has no ${size} bytes left for a copy. (${problem.message})`);
  }

  dispose(): void {
    this.#staging?.destroy();
    this.#staging = undefined;
  }

  #atLeast(bytes: number): GPUBuffer {
    if (this.#staging && this.#staging.size >= bytes) return this.#staging;
    this.dispose();
    const size = Math.max(256, Math.ceil(bytes / 4) * 4);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    this.#staging = this.#device.createBuffer({ label: 'staging', size, usage });
    return this.#staging;
  }

  #forget(staging: GPUBuffer): void {
    staging.destroy();
    if (this.#staging === staging) this.#staging = undefined;
  }
}

const sizeOf = (regions: readonly Region[]): number => regions.reduce((sum, { bytes }) => sum + bytes, 0);
