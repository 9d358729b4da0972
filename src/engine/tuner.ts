// Chooses among a kernel's variants by timing them on the user's own device, once per shape class. Choices are kept in a
// cache that outlives the page, with a hash of the shaders that they were made among: other shaders are measured again. A
// variant whose numbers differ from the others' is never chosen.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { plainFinish } from './finish.ts';
import { fromHalf } from './half.ts';
import { sizeOf, type AnySite, type Dispatch, type KernelCall, type PlacedSpec } from './kernel.ts';
import { STORAGE_BYTES } from './memory.ts';
import { compile } from './pipelines.ts';
import { allocated, withinMemory } from './withinMemory.ts';

export interface TuningRequest {
  readonly call: Pick<KernelCall, 'name' | 'detail' | 'program' | 'inPlace' | 'flops'>;
  readonly site: Omit<AnySite, 'variant'>;
  /** At least one; the first is taken where nothing was measured. */
  readonly variants: readonly string[];
  readonly label: string;
}

/** Remembers choices across visits. */
export interface TunerCache {
  load(adapter: string): Promise<Readonly<Record<string, string>>>;
  save(adapter: string, choices: Readonly<Record<string, string>>): Promise<void>;
}

export interface Choice {
  readonly key: string;
  readonly variant: string;
  /** Milliseconds per run of each variant measured now; empty where the choice came from the cache or a rule. */
  readonly measuredMs: Readonly<Record<string, number>>;
  readonly rejected: readonly string[];
}

/** Choices that are remembered of one shape class: of this many sizes, or versions of its kernel, the latest. */
const KEPT_PER_CLASS = 4;
const DEFAULT_BUDGET_MS = 2000;
/** A measurement runs at least this long, or this often. */
const MEASURED_MS = 4;
const MOST_REPEATS = 64;
const ROUNDS = 3;
/** A variant must be this much faster than a former one to replace it: noise decides nothing. */
const GAIN = 0.95;
/** Largest difference between variants, relative to the largest value: sums in other orders, f32. */
const TOLERANCE = 1e-3;
/** Values that are compared. */
const COMPARED = 1 << 16;

export class Tuner {
  readonly #device: GPUDevice;
  readonly #adapter: string;
  readonly #cache: TunerCache | undefined;
  readonly #budgetMs: number;
  readonly #choices = new Map<string, Choice>();
  #loaded: Readonly<Record<string, string>> | undefined;
  #spentMs = 0;

  /**
   * @param adapter names the device for the cache
   * @param budgetMs time after which a plan's further kernels are not measured; 0 takes every kernel's first variant
   */
  constructor(device: GPUDevice, adapter: string, cache?: TunerCache, budgetMs = DEFAULT_BUDGET_MS) {
    this.#device = device;
    this.#adapter = adapter;
    this.#cache = cache;
    this.#budgetMs = budgetMs;
  }

