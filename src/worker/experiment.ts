// An experiment: several models trained side by side on one text, each on the same batches, measured by the same question
// and let write from the same prompt. The open run takes no part in it; both take turns at the device.
import { bandOfLayer } from '../config/modelShape.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { validationBatches, type Batch } from '../data/batches.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { writeText } from '../generation/generate.ts';
import { layerAttention } from '../inspection/attention.ts';
import type { AttentionLayer, ExperimentSample, ExperimentUpdate, ExperimentVariant } from '../protocol/messages.ts';
import { createTrainer } from '../training/createTrainer.ts';
import { QUESTION_WINDOWS } from '../training/evaluation.ts';
import { comparableLoss, Lane } from '../training/sideBySide.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { DIARY_SAMPLING } from './diarySampling.ts';
import { requireComparable } from './experimentRequest.ts';
import { previewTokens, type PreparedData } from './preparedData.ts';
import type { DeviceTurns } from './turns.ts';

export interface ExperimentSurroundings {
  /** How the device makes plans; undefined where operations run one by one. */
  readonly plans: PlanContext | undefined;
  readonly turns: DeviceTurns;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
  readonly tell: (update: ExperimentUpdate) => void;
}

/** How often all models are measured, besides before the first step. */
const CHECKPOINTS = 12;
/** When they write and are looked into, as shares of the steps. */
const SAMPLED_AT = [0.25, 0.5, 1];
const WINDOWS_AT_ONCE = 16;
const SAMPLE_TOKENS = 48;

/** Steps after which all models are measured: evenly spread, the last one included. */
export function checkpointSteps(steps: number): number[] {
  return [...new Set(Array.from({ length: CHECKPOINTS }, (_, i) => Math.ceil(((i + 1) * steps) / CHECKPOINTS)))];
}

/**
 * Trains every variant for its steps, a few at a time in turn; tells the plan first, then each variant's points in order.
 * @throws FaultError if the variants cannot be compared; what a trainer throws, or the signal's reason. All models are
 *   given back whatever happens.
 */
export async function runExperiment(
  variants: readonly ExperimentVariant[],
  data: PreparedData,
  around: ExperimentSurroundings,
): Promise<{ readonly seconds: number }> {
  const config = requireComparable(variants);
  const { dataset } = data;
  const startMs = performance.now();
  const windows = validationBatches(dataset, config.model.contextLength, WINDOWS_AT_ONCE, QUESTION_WINDOWS);
  const lanes = new Map<string, Lane>();
  try {
    for (const { id, config: own } of variants) {
      around.onProgress(0, `Making model ${lanes.size + 1} of ${variants.length}`);
      await inTurn(around, async () => {
        const trainer = await createTrainer(around.plans, { config: own, vocabSize: dataset.vocabSize });
        lanes.set(id, new Lane(own, trainer, dataset.train));
      });
    }
    tellPlan(config, data, windows, lanes, around);
    await new Experiment(lanes, windows, data, around).run(config.training.steps);
  } finally {
    for (const lane of lanes.values()) lane.dispose();
  }
  return { seconds: (performance.now() - startMs) / 1000 };
}

/** Runs device work alone, behind what a person waits for, unless the experiment is over. */
async function inTurn<T>({ turns, signal }: ExperimentSurroundings, work: () => Promise<T>): Promise<T> {
  // WASM and CPU answer without ever waiting: without a breath, no message could stop them.
  await yieldToEvents();
  signal.throwIfAborted();
  return turns.background(work);
}

const promptOf = ({ report }: PreparedData): string => report.suggestedPrompts[0] ?? report.diaryPrompt;

function tellPlan(
  { training, model }: RunConfig,
  data: PreparedData,
  windows: readonly Batch[],
  lanes: ReadonlyMap<string, Lane>,
  { tell }: ExperimentSurroundings,
): void {
  const { tokenizer, report } = data;
  const prompt = promptOf(data);
  const windowLength = windows[0]?.contextLength ?? 0;
  tell({
    kind: 'plan',
    plan: {
      textName: report.name,
      vocabSize: report.vocabSize,
      steps: training.steps,
      tokensPerStep: training.batchSize * model.contextLength,
      windows: windows.reduce((sum, { targets }) => sum + targets.length / windowLength, 0),
      windowLength,
      uniformLoss: report.uniformLoss,
      unigramLoss: report.unigramLoss,
      prompt,
      promptTokens: previewTokens(tokenizer, tokenizer.encode(prompt)),
      parameterCounts: [...lanes].map(([variant, lane]) => ({ variant, count: lane.model.parameterCount })),
    },
  });
}

