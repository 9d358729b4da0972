// Copies of GPU memory on this side.

/** A region of a buffer that is copied. */
export interface Region {
  readonly buffer: GPUBuffer;
  readonly offset?: number;
  /** A multiple of 4. */
  readonly bytes: number;
}

/** Reads regions through one staging buffer that grows to what is asked of it and is kept. One read at a time. */
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
    const size = regions.reduce((sum, { bytes }) => sum + bytes, 0);
    const staging = this.#atLeast(size);
    let start = 0;
    const places = regions.map(({ buffer, offset = 0, bytes }) => {
      encoder.copyBufferToBuffer(buffer, offset, staging, start, bytes);
      start += bytes;
      return { from: start - bytes, to: start };
    });
    const take = async (): Promise<ArrayBuffer[]> => {
      await staging.mapAsync(GPUMapMode.READ, 0, size);
      const mapped = staging.getMappedRange(0, size);
      const copies = places.map(({ from, to }) => mapped.slice(from, to));
      staging.unmap();
      return copies;
    };
    return { take };
  }

  /** Copies regions as they are after all work submitted so far. */
  async read(regions: readonly Region[]): Promise<ArrayBuffer[]> {
    const encoder = this.#device.createCommandEncoder();
    const { take } = this.copy(encoder, regions);
    this.#device.queue.submit([encoder.finish()]);
    return take();
  }

  dispose(): void {
    this.#staging?.destroy();
    this.#staging = undefined;
  }

  #atLeast(bytes: number): GPUBuffer {
    if (this.#staging && this.#staging.size >= bytes) return this.#staging;
    this.#staging?.destroy();
    const size = Math.max(256, Math.ceil(bytes / 4) * 4);
    this.#staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    return this.#staging;
  }
}
