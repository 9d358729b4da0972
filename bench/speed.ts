// How fast one backend trains and decodes, against its own speed of matrix products, measured in turns so that a
// machine's ups and downs fall on both. Tokens are random: speed does not depend on them.
import { estimate } from '../src/config/estimate.ts';
import { DEFAULT_CONFIG, type ModelConfig, type RunConfig } from '../src/config/runConfig.ts';
import { BatchSampler } from '../src/data/batches.ts';
import { measureGigaflops, type Backend } from '../src/engine/backends.ts';
import { writeText } from '../src/generation/generate.ts';
import { GptModel } from '../src/model/gptModel.ts';
import { Random } from '../src/random/random.ts';
import { Trainer } from '../src/training/trainer.ts';
import { openInNode } from './device.ts';

export interface SpeedOptions {
  readonly backend: Backend;
  /** Steps per round; slow backends take fewer. */
  readonly steps: number;
}

/** Median and range over rounds. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface ShapeSpeed {
  readonly shape: string;
  readonly vocabSize: number;
  readonly parameters: number;
  readonly rounds: number;
  /** FLOP rate of a training step as a share of the rate of matrix products alone. */
  readonly efficiency: Spread;
  readonly millisecondsPerStep: Spread;
  readonly trainedTokensPerSecond: Spread;
  /** One sample, one token at a time, sampling included. */
  readonly decodedTokensPerSecond: Spread;
}

export interface SpeedResult {
  readonly backend: Backend;
  readonly detail: string;
  readonly gigaflopsPerSecond: Spread;
  readonly shapes: readonly ShapeSpeed[];
}

const MOST_ROUNDS = 3;
const WARM_UP_STEPS = 3;
const DECODED_TOKENS = 48;
/** Emulated GPUs take seconds per step: after these times no further step, token or round is begun. */
const WARM_UP_LIMIT_MS = 5000;
const STEPS_LIMIT_MS = 8000;
const DECODING_LIMIT_MS = 4000;
const SHAPE_LIMIT_MS = 30_000;
const STREAM_TOKENS = 20_000;

const withModel = (model: Omit<ModelConfig, 'dropout'>): RunConfig => ({
  ...DEFAULT_CONFIG,
  model: { ...model, dropout: 0 },
});
const SHAPES = [
  { shape: 'default', vocabSize: 1024, config: DEFAULT_CONFIG },
  { shape: 'S', vocabSize: 65, config: withModel({ nLayer: 4, nHead: 4, nEmbd: 64, contextLength: 64 }) },
] as const;

export async function measure({ backend, steps }: SpeedOptions, tell: (line: string) => void): Promise<SpeedResult> {
  const { detail } = await openInNode(backend);
  const products: number[] = [];
  const shapes: ShapeSpeed[] = [];
  for (const { shape, vocabSize, config } of SHAPES) {
    const speed = await measureShape(shape, config, vocabSize, steps, products);
    tell(
      `${backend} ${shape}: ${speed.millisecondsPerStep.median.toFixed(1)} ms/step, ${speed.efficiency.median.toFixed(2)} of matrix products`,
    );
    shapes.push(speed);
  }
  return { backend, detail, gigaflopsPerSecond: spreadOf(products), shapes };
}

async function measureShape(
  shape: string,
  config: RunConfig,
  vocabSize: number,
  steps: number,
  products: number[],
): Promise<ShapeSpeed> {
  const { model: sizes, training, seed } = config;
  const trainer = new Trainer(new GptModel(sizes, vocabSize), seed);
  const random = new Random(seed);
  const stream = Int32Array.from({ length: STREAM_TOKENS }, () => random.integer(vocabSize));
  const sampler = new BatchSampler(stream, sizes.contextLength, seed);
  const { flopsPerStep, parameters } = estimate(config, vocabSize, 1);
  const step = async (): Promise<number> => {
    const batch = sampler.next(training.batchSize);
    const startMs = performance.now();
    await trainer.advance(batch, training);
    return performance.now() - startMs;
  };
  const startMs = performance.now();
  for (let i = 0; i < WARM_UP_STEPS && performance.now() - startMs < WARM_UP_LIMIT_MS; i++) await step();
  await decode(trainer.model);

  const efficiencies: number[] = [];
  const stepMs: number[] = [];
  const decoded: number[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round > 0 && performance.now() - startMs > SHAPE_LIMIT_MS) break;
    const gigaflops = await measureGigaflops(() => performance.now());
    const times: number[] = [];
    const roundMs = performance.now();
    do times.push(await step());
    while (times.length < steps && performance.now() - roundMs < STEPS_LIMIT_MS);
    const { median } = spreadOf(times);
    products.push(gigaflops);
    stepMs.push(median);
    efficiencies.push(flopsPerStep / (median * 1e6) / gigaflops);
    decoded.push(await decode(trainer.model));
  }
  trainer.dispose();
  const tokens = training.batchSize * sizes.contextLength;
  return {
    shape: `${shape}: ${sizes.nLayer} × ${sizes.nEmbd}, ${sizes.nHead} heads, context ${sizes.contextLength}, batch ${training.batchSize}`,
    vocabSize,
    parameters,
    rounds: stepMs.length,
    efficiency: spreadOf(efficiencies),
    millisecondsPerStep: spreadOf(stepMs),
    trainedTokensPerSecond: spreadOf(stepMs.map((ms) => (1000 * tokens) / ms)),
    decodedTokensPerSecond: spreadOf(decoded),
  };
}

/** Tokens per second of one sample. */
async function decode(model: GptModel): Promise<number> {
  const settings = { temperature: 0.8, topK: 0, topP: 0.95, maxTokens: DECODED_TOKENS, samples: 1, seed: 1 };
  const noEnd = -1;
  const startMs = performance.now();
  let count = 0;
  for await (const _ of writeText(model, Int32Array.of(1, 2, 3, 4), noEnd, settings, (work) => work())) {
    count++;
    if (performance.now() - startMs > DECODING_LIMIT_MS) break;
  }
  return (1000 * count) / (performance.now() - startMs);
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted.at(index) ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, low: at(0), high: at(-1) };
}
