// Puts a compute shader together: numbers its bindings, and gives loads and stores that hide how elements are stored,
// so that one kernel's WGSL serves f32 and f16 tensors, aligned and ragged rows alike.
import type { Binding, Dispatch, Finish, PlacedSpec, Storage } from './kernel.ts';

export interface BufferOptions {
  /** Read only by default. A tensor that is both read and written in a dispatch is bound once, writable. */
  readonly writable?: boolean;
  /** Elements are declared four by four: rows of a multiple of four, read and written at multiples of four. */
  readonly vec4?: boolean;
}

const ELEMENT: Readonly<Record<Storage, string>> = { f32: 'f32', f16: 'f16', i32: 'i32' };

/** WGSL name of a storage's elements, alone or four by four. */
export const elementType = (storage: Storage, vec4 = false): string =>
  vec4 ? `vec4<${ELEMENT[storage]}>` : ELEMENT[storage];

/**
 * For each buffer `x` the shader gets the array `x` and these functions; places count elements, also where they are
 * declared four by four:
 * - `x_at(i: u32) -> f32` (i32 for integers)
 * - `x_vec4(i: u32) -> vec4f`: elements i … i + 3; with `vec4`, i must be a multiple of four
 * - if writable, `x_set(i: u32, value: f32)` (without `vec4` only) and `x_set_vec4(i: u32, value: vec4f)`
 */
export class Shader {
  readonly #bindings: Binding[] = [];
  readonly #parts: string[] = [];
  #usesF16 = false;

  buffer(name: string, binding: Binding, storage: Storage, options: BufferOptions = {}): void {
    this.#parts.push(bufferCode(name, this.#bindings.length, storage, options));
    this.#usesF16 ||= storage === 'f16';
    this.#bindings.push(binding);
  }

  /** A call's input tensor. */
  input(name: string, index: number, spec: PlacedSpec, options?: BufferOptions): void {
    this.buffer(name, { input: index }, spec.storage, options);
  }

  /** A call's output tensor, writable. */
  output(name: string, index: number, spec: PlacedSpec, options?: Omit<BufferOptions, 'writable'>): void {
    this.buffer(name, { output: index }, spec.storage, { ...options, writable: true });
  }

  /** Takes over the function `finish` and its bindings. */
  finish(finish: Finish): void {
    const code = finish.code(this.#bindings.length);
    this.#usesF16 ||= /\bf16\b/.test(code);
    this.#parts.push(code);
    this.#bindings.push(...finish.bindings);
  }

  /** Any further WGSL: constants, functions, the entry point `main`. */
  add(code: string): void {
    this.#parts.push(code);
  }

  /** @param enable language extensions besides f16, e.g. `subgroups` */
  dispatch(label: string, workgroups: readonly [number, number, number], enable: readonly string[] = []): Dispatch {
    const extensions = [...(this.#usesF16 ? ['f16'] : []), ...enable].map((name) => `enable ${name};\n`);
    return { label, code: extensions.join('') + this.#parts.join('\n'), bindings: [...this.#bindings], workgroups };
  }
}

/** Declaration of one buffer and its access functions; see `Shader`. */
export function bufferCode(name: string, number: number, storage: Storage, options: BufferOptions = {}): string {
  const { writable = false, vec4 = false } = options;
  const scalar = storage === 'i32' ? 'i32' : 'f32';
  const quad = storage === 'i32' ? 'vec4i' : 'vec4f';
  const element = elementType(storage);
  const lines = [
    `@group(0) @binding(${number}) var<storage, ${writable ? 'read_write' : 'read'}> ${name}: array<${elementType(storage, vec4)}>;`,
  ];
  if (vec4) {
    lines.push(
      `fn ${name}_at(i: u32) -> ${scalar} { return ${scalar}(${name}[i / 4u][i % 4u]); }`,
      `fn ${name}_vec4(i: u32) -> ${quad} { return ${quad}(${name}[i / 4u]); }`,
    );
    if (writable) {
      lines.push(
        `fn ${name}_set_vec4(i: u32, value: ${quad}) { ${name}[i / 4u] = ${elementType(storage, true)}(value); }`,
      );
    }
  } else {
    lines.push(
      `fn ${name}_at(i: u32) -> ${scalar} { return ${scalar}(${name}[i]); }`,
      `fn ${name}_vec4(i: u32) -> ${quad} { return ${quad}(${quad === 'vec4f' ? 'vec4<' + element + '>' : 'vec4i'}(${name}[i], ${name}[i + 1u], ${name}[i + 2u], ${name}[i + 3u])); }`,
    );
    if (writable) {
      lines.push(
        `fn ${name}_set(i: u32, value: ${scalar}) { ${name}[i] = ${element}(value); }`,
        `fn ${name}_set_vec4(i: u32, value: ${quad}) { let four = vec4<${element}>(value); ${name}[i] = four.x; ${name}[i + 1u] = four.y; ${name}[i + 2u] = four.z; ${name}[i + 3u] = four.w; }`,
      );
    }
  }
  return lines.join('\n');
}

/** Splits a number of workgroups over two dimensions where one would exceed the device's limit. */
export function spread(count: number, limit: number): [number, number, number] {
  if (count <= limit) return [count, 1, 1];
  const x = Math.ceil(Math.sqrt(count));
  return [x, Math.ceil(count / x), 1];
}
