// Tells the page how long this worker may say nothing, so that it is not taken for dead while it computes: an operation
// on a processor, a file of a large model, a text read as JSON let no message be answered until they are done.
import { estimate, parameterCount, type DeviceSpeed } from '../config/estimate.ts';
import type { RunConfig } from '../config/runConfig.ts';

/** Shorter silences need no telling. */
const WORTH_TELLING_MS = 200;
/** Of a device whose speed is not known. */
const UNKNOWN_STEP_MS = 60_000;
const LONGEST_STEP_MS = 30 * 60_000;
const FILE_BYTES_PER_MS = 400_000;
const PROMPT_CHARACTERS_PER_MS = 500;
const INITIAL_VALUES_PER_MS = 20_000;
const TRACED_LAYERS_PER_MS = 1 / 30;
/** Files hold weights and two moments. */
const BYTES_PER_PARAMETER = 12;

/** Of opening a device: code is compiled, and products are timed. */
export const OPENING_MS = 2000;
/** Of a text as large as texts may be: what is not done piece by piece, such as JSON. */
export const TEXT_MS = 1000;

/** Of a prompt: its tokens are found, named and sent in one go. */
export const promptMs = (length: number): number => length / PROMPT_CHARACTERS_PER_MS;

/** Of a run that is open: a step where operations run one by one, or making its file. */
export function runSilenceMs(config: RunConfig, vocabSize: number, speed: DeviceSpeed): number {
  const fileMs = (BYTES_PER_PARAMETER * parameterCount(config.model, vocabSize)) / FILE_BYTES_PER_MS;
  return Math.max(fileMs, stepMs(config, vocabSize, speed));
}

/** Of making a model and its plans. */
export const makingMs = ({ model }: RunConfig, vocabSize: number): number =>
  parameterCount(model, vocabSize) / INITIAL_VALUES_PER_MS + tracingMs(model.nLayer);

/** Of asking a model something about texts side by side, each as long as its context. */
export function askingMs(config: RunConfig, vocabSize: number, speed: DeviceSpeed, texts: number): number {
  const { batchSize, accumulation } = config.training;
  const perText = stepMs(config, vocabSize, speed) / (batchSize * accumulation);
  return tracingMs(config.model.nLayer) + perText * texts;
}

const tracingMs = (layers: number): number => layers / TRACED_LAYERS_PER_MS;

function stepMs(config: RunConfig, vocabSize: number, speed: DeviceSpeed): number {
  if (speed.engine === 'plan') return 0;
  const ms = 1000 * estimate(config, vocabSize, speed).secondsPerStep;
  return Number.isFinite(ms) ? Math.min(ms, LONGEST_STEP_MS) : UNKNOWN_STEP_MS;
}

export class ExpectedSilence {
  readonly #tell: (expectedMs: number) => void;
  readonly #expected = new Map<symbol, number>();
  #told = 0;

  /** @param tell is given the longest silence expected at present, in milliseconds, when it changes; 0 for none */
  constructor(tell: (expectedMs: number) => void) {
    this.#tell = tell;
  }

  /** @returns a function that takes the expectation back */
  expect(ms: number): () => void {
    const key = Symbol();
    this.#expected.set(key, ms);
    this.#update();
    return () => {
      this.#expected.delete(key);
      this.#update();
    };
  }

  /** Expects it for as long as a piece of work goes on. */
  async during<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const end = this.expect(ms);
    try {
      return await work();
    } finally {
      end();
    }
  }

  #update(): void {
    const longest = Math.max(0, ...this.#expected.values());
    const expected = longest < WORTH_TELLING_MS ? 0 : Math.ceil(longest);
    if (expected === this.#told) return;
    this.#told = expected;
    this.#tell(expected);
  }
}
