// What changes from run to run of a plan (token ids, learning rate, positions, keys), as GPU data: named sections of one
// buffer that is written with a single call.
import type { CreateBuffer } from './withinMemory.ts';

const ALIGNMENT = 256;

export class StepData {
  readonly buffer: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #mirror: ArrayBuffer;
  readonly #sections = new Map<string, { offset: number; elements: number }>();

  /** @param sections elements (of 4 bytes) by name @param create makes the buffer; plainly unless told */
  constructor(
    device: GPUDevice,
    sections: Readonly<Record<string, number>>,
    create: CreateBuffer = (descriptor) => device.createBuffer(descriptor),
  ) {
    let size = 0;
    for (const [name, elements] of Object.entries(sections)) {
      this.#sections.set(name, { offset: size, elements });
      size = Math.ceil((size + 4 * elements) / ALIGNMENT) * ALIGNMENT;
    }
    this.#device = device;
    this.#mirror = new ArrayBuffer(size);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    this.buffer = create({ label: 'step data', size, usage });
  }

  get bytes(): number {
    return this.#mirror.byteLength;
  }

  /** This side's copy of a section; `write` sends it. */
  ints(name: string): Int32Array<ArrayBuffer> {
    const { offset, elements } = this.#section(name);
    return new Int32Array(this.#mirror, offset, elements);
  }

  floats(name: string): Float32Array<ArrayBuffer> {
    const { offset, elements } = this.#section(name);
    return new Float32Array(this.#mirror, offset, elements);
  }

  binding(name: string): GPUBufferBinding {
    const { offset, elements } = this.#section(name);
    return { buffer: this.buffer, offset, size: Math.ceil((4 * elements) / 16) * 16 };
  }

  /** Bindings of all sections, by name. */
  bindings(): Record<string, GPUBufferBinding> {
    return Object.fromEntries([...this.#sections.keys()].map((name) => [name, this.binding(name)]));
  }

  /** All sections as they are now, for a copy that is written elsewhere. */
  snapshot(): ArrayBuffer {
    return this.#mirror.slice(0);
  }

  /** Sends some sections only. */
  writeSections(...names: readonly string[]): void {
    for (const name of names) {
      const { offset, elements } = this.#section(name);
      this.#device.queue.writeBuffer(this.buffer, offset, this.#mirror, offset, 4 * elements);
    }
  }

  write(): void {
    this.#device.queue.writeBuffer(this.buffer, 0, this.#mirror);
  }

  dispose(): void {
    this.buffer.destroy();
  }

  #section(name: string): { offset: number; elements: number } {
    const section = this.#sections.get(name);
    if (section === undefined) throw new RangeError(`The step data has no section ${name}.`);
    return section;
  }
}
