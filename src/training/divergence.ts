// Watches the training loss for a run that has gone wrong, and names the likely cause.
import type { TrainingConfig } from '../config/runConfig.ts';

/** Weight of the newest loss in the smoothed one. */
const SMOOTHING = 0.05;
/** A smoothed loss this many nats above its best means that learning has been undone. */
const RISE = 1.5;

/** What the watch remembers; plain data, kept in checkpoints so that a resumed run is judged alike. */
export interface DivergenceState {
  readonly smoothed: number | null;
  readonly best: number | null;
}

export class DivergenceWatch {
  #smoothed: number | null;
  #best: number | null;

  constructor(state: DivergenceState = { smoothed: null, best: null }) {
    this.#smoothed = state.smoothed;
    this.#best = state.best;
  }

  state(): DivergenceState {
    return { smoothed: this.#smoothed, best: this.#best };
  }

  /** @returns a sentence with the likely cause if the run should stop, else undefined. */
  observe(loss: number, gradientNorm: number, training: TrainingConfig): string | undefined {
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      return `The loss is no longer a number. ${likelyCause(training)}`;
    }
    this.#smoothed = this.#smoothed === null ? loss : this.#smoothed + SMOOTHING * (loss - this.#smoothed);
    this.#best = Math.min(this.#best ?? Number.POSITIVE_INFINITY, this.#smoothed);
    if (this.#smoothed <= this.#best + RISE) return undefined;
    return `The loss has risen from ${this.#best.toFixed(2)} to ${this.#smoothed.toFixed(2)}. ${likelyCause(training)}`;
  }
}

function likelyCause({ learningRate, clipNorm, warmupSteps }: TrainingConfig): string {
  if (clipNorm === 0) return 'The likely cause: the gradient is not clipped. Set the clipping norm to 1.';
  if (learningRate > 0.01)
    return `The likely cause: a learning rate of ${learningRate} is very high. Try a tenth of it.`;
  if (warmupSteps < 10) return 'The likely cause: training starts at full speed. Give it 50 or more steps of warm-up.';
  return `The likely cause: the learning rate (${learningRate}) is too high for this model. Try a third of it.`;
}