class Experiment {
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #windows: readonly Batch[];
  readonly #data: PreparedData;
  readonly #around: ExperimentSurroundings;
  readonly #ended = new Set<string>();

  constructor(
    lanes: ReadonlyMap<string, Lane>,
    windows: readonly Batch[],
    data: PreparedData,
    around: ExperimentSurroundings,
  ) {
    this.#lanes = lanes;
    this.#windows = windows;
    this.#data = data;
    this.#around = around;
  }

  async run(steps: number): Promise<void> {
    const stops = checkpointSteps(steps);
    const sampled = new Set(SAMPLED_AT.map((share) => stops[Math.max(0, Math.floor(share * stops.length) - 1)]));
    await this.#measure('Measuring the untrained models', 0);
    for (const stop of stops) {
      await this.#trainTo(stop, steps);
      const fraction = stop / steps;
      await this.#measure(`Step ${stop} of ${steps}: measuring`, fraction);
      if (!sampled.has(stop)) continue;
      for (const [id, lane] of this.#going()) {
        this.#around.onProgress(fraction, `Step ${stop} of ${steps}: writing`);
        this.#around.tell({ kind: 'sample', variant: id, sample: await this.#write(lane) });
        this.#around.tell({ kind: 'attention', variant: id, layers: await this.#look(lane) });
      }
    }
  }

  #going(): [string, Lane][] {
    return [...this.#lanes].filter(([id]) => !this.#ended.has(id));
  }

  #end(id: string, lane: Lane): void {
    this.#ended.add(id);
    this.#around.tell({ kind: 'diverged', variant: id, step: lane.step });
  }

  async #trainTo(stop: number, steps: number): Promise<void> {
    const total = steps * this.#lanes.size;
    let behind = this.#going();
    while (behind.length > 0) {
      for (const [id, lane] of behind) {
        await inTurn(this.#around, () => lane.advance(stop));
        if (lane.diverged) this.#end(id, lane);
        // A model that has ended keeps no other from going on.
        const done = [...this.#lanes].reduce(
          (sum, [other, { step }]) => sum + (this.#ended.has(other) ? stop : step),
          0,
        );
        this.#around.onProgress(done / total, `Step ${Math.min(...behind.map(([, { step }]) => step))} of ${steps}`);
      }
      behind = this.#going().filter(([, { step }]) => step < stop);
    }
  }

  async #measure(message: string, fraction: number): Promise<void> {
    for (const [id, lane] of this.#going()) {
      this.#around.onProgress(fraction, message);
      const loss = await comparableLoss(lane.model, this.#windows, (work) => inTurn(this.#around, work));
      const trainingLoss = lane.takeTrainingLoss();
      if (!Number.isFinite(loss)) this.#end(id, lane);
      else {
        this.#around.tell({
          kind: 'point',
          variant: id,
          point: { step: lane.step, trainingLoss, comparableLoss: loss },
        });
      }
    }
  }

  async #write({ model, step, config }: Lane): Promise<ExperimentSample> {
    const { tokenizer } = this.#data;
    const settings = { ...DIARY_SAMPLING, maxTokens: SAMPLE_TOKENS, samples: 1, seed: config.seed };
    const prompt = tokenizer.encode(promptOf(this.#data));
    const written: number[] = [];
    let ended = false;
    const exclusive: Exclusive = (work) => inTurn(this.#around, work);
    for await (const { id, end } of writeText(model, prompt, tokenizer.endOfText, settings, exclusive)) {
      ended = end?.reason === 'end-of-text';
      if (!ended) written.push(id);
    }
    return { step, text: tokenizer.decode(written), ended };
  }

  async #look({ model, step }: Lane): Promise<AttentionLayer[]> {
    const { nLayer, nHead, causal } = model.config;
    const tokens = [...this.#data.tokenizer.encode(promptOf(this.#data))];
    const layers: AttentionLayer[] = [];
    for (const layer of new Set([0, nLayer - 1])) {
      const attention = await inTurn(this.#around, () => layerAttention(model, tokens, layer));
      layers.push({ ...attention, layer, nHead, causal, band: bandOfLayer(model.config, layer), step });
    }
    return layers;
  }
}
