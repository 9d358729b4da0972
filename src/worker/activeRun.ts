// The open run: model, data position and history, and the training loop that a person starts and pauses.
// It reports through a sink and saves through a callback; requests and devices are `session.ts`.
import { inWords } from '../config/inWords.ts';
import type { SavedRun } from '../checkpoint/runFile.ts';
import type { LiveSettings, RunConfig } from '../config/runConfig.ts';
import { batchesAt } from '../config/schedule.ts';
import { validateConfig } from '../config/validateConfig.ts';
import { BatchSampler, validationBatches, type Batch } from '../data/batches.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import { writeText } from '../generation/generate.ts';
import {
  METRIC_COLUMNS,
  type DiaryEntry,
  type EvaluationPoint,
  type Fault,
  type OpenedRun,
  type RunPhase,
  type RunReport,
  type SavedRunSummary,
  type WorkerEvent,
} from '../protocol/messages.ts';
import { DivergenceWatch } from '../training/divergence.ts';
import { bitsPerByte, validationWindows, validationLoss } from '../training/evaluation.ts';
import type { Trainer } from '../training/trainer.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { DIARY_SAMPLING } from './diarySampling.ts';
import { FaultError } from './fault.ts';
import { judgeSamples } from './judgeSamples.ts';
import { MetricLog } from './metricLog.ts';
import type { PreparedData } from './preparedData.ts';
import { storedTextId } from './textId.ts';
import { TokenRate } from './tokenRate.ts';
import type { DeviceTurns } from './turns.ts';

export interface RunSurroundings {
  readonly turns: DeviceTurns;
  readonly emit: (event: WorkerEvent, transfer?: Transferable[]) => void;
  /** Called between steps; decides by the clock whether to save. */
  readonly autosave: (run: ActiveRun) => Promise<void>;
  /** Called whenever work has ended (a pause, the last step, trouble, a single step): what is on screen is to be saved. */
  readonly onRest: (run: ActiveRun) => Promise<void>;
  /** Called when a step fails. Unless the run is abandoned meanwhile (its device was lost), it is then paused. */
  readonly onFailure: (error: unknown) => Promise<void>;
}

const REPORT_EVERY_MS = 100;
const DIARY_SAMPLES = 4;
/** A person waits for a pause, or for text, no longer than steps that were begun together take. */
const BURST_MS = 120;

export class ActiveRun {
  readonly data: PreparedData;
  readonly trainer: Trainer;
  readonly #runId: string;
  #name: string;
  #config: RunConfig;
  readonly #sampler: BatchSampler;
  readonly #validation: readonly Batch[];
  readonly #watch: DivergenceWatch;
  readonly #metrics: MetricLog;
  readonly #evaluations: EvaluationPoint[];
  readonly #diary: DiaryEntry[];
  readonly #around: RunSurroundings;
  #phase: RunPhase;
  #trouble: Fault | undefined;
  #abandoned = false;
  /** Set while a person waits for the loop to end. */
  #pausing = false;
  #loop: Promise<void> | undefined;
  #reportedAtMs = 0;
  readonly #rate = new TokenRate();
  /** Steps begun without waiting in between. */
  #burst = 1;
  /** Steps at which a measurement was made or tried, so that one without a finite loss is not tried for ever. */
  #evaluatedStep: number | undefined;
  #diaryStep: number | undefined;
  #changes = 0;
  #adjustedAfterTrouble = false;
  /** Step of the last state that is kept while the run went well. */
  lastGoodStep: number | undefined;

