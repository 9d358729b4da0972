// Watches the training loss for a run that has gone wrong, and names the likely cause.
import type { TrainingConfig } from '../config/runConfig.ts';

/** Weight of the newest loss in the smoothed one. */
const SMOOTHING = 0.05;
/** A smoothed loss this many nats above its best means that learning has been undone. */
const RISE = 1.5;

/** Up to this many nats above its best the smoothed loss counts as well … */
const HEALTHY_RISE = 0.3;
/** … and so does a single loss up to this many nats above the smoothed one. */
const HEALTHY_SPIKE = 1.5;

/** What the watch remembers; plain data, kept in checkpoints so that a resumed run is judged alike. */
export interface DivergenceState {
  readonly smoothed: number | null;
  readonly best: number | null;
}

export class DivergenceWatch {
  #smoothed: number | null;
  #best: number | null;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(state: DivergenceState = { smoothed: null, best: null }) {
    this.#smoothed = state.smoothed;
    this.#best = state.best;
  }

  state(): DivergenceState {
    return { smoothed: this.#smoothed, best: this.#best };
  }

  /** Whether the run is about as good as it ever was. */
  get healthy(): boolean {
    if (this.#smoothed === null || this.#best === null) return true;
    return this.#smoothed <= this.#best + HEALTHY_RISE && this.#latest <= this.#smoothed + HEALTHY_SPIKE;
  }

  /** @returns a sentence with the likely cause if the run should stop, else undefined. */
  observe(loss: number, gradientNorm: number, training: TrainingConfig): string | undefined {
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      return `The loss is no longer a number. ${likelyCause(training)}`;
    }
    this.#latest = loss;
    this.#smoothed = this.#smoothed === null ? loss : this.#smoothed + SMOOTHING * (loss - this.#smoothed);
    this.#best = Math.min(this.#best ?? Number.POSITIVE_INFINITY, this.#smoothed);
    if (this.#smoothed <= this.#best + RISE) return undefined;
    return `The smoothed loss has risen from ${this.#best.toFixed(2)} to ${this.#smoothed.toFixed(2)}. ${likelyCause(training)}`;
  }
}

function likelyCause({ learningRate, clipNorm, warmupTokens, optimizer }: TrainingConfig): string {
  if (clipNorm === 0) return 'The likely cause: the gradient is not clipped. Set the clipping norm to 1.';
  // Gradient descent takes far larger rates than Adam, whose updates are as large as the rate.
  if (learningRate > 0.01 && optimizer !== 'sgd')
    return `The likely cause: a learning rate of ${learningRate} is very high: small models learn well at 0.001 to 0.004.`;
  if (warmupTokens < 1000)
    return 'The likely cause: training starts at full speed. Give it a warm-up of 50 steps or so.';
  return `The likely cause: the learning rate (${learningRate}) is too high for this model. Try a third of it.`;
}
