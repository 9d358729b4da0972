// Watches the training loss for a run that has gone wrong, and names the likely cause.
import { inWords } from '../config/inWords.ts';
import type { TrainingConfig } from '../config/runConfig.ts';
import { tokensAt } from '../config/schedule.ts';

/** Weight of the newest loss in the smoothed one, where it is the mean of many predictions. */
const SMOOTHING = 0.05;
/** Fewer predictions than these make a step's loss an uncertain measure, which counts for less. */
const MANY_PREDICTIONS = 256;
/** A smoothed loss this many nats above its best means that learning has been undone. */
const RISE = 1.5;

/** Up to this many nats above its best the smoothed loss counts as well … */
const HEALTHY_RISE = 0.3;
/** … and so does a single loss up to this many nats above the smoothed one. */
const HEALTHY_SPIKE = 1.5;

/** Losses of single predictions differ by some nats: a mean of n is off by no more than this by √n. */
const SPREAD = 8;

/** A warm-up over fewer steps than this is hardly one … */
const LEAST_WARMUP_STEPS = 10;
/** … and one over so many is advised. */
const ADVISED_WARMUP_STEPS = 50;

/** What the watch remembers; plain data, kept in checkpoints so that a resumed run is judged alike. */
export interface DivergenceState {
  readonly smoothed: number | null;
  readonly best: number | null;
}

export class DivergenceWatch {
  #smoothed: number | null;
  #best: number | null;
  #latest = Number.NEGATIVE_INFINITY;
  readonly #predictions: number;
  #steps: number;

  /**
   * @param predictions per step, where a model is asked once per window; else there are many
   * @param steps that the state has seen
   */
  constructor(
    state: DivergenceState = { smoothed: null, best: null },
    predictions = Number.POSITIVE_INFINITY,
    steps = 0,
  ) {
    this.#smoothed = state.smoothed;
    this.#best = state.best;
    this.#predictions = predictions;
    this.#steps = steps;
  }

  state(): DivergenceState {
    return { smoothed: this.#smoothed, best: this.#best };
  }

  /** Whether the run is about as good as it ever was. */
  get healthy(): boolean {
    if (this.#smoothed === null || this.#best === null) return true;
    const spike = HEALTHY_SPIKE + SPREAD / Math.sqrt(this.#predictions);
    return this.#smoothed <= this.#best + HEALTHY_RISE && this.#latest <= this.#smoothed + spike;
  }

  /**
   * @param contextLength tokens of a sequence
   * @returns a sentence with the likely cause if the run should stop, else undefined.
   */
  observe(loss: number, gradientNorm: number, training: TrainingConfig, contextLength: number): string | undefined {
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      return `The loss became NaN. ${likelyCause(training, contextLength)}`;
    }
    this.#latest = loss;
    this.#steps++;
    const trust = Math.min(1, this.#predictions / MANY_PREDICTIONS);
    // Of few predictions the plain mean comes first: a lucky first loss is no best to be measured by.
    const weight = trust < 1 ? Math.max(SMOOTHING * trust, 1 / this.#steps) : SMOOTHING;
    this.#smoothed = this.#smoothed === null ? loss : this.#smoothed + weight * (loss - this.#smoothed);
    if (this.#steps * this.#predictions < MANY_PREDICTIONS) return undefined;
    this.#best = Math.min(this.#best ?? Number.POSITIVE_INFINITY, this.#smoothed);
    if (this.#smoothed <= this.#best + RISE) return undefined;
    return `The smoothed loss rose from ${this.#best.toFixed(2)} to ${this.#smoothed.toFixed(2)}. ${likelyCause(training, contextLength)}`;
  }
}

function likelyCause(training: TrainingConfig, contextLength: number): string {
  const { learningRate, clipNorm, warmupTokens, optimizer } = training;
  const tokensOf = (steps: number): number => tokensAt(steps + 1, training, contextLength);
  if (clipNorm === 0) return 'Likely cause: the gradient is not clipped. Set Clip norm to 1.';
  // Gradient descent takes far larger rates than Adam, whose updates are as large as the rate.
  if (learningRate > 0.01 && optimizer !== 'sgd')
    return `Likely cause: a learning rate of ${learningRate} is very high. Small models learn well at 0.001 to 0.004.`;
  if (warmupTokens < tokensOf(LEAST_WARMUP_STEPS)) {
    const advised = inWords(tokensOf(ADVISED_WARMUP_STEPS));
    return `Likely cause: there is too little warm-up. Set Warm-up tokens to about ${advised}, which is ${ADVISED_WARMUP_STEPS} steps.`;
  }
  return `Likely cause: the learning rate (${learningRate}) is too high for this model. Try a third of it.`;
}