  get choices(): readonly Choice[] {
    return [...this.#choices.values()];
  }

  /** Milliseconds spent on measuring so far. */
  get spentMs(): number {
    return this.#spentMs;
  }

  /** Settles the variants of all requests. */
  async tune(requests: readonly TuningRequest[], onProgress: (share: number) => void = () => {}): Promise<void> {
    this.#loaded ??= (await this.#cache?.load(this.#adapter).catch(() => undefined)) ?? {};
    const open = new Map(requests.map((request) => [keyOf(request), request]));
    for (const [key, request] of open) {
      if (this.#choices.has(key)) open.delete(key);
      else {
        const cached = this.#remembered(key, request);
        if (cached === undefined) continue;
        this.#choices.set(key, { key, variant: cached, measuredMs: {}, rejected: [] });
        open.delete(key);
      }
    }
    // What takes the most work comes first: should time run out, the rest follows the rule.
    const sorted = [...open].toSorted(([, a], [, b]) => b.call.flops - a.call.flops);
    let done = 0;
    const beganMs = performance.now();
    const measured: [string, string][] = [];
    for (const [key, request] of sorted) {
      if (request.variants.length > 1 && performance.now() - beganMs < this.#budgetMs) {
        const startMs = performance.now();
        const choice = await this.#measure(key, request);
        this.#choices.set(key, choice);
        if (Object.keys(choice.measuredMs).length > 0) measured.push([nameOf(key, request), choice.variant]);
        this.#spentMs += performance.now() - startMs;
      }
      onProgress(++done / sorted.length);
    }
    if (measured.length === 0) return;
    this.#loaded = latestOfEach({ ...this.#loaded, ...Object.fromEntries(measured) });
    // A browser that keeps nothing measures again next time.
    await this.#cache?.save(this.#adapter, this.#loaded).catch(() => {});
  }

  /** What was chosen on an earlier visit among the very same shaders. */
  #remembered(key: string, request: TuningRequest): string | undefined {
    const loaded = this.#loaded ?? {};
    // Making the shaders' text takes time: only where something of this class is remembered.
    if (!Object.keys(loaded).some((name) => classOf(name) === key)) return undefined;
    const variant = loaded[nameOf(key, request)];
    return variant !== undefined && request.variants.includes(variant) ? variant : undefined;
  }

  variantOf(request: TuningRequest): string {
    return this.#choices.get(keyOf(request))?.variant ?? request.variants[0] ?? '';
  }

  async #measure(key: string, request: TuningRequest): Promise<Choice> {
    const fallback = request.variants[0] ?? '';
    const bench = await VariantBench.open(this.#device, request).catch(() => undefined);
    // What has no memory to be measured in may still run, for its values share their memory with others.
    if (bench === undefined) return { key, variant: fallback, measuredMs: {}, rejected: [] };
    try {
      const ready: { variant: string; values: Float32Array }[] = [];
      const rejected: string[] = [];
      for (const variant of request.variants) {
        try {
          ready.push({ variant, values: await bench.resultOf(variant) });
        } catch {
          rejected.push(variant);
        }
      }
      const sound = soundOnes(ready.map(({ values }) => values));
      const candidates = ready.filter((_, i) => sound[i]).map(({ variant }) => variant);
      rejected.push(...ready.filter((_, i) => !sound[i]).map(({ variant }) => variant));
      const measuredMs: Record<string, number> = {};
      for (let round = 0; round < ROUNDS; round++) {
        for (const variant of candidates) {
          const ms = await bench.time(variant);
          measuredMs[variant] = Math.min(measuredMs[variant] ?? Number.POSITIVE_INFINITY, ms);
        }
      }
      let best = candidates[0] ?? fallback;
      for (const variant of candidates) {
        if ((measuredMs[variant] ?? 0) < GAIN * (measuredMs[best] ?? 0)) best = variant;
      }
      return { key, variant: best, measuredMs, rejected };
    } finally {
      bench.dispose();
    }
  }
}

/** Sizes up to the next power of two, with what else tells shapes apart for a kernel: whether rows are aligned. */
function keyOf({ call, site }: TuningRequest): string {
  const shapes = site.inputs.map(({ shape, storage }) => {
    const classes = shape.map((n) => `${2 ** Math.ceil(Math.log2(n))}${n % 4 === 0 ? '' : 'r'}`);
    return `${classes.join('x')}${storage}`;
  });
  return [call.name, call.detail, ...shapes].join(' ');
}

/** A shape class with a hash of everything that decides what its variants compute: texts, bindings, numbers of workgroups. */
const nameOf = (key: string, request: TuningRequest): string => `${key}${BEFORE_HASH}${hashOf(request)}`;
const BEFORE_HASH = ' · ';
const classOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(BEFORE_HASH)));

function hashOf({ call, site, variants }: TuningRequest): string {
  const [output] = site.outputs;
  const programs = variants.map((variant) => [
    variant,
    call.program?.({ ...site, variant, ...(output && { finish: plainFinish(output) }) }),
  ]);
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(programs)))).slice(0, 32);
}

/** The last few of each shape class. */
function latestOfEach(choices: Readonly<Record<string, string>>): Record<string, string> {
  const counts = new Map<string, number>();
  const kept = Object.entries(choices)
    .toReversed()
    .filter(([name]) => {
      const count = (counts.get(classOf(name)) ?? 0) + 1;
      counts.set(classOf(name), count);
      return classOf(name) !== '' && count <= KEPT_PER_CLASS;
    });
  return Object.fromEntries(kept.toReversed());
}

/** Which results agree with the middle of all: of three, one that differs is wrong; of two that differ, the first is kept. */
export function soundOnes(results: readonly Float32Array[]): boolean[] {
  const first = results[0];
  if (first === undefined) return [];
  const finite = results.map((values) => values.every(Number.isFinite));
  const trusted = results.filter((_, i) => finite[i]);
  const middle = Float32Array.from(first, (_, i) => {
    const sorted = trusted.map((values) => values[i] ?? 0).toSorted((a, b) => a - b);
    return trusted.length === 2 ? (trusted[0]?.[i] ?? 0) : (sorted[Math.floor(sorted.length / 2)] ?? 0);
  });
  const scale = middle.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-6);
  return results.map(
    (values, i) => finite[i] === true && values.every((x, j) => Math.abs(x - (middle[j] ?? 0)) <= TOLERANCE * scale),
  );
}

/** Runs the variants of one request on memory of their own. */
class VariantBench {
  readonly #device: GPUDevice;
  readonly #request: TuningRequest;
  readonly #inputs: GPUBuffer[];
  readonly #outputs: GPUBuffer[];
  readonly #scratch: GPUBuffer[] = [];
  readonly #commands = new Map<
    string,
    { pipeline: GPUComputePipeline; bindGroup: GPUBindGroup; dispatch: Dispatch }[]
  >();
  readonly #repeats = new Map<string, number>();

  /** @throws DeviceMemoryError if there is no memory for its tensors */
  static async open(device: GPUDevice, request: TuningRequest): Promise<VariantBench> {
    const { inputs, outputs } = request.site;
    const { made } = await allocated(device, (create) => ({
      inputs: inputs.map((spec) => create(storage(bytesOf(spec)))),
      outputs: outputs.map((spec) => create(storage(bytesOf(spec)))),
    }));
    return new VariantBench(device, request, made.inputs, made.outputs);
  }

