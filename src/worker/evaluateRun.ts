// Measures the present model of the open run, while training stands back a little and goes on.
import { inWords } from '../config/inWords.ts';
import { tasksOf } from '../data/textTasks.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import { measureHeldOut } from '../evaluation/heldOutText.ts';
import { measureTask, questionsAtOnce } from '../evaluation/taskAccuracy.ts';
import { drawUnseenItems } from '../evaluation/unseenItems.ts';
import { writeText } from '../generation/generate.ts';
import type { EvaluationReport, EvaluationSettings, SampleJudgement, TaskReport } from '../protocol/messages.ts';
import { UnknownCharactersError, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { ActiveRun } from './activeRun.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { DIARY_SAMPLING } from './diarySampling.ts';
import { FaultError } from './fault.ts';
import { judgeSamples } from './judgeSamples.ts';
import type { PreparedData } from './preparedData.ts';
import type { DeviceTurns } from './turns.ts';

interface Surroundings {
  readonly turns: DeviceTurns;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
  readonly maxTensorBytes: number;
}

/** How its parts use the device and tell how far they are. */
interface Work extends Surroundings {
  readonly exclusive: Exclusive;
}

/** Progress is shown to people, who need it no more often. */
const TELL_EVERY_MS = 60;
/** Where held-out text ends on the progress bar, if tasks follow, or the writing of tales. */
const BEFORE_TASKS = 0.15;
const BEFORE_WRITING = 0.3;
/** More text than the diary has. */
const JUDGED_WRITING = { ...DIARY_SAMPLING, samples: 8, maxTokens: 96 } as const;

const RANGES = {
  tokens: { label: 'Held-out tokens', min: 1, max: 1_000_000 },
  items: { label: 'Questions of each task', min: 1, max: 1000 },
  mostShots: { label: 'Examples in a prompt', min: 0, max: 64 },
} as const;

/**
 * @throws FaultError on settings out of range, or if the model predicts nothing that is a number; (rejects with) the
 *   signal's reason if cancelled
 */
export async function evaluateRun(
  run: ActiveRun,
  settings: EvaluationSettings,
  around: Surroundings,
): Promise<EvaluationReport> {
  requireInRange(settings);
  const work: Work = { ...around, onProgress: sparingly(around.onProgress), exclusive: exclusiveOf(around) };
  const { step } = run;
  const { data } = run;
  const judge = settings.heldOut ? data.judge() : undefined;
  const hasTasks = settings.tasks && tasksOf(run.config.text.kind).length > 0;
  const heldOutDone = hasTasks ? BEFORE_TASKS : judge ? BEFORE_WRITING : 1;

  const heldOut = settings.heldOut
    ? await measureHeldOut(run.trainer.model, data.dataset, {
        tokens: settings.tokens,
        maxTensorBytes: around.maxTensorBytes,
        bytesOf: (id) => data.tokenizer.tokenBytes(id).length,
        exclusive: work.exclusive,
        onProgress: (share) => work.onProgress(share * heldOutDone, 'Predicting held-out text'),
      })
    : null;
  if (heldOut !== null && !Number.isFinite(heldOut.loss)) {
    throw new FaultError(
      'diverged',
      `At step ${run.step}, the model’s predictions are NaN, so there is nothing to measure.`,
      'Go back to the last good state, or press New run.',
    );
  }
  const judged = judge && (await judgedWriting(run, work));
  const tasks = settings.tasks ? await measureTasks(run, settings, work, heldOut === null ? 0 : heldOutDone) : [];
  const noTasks = settings.tasks ? whyNoTasks(run) : undefined;
  return {
    step,
    lastStep: run.step,
    settings,
    heldOut,
    tasks,
    ...(noTasks !== undefined && { noTasks }),
    ...(judged && { judged }),
  };
}

async function measureTasks(
  run: ActiveRun,
  settings: EvaluationSettings,
  work: Work,
  start: number,
): Promise<TaskReport[]> {
  const { tokenizer } = run.data;
  const { items, mostShots, seed } = settings;
  const prepared = await drawUnseenItems(
    tasksOf(run.config.text.kind),
    trainingDocuments(run.data),
    { items, seed, isWritable: (text) => isWritable(tokenizer, text) },
    { signal: work.signal, yieldToEvents, onProgress: (_, message) => work.onProgress(start, message) },
  );
  const { model } = run.trainer;
  const samples = questionsAtOnce(model, prepared);
  const reports: TaskReport[] = [];
  for (const unseen of prepared) {
    const { kind, variant } = unseen.task;
    const done = reports.length;
    reports.push(
      await measureTask(model, tokenizer, unseen, {
        mostShots,
        seed,
        samples,
        exclusive: work.exclusive,
        onProgress: (share, shots) =>
          work.onProgress(
            start + ((done + share) / prepared.length) * (1 - start),
            `${kind}, ${variant}, ${shots === 1 ? '1 example' : `${shots} examples`}`,
          ),
      }),
    );
  }
  return reports;
}

/** All documents where the held-out part is the end of the last one. */
function* trainingDocuments({ documents, dataset }: PreparedData): Generator<string> {
  for (const [index, document] of documents.documents.entries()) if (!dataset.heldOut.has(index)) yield document;
}

function isWritable(tokenizer: Tokenizer, text: string): boolean {
  try {
    tokenizer.encode(text);
    return true;
  } catch (error) {
    if (error instanceof UnknownCharactersError) return false;
    throw error;
  }
}

function whyNoTasks({ config }: ActiveRun): string | undefined {
  const { kind } = config.text;
  if (tasksOf(kind).length > 0) return undefined;
  return kind === 'tales'
    ? 'The tales contain no questions to ask, so the sentences that the model generates are judged instead.'
    : 'This text contains no questions with known answers, so only its held-out part is measured.';
}

async function judgedWriting(run: ActiveRun, { exclusive, onProgress }: Work): Promise<SampleJudgement | undefined> {
  const { tokenizer, report } = run.data;
  const judge = run.data.judge();
  if (judge === undefined) return undefined;
  const { diaryPrompt } = report;
  const settings = { ...JUDGED_WRITING, seed: run.config.seed };
  const written: number[][] = Array.from({ length: settings.samples }, () => []);
  const prompt = tokenizer.encode(diaryPrompt);
  let count = 0;
  for await (const token of writeText(run.trainer.model, prompt, tokenizer.endOfText, settings, exclusive)) {
    written[token.sample]?.push(token.id);
    count++;
    const share = count / (settings.samples * settings.maxTokens);
    onProgress(BEFORE_WRITING + share * (1 - BEFORE_WRITING), 'Generating tales for the judge');
  }
  return judgeSamples(
    judge,
    written.map((ids) => diaryPrompt + tokenizer.decode(ids)),
  );
}

/** One piece of work at a time; between two, messages are heard and training may take a step. */
const exclusiveOf =
  ({ turns, signal }: Surroundings): Exclusive =>
  async (work) => {
    // WASM and CPU answer without ever waiting: without a breath, no message could stop them.
    await yieldToEvents();
    signal.throwIfAborted();
    return turns.exclusive(work);
  };

function sparingly(tell: Surroundings['onProgress']): Surroundings['onProgress'] {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (fraction, message) => {
    if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = performance.now();
    tell(fraction, message);
  };
}

function requireInRange(settings: EvaluationSettings): void {
  for (const name of ['tokens', 'items', 'mostShots'] as const) {
    const value = settings[name];
    const { label, min, max } = RANGES[name];
    if (Number.isInteger(value) && value >= min && value <= max) continue;
    const nearest = Number.isNaN(value) ? min : Math.min(max, Math.max(min, Math.round(value)));
    throw new FaultError(
      'config',
      `${label} must be a whole number from ${min} to ${inWords(max)}, not ${value}.`,
      `The nearest is ${inWords(nearest)}.`,
    );
  }
}
