// The closest peer as a contestant: @genai-fi/nanogpt (TensorFlow.js with WebGPU kernels of its own), trained by its own
// trainer. Its first architecture is taken: learned positions and GELU make it the nearer to GPT-3 (and, measured, the
// faster of its two). It is installed apart, in this folder, and only where a measurement asks for it.
import {
  countDispatches,
  isTurnLong,
  randomTokens,
  stepsOfTurn,
  submissionsOf,
  type Contestant,
  type Settings,
  type Surroundings,
} from '../contestants/contestant.ts';

/** The parts of the peer that are used, as its type declarations give them. */
interface Peer {
  readonly TeachableLLM: { selectBackend(name: 'webgpu'): Promise<void> };
  readonly models: { readonly NanoGPTV1: new (config: object) => Model };
}
interface Model {
  getNumParams(): number;
}
interface TrainerModule {
  readonly default: new (model: Model, tokenizer: object) => PeerTrainer;
}
interface PeerTrainer {
  setMixedPrecision(enabled: boolean): void;
  /** Forward, backward and AdamW; the loss is left on the device. */
  trainStep(state: object, batch: { readonly xs: PeerTensor; readonly ys: PeerTensor }): PeerTensor;
}
interface PeerTensor {
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

const FOLDER = './node_modules/@genai-fi/nanogpt/dist';
const FILES = import.meta.glob([
  './node_modules/@genai-fi/nanogpt/dist/main.js',
  './node_modules/@genai-fi/nanogpt/dist/training/BasicTrainer.js',
]);

async function load<T>(path: string): Promise<T> {
  const file = FILES[`${FOLDER}/${path}`];
  if (file === undefined) throw new Error('The peer @genai-fi/nanogpt is not installed in bench/peers.');
  // Its exact version is pinned, and its types would only be there when it is installed.
  return (await file()) as T;
}

/** The peer takes Node for a browser, so that it takes the GPU; there it looks at a window while it loads. */
async function inBrowserDisguise<T>(work: () => Promise<T>): Promise<T> {
  if (typeof window !== 'undefined') return work();
  const versions = Object.getOwnPropertyDescriptor(process, 'versions');
  Object.defineProperty(process, 'versions', { value: {}, configurable: true });
  Object.assign(globalThis, {
    window: globalThis,
    self: globalThis,
    document: { createElement: () => ({ getContext: () => null, style: {} }), addEventListener: () => {} },
  });
  try {
    return await work();
  } finally {
    if (versions) Object.defineProperty(process, 'versions', versions);
  }
}

interface TensorEngine {
  makeTensor(values: Int32Array, shape: number[], dtype: 'int32'): PeerTensor;
}
/** TensorFlow.js keeps one engine per process, whichever copy of it is loaded. */
const engineOfTensorFlow = (): TensorEngine => Reflect.get(globalThis, '_tfengine') as TensorEngine;

/** The peer reads its loss about so often, not at every step. */
const LOSS_INTERVAL_MS = 200;

export async function genai({ shape, dtype, steps }: Settings, { tell }: Surroundings): Promise<Contestant> {
  const { peer, BasicTrainer } = await inBrowserDisguise(async () => ({
    peer: await load<Peer>('main.js'),
    BasicTrainer: (await load<TrainerModule>('training/BasicTrainer.js')).default,
  }));
  await peer.TeachableLLM.selectBackend('webgpu');
  const { layers, heads, embd, context, batch, vocab } = shape;
  const rows = batch * context;
  const tokens = randomTokens(rows + 1, vocab);
  let trainer: PeerTrainer | undefined;
  let expectedMs = 0;

  const step = (): PeerTensor => {
    if (trainer === undefined) throw new Error('Nothing has been opened yet.');
    const tf = engineOfTensorFlow();
    const xs = tf.makeTensor(tokens.slice(0, rows), [batch, context], 'int32');
    const ys = tf.makeTensor(tokens.slice(1, rows + 1), [batch, context], 'int32');
    const loss = trainer.trainStep({}, { xs, ys });
    xs.dispose();
    ys.dispose();
    return loss;
  };
  const valueOf = async (loss: PeerTensor): Promise<number> => {
    const [value = Number.NaN] = Array.from(await loss.data());
    loss.dispose();
    if (!Number.isFinite(value)) throw new Error(`The loss of a step of the peer is ${value}.`);
    return value;
  };
  const refuse = async (): Promise<never> => {
    throw new Error('Of the peer only training is measured.');
  };

  return {
    async openTraining() {
      const startMs = performance.now();
      const size = { blockSize: context, vocabSize: vocab, mlpFactor: 4, useRope: false };
      const modelType = 'GenAI_NanoGPT_v1';
      const model = new peer.models.NanoGPTV1({ ...size, modelType, nLayer: layers, nHead: heads, nEmbed: embd });
      trainer = new BasicTrainer(model, {});
      trainer.setMixedPrecision(dtype === 'f16');
      await valueOf(step());
      const firstStepMs = performance.now() - startMs;
      tell(`first step after ${firstStepMs.toFixed(0)} ms`);
      const dispatches = await countDispatches(() => valueOf(step()));
      const secondMs = performance.now();
      await valueOf(step());
      expectedMs = performance.now() - secondMs;
      return {
        device: 'its own WebGPU backend',
        parameters: model.getNumParams(),
        firstStepMs,
        dispatches,
      };
    },

    async train() {
      const count = steps ?? stepsOfTurn(expectedMs);
      const startMs = performance.now();
      let readMs = startMs;
      let loss = Number.NaN;
      for (let i = 1; i <= count; i++) {
        const made = step();
        if (i === count || isTurnLong(readMs, LOSS_INTERVAL_MS)) {
          loss = await valueOf(made);
          readMs = performance.now();
        } else made.dispose();
      }
      const msPerStep = (performance.now() - startMs) / count;
      expectedMs = msPerStep;
      let submitMs = Number.POSITIVE_INFINITY;
      for (let i = 0; i < submissionsOf(msPerStep); i++) {
        const submitStartMs = performance.now();
        const made = step();
        submitMs = Math.min(submitMs, performance.now() - submitStartMs);
        await valueOf(made);
      }
      return { steps: count, msPerStep, submitMs, loss };
    },

    openWriting: refuse,
    write: refuse,
    kernels: refuse,
  };
}