  private constructor(device: GPUDevice, request: TuningRequest, inputs: GPUBuffer[], outputs: GPUBuffer[]) {
    this.#device = device;
    this.#request = request;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  dispose(): void {
    for (const buffer of [...this.#inputs, ...this.#outputs, ...this.#scratch]) buffer.destroy();
  }

  /** The first values of output 0, from the same inputs for every variant. */
  async resultOf(variant: string): Promise<Float32Array> {
    const { site, call } = this.#request;
    site.inputs.forEach((spec, i) => this.#fill(this.#inputs[i], spec, i + 1));
    site.outputs.forEach((spec, o) => {
      const inPlace = call.inPlace.find(([output]) => output === o);
      const source = inPlace && site.inputs[inPlace[1]];
      this.#fill(this.#outputs[o], source ?? spec, inPlace ? inPlace[1] + 1 : 0);
    });
    this.#commands.set(variant, await this.#prepare(variant));
    this.#submit(variant, 1);
    const spec = site.outputs[0];
    const buffer = this.#outputs[0];
    if (spec === undefined || buffer === undefined) return new Float32Array();
    const elements = Math.min(COMPARED, sizeOf(spec.shape));
    const bytes = Math.ceil((elements * STORAGE_BYTES[spec.storage]) / 4) * 4;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const { made: staging } = await allocated(this.#device, (create) => create({ size: bytes, usage }));
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const copy = staging.getMappedRange().slice(0);
    staging.destroy();
    return spec.storage === 'f16' ? Float32Array.from(new Uint16Array(copy), fromHalf) : new Float32Array(copy);
  }

  /** Milliseconds of one run. */
  async time(variant: string): Promise<number> {
    const { queue } = this.#device;
    await queue.onSubmittedWorkDone();
    const repeats = this.#repeats.get(variant) ?? 1;
    const startMs = performance.now();
    this.#submit(variant, repeats);
    await queue.onSubmittedWorkDone();
    const ms = Math.max(1e-3, performance.now() - startMs);
    this.#repeats.set(variant, Math.min(MOST_REPEATS, Math.max(1, Math.ceil((MEASURED_MS * repeats) / ms))));
    return ms / repeats;
  }

  #submit(variant: string, repeats: number): void {
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, bindGroup, dispatch } of this.#commands.get(variant) ?? []) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(...dispatch.workgroups);
      }
    }
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  async #prepare(variant: string) {
    const { call, site } = this.#request;
    const [output] = site.outputs;
    const program = call.program?.({ ...site, variant, ...(output && { finish: plainFinish(output) }) });
    if (program === undefined) throw new Error(`The kernel ${call.name} has no plan form.`);
    const { made: scratch } = await allocated(this.#device, (create) =>
      (program.scratchBytes ?? []).map((bytes) => create(storage(Math.ceil(bytes / 16) * 16))),
    );
    this.#scratch.push(...scratch);
    const pipelineOf = await compile(this.#device, program.dispatches);
    const bound = (dispatch: Dispatch) => {
      const pipeline = pipelineOf(dispatch.code);
      const entries = dispatch.bindings.map((binding, number): GPUBindGroupEntry => {
        const buffer =
          'input' in binding
            ? this.#inputs[binding.input]
            : 'output' in binding
              ? this.#outputs[binding.output]
              : 'scratch' in binding
                ? scratch[binding.scratch]
                : undefined;
        if (buffer === undefined) throw new RangeError(`Binding ${number} of ${call.name} refers to nothing.`);
        return { binding: number, resource: { buffer } };
      });
      const bindGroup = this.#device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      return { pipeline, bindGroup, dispatch };
    };
    const { made, problem } = await withinMemory(this.#device, () => program.dispatches.map(bound));
    if (problem) throw new Error(`The graphics device refuses ${call.name}: ${problem.message}`);
    return made;
  }

  /** Values between −½ and ½ that look random, the same for the same seed; zeros for seed 0 and for integers. */
  #fill(buffer: GPUBuffer | undefined, { shape, storage }: PlacedSpec, seed: number): void {
    if (buffer === undefined) return;
    const size = sizeOf(shape);
    const value = (i: number): number => (seed === 0 ? 0 : (Math.imul(i + seed, 0x9e3779b1) >>> 8) / 2 ** 24 - 0.5);
    // Halves from ½ up to 1, built from their bits.
    const data =
      storage === 'f32'
        ? Float32Array.from({ length: size }, (_, i) => value(i))
        : storage === 'i32'
          ? new Int32Array(size)
          : Uint16Array.from({ length: Math.ceil(size / 2) * 2 }, (_, i) =>
              seed === 0 ? 0 : 0x3800 + ((i * 37 + seed) % 1024),
            );
    this.#device.queue.writeBuffer(buffer, 0, data);
  }
}

const bytesOf = ({ shape, storage }: PlacedSpec): number =>
  Math.ceil((sizeOf(shape) * STORAGE_BYTES[storage]) / 16) * 16;

const storage = (size: number): GPUBufferDescriptor => ({
  size,
  usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
});
