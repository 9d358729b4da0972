// What all optimizers share: clipping by the global norm, and the frame of a kernel that updates flat buffers element by
// element and leaves them alone after a step that went wrong.
import type { DeviceTraits, PlacedSpec, Program } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { hostSetting, SETTING } from './settings.ts';

/** What an optimizer changes; all three [P]. */
export interface FlatState {
  readonly parameters: tf.Tensor1D;
  /** SGD and Muon keep their momentum here. */
  readonly firstMoment: tf.Tensor1D;
  readonly secondMoment: tf.Tensor1D;
}

const LARGEST_FLOAT = 3.4028234e38;

/** Backends whose memory is this thread's own: reading a number there waits for nothing. */
const readsAtOnce = (): boolean => ['wasm', 'cpu'].includes(tf.getBackend());

/** Keeps what was before where the norm is not finite. */
export function guarded<T extends tf.Tensor>(norm: tf.Scalar, next: tf.Tensor, before: T): T {
  // As an operation, the choice would first write the condition out once per parameter.
  if (readsAtOnce()) return (norm.dataSync()[0] ?? Number.NaN) <= LARGEST_FLOAT ? (next as T) : tf.clone(before);
  return tf.where(tf.lessEqual(norm, LARGEST_FLOAT), next, before) as T;
}

/** A gradient scaled by the settings, and clipped by its global norm as PyTorch's clip_grad_norm_ does. */
export function clipped<T extends tf.Tensor>(gradient: T, norm: tf.Scalar, settings: tf.Tensor1D): T {
  const [clipNorm, gradientScale] = [hostSetting(settings, 'clipNorm'), hostSetting(settings, 'gradientScale')];
  const scaled: T = tf.mul(gradient, gradientScale);
  if (clipNorm <= 0) return scaled;
  return tf.mul(scaled, tf.minimum(1, tf.div(clipNorm, tf.add(tf.mul(norm, gradientScale), 1e-6))));
}

/** Marks [⌈P / blockSize⌉] as one number per parameter. */
export function markOfEach(marks: tf.Tensor1D, blockSize: number, size: number): tf.Tensor1D {
  if (blockSize === 1) return marks;
  const blocks = tf.tile(tf.reshape(marks, [marks.size, 1]), [1, blockSize]);
  const flat: tf.Tensor1D = tf.reshape(blocks, [marks.size * blockSize]);
  return tf.slice(flat, [0], [size]);
}

/** Threads of a workgroup × elements, or fours of them, that each works on: the variants of flat updates. */
export const flatUpdateVariants = ({ traits }: { readonly traits: DeviceTraits }): readonly string[] =>
  traits.software ? ['64x16'] : ['256x1', '64x4'];

export const settingCode = (name: keyof typeof SETTING): string => `settings_at(${SETTING[name]}u)`;

export interface FlatUpdate {
  readonly label: string;
  /** Elements to update. */
  readonly size: number;
  /** Neighbours that are treated alike; in blocks of whole fours, four are worked on at once. */
  readonly blockSize: number;
  /** Both are read by every update: see `optimizerSettings`. */
  readonly norm: { readonly input: number; readonly spec: PlacedSpec };
  readonly settings: { readonly input: number; readonly spec: PlacedSpec };
  /** Declares the other buffers. */
  readonly buffers: (shader: Shader, options: { readonly vec4: boolean }) => void;
  /** WGSL statements before the loop. */
  readonly before?: string;
  /**
   * WGSL statements for the element or four at `i`, with the gradient's factor `scale`.
   * @param load and @param store end the names of a buffer's functions, e.g. `gradient_${load}(i)`
   */
  readonly body: (load: string, store: string, type: 'f32' | 'vec4f') => string;
}

/** The program of a flat update: one dispatch that does nothing where the norm is not finite. */
export function flatUpdateProgram(update: FlatUpdate, variant: string, traits: DeviceTraits): Program {
  const { label, size, blockSize, norm, settings, buffers, before = '', body } = update;
  const [threads = 64, turns = 1] = (variant || '64x1').split('x').map(Number);
  const vec4 = size % 4 === 0 && blockSize % 4 === 0;
  const each = vec4 ? 4 : 1;
  const count = spread(Math.ceil(size / (each * threads * turns)), traits.maxWorkgroupsPerDimension);
  const shader = new Shader();
  buffers(shader, { vec4 });
  shader.input('norm', norm.input, norm.spec);
  shader.input('settings', settings.input, settings.spec);
  const statements = vec4 ? body('vec4', 'set_vec4', 'vec4f') : body('at', 'set', 'f32');
  shader.add(`@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let norm = norm_at(0u);
  // A shader may take it for granted that nothing is infinite or NaN: the bits tell.
  if ((bitcast<u32>(norm) & 0x7f800000u) == 0x7f800000u) { return; }
  let clip_norm = ${settingCode('clipNorm')};
  var scale = ${settingCode('gradientScale')};
  if (clip_norm > 0.0) { scale *= min(1.0, clip_norm / (norm * scale + 1e-6f)); }
${before}
  let first = (group.y * ${count[0]}u + group.x) * ${threads * turns}u + local;
  for (var turn = 0u; turn < ${turns}u; turn++) {
    let i = (first + turn * ${threads}u) * ${each}u;
    if (i >= ${size}u) { return; }
${statements}
  }
}`);
  return { dispatches: [shader.dispatch(label, count)] };
}