  /** A new run at step 0, or `saved` where it left off; the trainer is at that step and becomes the run's own. */
  constructor(
    identity: { runId: string; name: string; config: RunConfig },
    data: PreparedData,
    trainer: Trainer,
    around: RunSurroundings,
    saved?: SavedRun,
  ) {
    const { config } = identity;
    this.#runId = identity.runId;
    this.#name = identity.name;
    this.#config = config;
    this.data = data;
    this.#around = around;
    this.#sampler = new BatchSampler(data.dataset.train, config.model.contextLength, config.seed, saved?.sampler);
    this.#validation = validationBatches(
      data.dataset,
      config.model.contextLength,
      config.training.batchSize,
      validationWindows(config.model, config.training.batchSize),
    );
    const { batchSize, accumulation } = config.training;
    const asked = config.model.prediction === 'every' ? undefined : batchSize * accumulation;
    this.#watch = new DivergenceWatch(saved?.divergence, asked, trainer.step);
    this.#metrics = new MetricLog(saved?.metrics);
    this.#evaluations = [...(saved?.evaluations ?? [])];
    this.#diary = [...(saved?.diary ?? [])];
    this.#evaluatedStep = this.#evaluations.at(-1)?.step;
    this.#diaryStep = this.#diary.at(-1)?.step;
    this.trainer = trainer;
    this.#phase = this.#restingPhase();
  }

  get runId(): string {
    return this.#runId;
  }
  get step(): number {
    return this.trainer.step;
  }
  get phase(): RunPhase {
    return this.#phase;
  }
  get config(): RunConfig {
    return this.#config;
  }
  get name(): string {
    return this.#name;
  }
  /** Grows with everything that a save would keep. */
  get changes(): number {
    return this.#changes;
  }
  /** Whether settings were changed after trouble stopped the run: then they are meant for going on. */
  get adjustedAfterTrouble(): boolean {
    return this.#adjustedAfterTrouble;
  }
  /** False while the loss is well above its best, or no number: such a state is no good one to go back to. */
  get healthy(): boolean {
    return this.#watch.healthy && (this.trainer.step === 0 || !Number.isNaN(this.#metrics.lastLoss()));
  }

  #restingPhase(): RunPhase {
    if (this.trainer.step === 0) return 'ready';
    return this.#hasWork() ? 'paused' : 'finished';
  }

  #hasWork(): boolean {
    return this.trainer.step < this.#config.training.steps || this.#owesEvaluation() || this.#owesDiary();
  }

  /** Whether the present step is one to be measured at (the first, the last, every so many), and was not yet. */
  #owesEvaluation(): boolean {
    return this.#evaluatedStep !== this.trainer.step && this.#isDue(this.#config.training.evalEvery);
  }

  #owesDiary(): boolean {
    return this.#diaryStep !== this.trainer.step && this.#isDue(this.#config.training.sampleEvery);
  }

  #isDue(every: number): boolean {
    const { step } = this.trainer;
    return step % every === 0 || step >= this.#config.training.steps;
  }

  report(): RunReport {
    return {
      runId: this.#runId,
      name: this.#name,
      phase: this.#phase,
      step: this.trainer.step,
      config: this.#config,
      parameterCount: this.trainer.model.parameterCount,
      ...(this.#trouble && { trouble: this.#trouble }),
      ...(this.lastGoodStep !== undefined && { lastGoodStep: this.lastGoodStep }),
    };
  }

  opened(): OpenedRun {
    return {
      run: this.report(),
      history: { metrics: this.#metrics.all(), evaluations: [...this.#evaluations], diary: [...this.#diary] },
      data: this.data.report,
    };
  }

  /** Everything to go on exactly, as of the present step. Runs alone on the device. */
  async capture(): Promise<SavedRun> {
    const snapshot = await this.trainer.snapshot();
    return {
      runId: this.#runId,
      name: this.#name,
      config: this.#config,
      tokenizer: this.data.tokenizer.serialize(),
      textFigures: { tokens: this.data.dataset.tokens, unigramLoss: this.data.dataset.unigramLoss },
      vocabSize: this.data.dataset.vocabSize,
      sampler: this.#sampler.state(),
      divergence: this.#watch.state(),
      evaluations: [...this.#evaluations],
      diary: [...this.#diary],
      savedAtMs: Date.now(),
      metrics: this.#metrics.all(),
      ...snapshot,
    };
  }

  summary(savedAtMs: number, bytes: number): SavedRunSummary {
    return {
      runId: this.#runId,
      name: this.#name,
      step: this.trainer.step,
      steps: this.#config.training.steps,
      loss: this.#metrics.lastLoss(),
      savedAtMs,
      bytes,
      textId: storedTextId(this.#config.text),
    };
  }

  rename(name: string): void {
    this.#changes++;
    this.#name = name;
    this.#emitRun();
  }

  /**
   * A last step that lies behind the run is its present step: a run at rest then makes its last measurements.
   * @throws FaultError on a setting out of range, which would also make the run's file unreadable
   */
  adjust(settings: LiveSettings): void {
    const training = { ...this.#config.training, ...settings };
    const problem = validateConfig({ ...this.#config, training }, {})[0];
    if (problem) throw new FaultError('config', problem.message, 'The run keeps its current settings.');
    this.#changes++;
    this.#adjustedAfterTrouble ||= this.#phase === 'stopped';
    this.#config = { ...this.#config, training: { ...training, steps: Math.max(training.steps, this.trainer.step) } };
    if (this.#phase === 'finished' || this.#phase === 'paused') {
      this.#phase = this.#restingPhase();
      if (this.#phase === 'paused' && this.trainer.step >= this.#config.training.steps) this.start();
    }
    this.#emitRun();
  }

  /** Starts the loop; it ends by `pause`, at the last step, or by trouble. */
  start(): void {
    if (this.#phase === 'running' || this.#phase === 'stopped' || !this.#hasWork()) return;
    this.#phase = 'running';
    this.#emitRun();
    this.#loop = this.#train();
  }

  /** Resolves when the step under way has ended. */
  async pause(): Promise<void> {
    if (this.#phase === 'running') this.#phase = 'paused';
    this.#pausing = true;
    await this.#loop;
    this.#pausing = false;
    if (this.#phase === 'paused') this.#phase = this.#restingPhase();
    this.#emitRun();
  }

  /** Takes a single step, with the measurements before and after it. */
  async stepOnce(): Promise<void> {
    if (this.#phase === 'running' || this.#phase === 'stopped' || !this.#hasWork()) return;
    await this.#around.turns.background(async () => {
      await this.#measure();
      if (this.trainer.step < this.#config.training.steps) await this.#takeSteps(1);
      if (!this.#trouble) await this.#measure();
    });
    if (!this.#trouble) this.#phase = this.#restingPhase();
    await this.#rest();
  }

  /**
   * For a lost device: the run says nothing more and touches the device no more.
   * @returns whether it was training
   */
  abandon(): boolean {
    const wasRunning = this.#phase === 'running';
    this.#abandoned = true;
    this.#phase = 'paused';
    return wasRunning;
  }

  /** Ends the loop and gives the device's memory back. */
  async dispose(): Promise<void> {
    if (this.#phase === 'running') this.#phase = 'paused';
    this.#pausing = true;
    await this.#loop?.catch(() => {});
    this.trainer.dispose();
  }

  async #train(): Promise<void> {
    try {
      while (this.#phase === 'running' && this.#hasWork()) {
        await this.#around.turns.background(() => this.#goOn());
        if (performance.now() - this.#reportedAtMs >= REPORT_EVERY_MS) this.#flush();
        await this.#around.autosave(this);
        await yieldToEvents();
      }
      if (this.#phase === 'running') this.#phase = 'finished';
    } catch (error) {
      if (!this.#abandoned) await this.#around.onFailure(error);
      this.#phase = 'paused';
    }
    await this.#rest();
  }

  /** Steps and measurements are apart, so that a save comes between them: a long measurement risks no steps. */
  async #goOn(): Promise<void> {
    const { step } = this.trainer;
    const owes = this.#owesEvaluation() || this.#owesDiary();
    if (owes) await this.#measure();
    if (!owes || step === 0) await this.#takeSteps(this.#burst);
  }

  /** Tells how things stand, and has that saved. */
  async #rest(): Promise<void> {
    this.#flush();
    if (!this.#abandoned) await this.#around.onRest(this);
  }

  /** Makes the measurements that are due at the present step. */
  async #measure(): Promise<void> {
    this.#changes++;
    if (this.#owesEvaluation()) await this.#evaluate();
    if (this.#owesDiary()) await this.#writeDiary();
  }

  /** Takes up to `count` steps, not beyond the next measurement, diary page or the end. */
  async #takeSteps(count: number): Promise<void> {
    const { training, model } = this.#config;
    this.#changes++;
    const first = this.trainer.step;
    const stops = [training.evalEvery, training.sampleEvery].map((every) => every - (first % every));
    const taken = Math.min(count, this.trainer.stepsAtOnce, training.steps - first, ...stops);
    const batches = Array.from({ length: taken }, (_, i) =>
      Array.from({ length: batchesAt(first + 1 + i, training, model.contextLength) }, () =>
        this.#sampler.next(training.batchSize),
      ),
    );
    const startMs = performance.now();
    const metrics = await this.trainer.advance(batches, training);
    const elapsedMs = performance.now() - startMs;
    this.#paceBy(elapsedMs, taken);
    const tokens = batches.flat().length * training.batchSize * model.contextLength;
    this.#rate.add(tokens, elapsedMs);
    for (const row of metrics) {
      const values = { ...row, tokensPerSecond: this.#rate.perSecond };
      this.#metrics.append(METRIC_COLUMNS.map((name) => values[name]));
      const cause = this.#watch.observe(row.loss, row.gradientNorm, training, model.contextLength);
      if (cause === undefined) continue;
      this.#stop(cause);
      return;
    }
    // The last step may have been moved back while steps were under way.
    const { steps } = this.#config.training;
    if (this.trainer.step > steps)
      this.#config = { ...this.#config, training: { ...this.#config.training, steps: this.trainer.step } };
  }

  /** Begins more steps at once while they are quick, fewer where a person would have to wait for them. */
  #paceBy(elapsedMs: number, taken: number): void {
    const isWhole = taken === this.#burst;
    if (elapsedMs < BURST_MS && isWhole) this.#burst = Math.min(2 * taken, this.trainer.stepsAtOnce);
    else if (elapsedMs > 1.5 * BURST_MS) this.#burst = Math.max(1, Math.floor((taken * BURST_MS) / elapsedMs));
  }

  #stop(cause: string): void {
    if (this.#abandoned) return;
    this.#phase = 'stopped';
    this.#trouble = {
      code: 'diverged',
      message: `Training stopped at step ${inWords(this.trainer.step)}. ${cause}`,
      remedy:
        this.lastGoodStep === undefined
          ? 'Change the setting and press New run.'
          : `Go back to step ${inWords(this.lastGoodStep)}, change the setting and resume, or press New run.`,
    };
  }

  async #evaluate(): Promise<void> {
    const { dataset } = this.data;
    this.#evaluatedStep = this.trainer.step;
    const loss = await validationLoss(this.trainer.model, this.#validation, yieldToEvents);
    const point: EvaluationPoint = {
      step: this.trainer.step,
      validationLoss: loss,
      bitsPerByte: bitsPerByte(loss, dataset.validation.length, dataset.validationBytes),
    };
    if (!Number.isFinite(loss)) return;
    this.#evaluations.push(point);
    this.#emit({ type: 'evaluation', runId: this.#runId, point });
  }

  async #writeDiary(): Promise<void> {
    const entry = await this.#diaryEntry();
    if (entry === undefined) return;
    this.#diaryStep = entry.step;
    this.#diary.push(entry);
    this.#emit({ type: 'diary', runId: this.#runId, entry });
  }

  /** @returns undefined if a person paused meanwhile: on a slow device they would wait for the whole page. */
  async #diaryEntry(): Promise<DiaryEntry | undefined> {
    const { tokenizer, report } = this.data;
    const { samplePrompt, sampleLength } = this.#config.training;
    const prompt = samplePrompt === '' ? report.diaryPrompt : samplePrompt;
    const { step } = this.trainer;
    let ids: Int32Array;
    try {
      ids = tokenizer.encode(prompt);
    } catch (error) {
      return { step, prompt, samples: [], problem: error instanceof Error ? error.message : String(error) };
    }
    const written: number[][] = Array.from({ length: DIARY_SAMPLES }, () => []);
    const settings = { ...DIARY_SAMPLING, maxTokens: sampleLength, samples: DIARY_SAMPLES, seed: this.#config.seed };
    // The diary is written within a step's turn, so its device work needs no turn of its own, only breath.
    const inTurn: Exclusive = async (work) => {
      await yieldToEvents();
      return work();
    };
    for await (const token of writeText(this.trainer.model, ids, tokenizer.endOfText, settings, inTurn)) {
      written[token.sample]?.push(token.id);
      await yieldToEvents();
      if (this.#pausing) return undefined;
    }
    const samples = written.map((sample) => tokenizer.decode(sample));
    const judge = this.data.judge();
    const judged =
      judge &&
      judgeSamples(
        judge,
        samples.map((sample) => prompt + sample),
      );
    return { step, prompt, samples, ...(judged && { judged }) };
  }

  /** Sends what the page has not seen yet. */
  #flush(): void {
    this.#reportedAtMs = performance.now();
    const rows = this.#metrics.takeUnsent();
    if (rows.length > 0) this.#emit({ type: 'metrics', runId: this.#runId, rows }, [rows.buffer]);
    this.#emitRun();
  }

  #emitRun(): void {
    this.#emit({ type: 'run', run: this.report() });
  }

  #emit(event: WorkerEvent, transfer?: Transferable[]): void {
    if (!this.#abandoned) this.#around.emit(event, transfer);
  }
}
