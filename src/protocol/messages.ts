// Every message between the page and its worker: requests with one reply each, and events.
// Plain data only; who sends and receives is `typedPort.ts`.
import type { Backend as BackendName } from '../config/backendLabels.ts';
import type { LiveSettings, RunConfig, TextChoice, TokenizerConfig } from '../config/runConfig.ts';
import type { ReadingOptions, TextReading } from '../data/textReading.ts';

// ── Devices ──────────────────────────────────────────────────────────────────────────────────────
export { BACKENDS as BACKEND_NAMES, type Backend as BackendName } from '../config/backendLabels.ts';
/** What the person asked for. */
export type BackendPreference = BackendName | 'auto';

export interface BackendCandidate {
  readonly name: BackendName;
  /** Adapter or engine, as far as the browser tells ("nvidia hopper", "SwiftShader (software)", "SIMD, 1 thread"). */
  readonly detail: string;
  readonly available: boolean;
  /** Why it is not available, or why it was not measured. Empty otherwise. */
  readonly note: string;
  /** Multiply-add speed measured just now; 0 where not measured. */
  readonly gigaflopsPerSecond: number;
}

export interface DeviceReport {
  readonly backend: BackendName;
  readonly detail: string;
  /** One sentence: why this backend ("fastest of 3 measured"). */
  readonly reason: string;
  readonly candidates: readonly BackendCandidate[];
  /** Speed of training-shaped matrix products on the chosen backend, for sizing the model. */
  readonly gigaflopsPerSecond: number;
  /** 'plan': a training step is one submission of fused kernels; 'eager': operations run one by one. */
  readonly engine: 'plan' | 'eager';
  readonly precision: Precision;
  /** Whether activations can be stored in half precision here. */
  readonly halfPrecision: boolean;
  /** Time that starting one small operation takes there; what a small model's step mostly consists of on a GPU. */
  readonly secondsPerOperation: number;
  /** Largest single tensor in bytes that the device takes; Infinity where it names no limit. */
  readonly maxTensorBytes: number;
  /** Memory to plan with, in bytes (an estimate: browsers tell no exact figure). */
  readonly memoryBudgetBytes: number;
}

// ── Data ─────────────────────────────────────────────────────────────────────────────────────────
export interface OwnTextFile {
  readonly name: string;
  readonly file: Blob;
}

/** How the page hands a person's own text to the worker. */
export type OwnText =
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'files'; readonly files: readonly OwnTextFile[] }
  /** `fetched`: what the address gave before, to be read instead of asking again. */
  | { readonly kind: 'url'; readonly url: string; readonly fetched?: OwnTextFile | undefined };

export interface PreviewToken {
  readonly id: number;
  /** Printable text of the token; bytes that are no whole character are shown like ‹e2›. */
  readonly text: string;
}

/** The end of a text as tokens: all that any model sees of it. */
export interface TextEndTokens {
  readonly tokens: readonly PreviewToken[];
  /** How many tokens come before these. */
  readonly before: number;
}

export interface TextStatistics {
  readonly name: string;
  readonly documents: number;
  /** Unicode code points. */
  readonly characters: number;
  /** UTF-8 bytes. */
  readonly bytes: number;
}

export interface ImportedText {
  readonly choice: TextChoice;
  readonly statistics: TextStatistics;
  readonly reading?: TextReading | undefined;
  /** From where the text can be read again in another way, as long as the page is open. */
  readonly source: OwnText;
  /** For an address whose text was kept before: whether it still is the same. */
  readonly sinceLastFetch?: 'same' | 'changed';
}

export interface DataReport extends TextStatistics {
  /** How a person's own text was read. */
  readonly reading?: TextReading | undefined;
  readonly tokens: number;
  readonly trainTokens: number;
  readonly validationTokens: number;
  readonly vocabSize: number;
  /** Mean UTF-8 bytes per token of the text, end-of-text tokens included. */
  readonly bytesPerToken: number;
  /** ln V: the loss of guessing every token with equal probability, in nats. */
  readonly uniformLoss: number;
  /** Validation loss of predicting each token by its frequency in the training part, in nats. */
  readonly unigramLoss: number;
  /** The first few hundred tokens of the text. */
  readonly preview: readonly PreviewToken[];
  /** Prompts that suit this text, best first; at least one. */
  readonly suggestedPrompts: readonly string[];
  /** What the learning diary continues where the person has not chosen a prompt. */
  readonly diaryPrompt: string;
}

// ── Run ──────────────────────────────────────────────────────────────────────────────────────────
/** ready: made, step 0 · running · paused · finished: all steps done · stopped: NaN or divergence. */
export type RunPhase = 'ready' | 'running' | 'paused' | 'finished' | 'stopped';

export interface RunReport {
  readonly runId: string;
  readonly name: string;
  readonly phase: RunPhase;
  readonly step: number;
  readonly config: RunConfig;
  readonly parameterCount: number;
  /** For phase 'stopped': what happened, its likely cause, and what to do. */
  readonly trouble?: Fault;
  /** Step of the last state known to be good, where one can be restored after trouble. */
  readonly lastGoodStep?: number;
}

/** Columns of a metrics row, in order. */
/** Tokens per second are not a number until enough was trained to tell. */
export const METRIC_COLUMNS = ['step', 'loss', 'learningRate', 'gradientNorm', 'tokensPerSecond'] as const;

export interface EvaluationPoint {
  readonly step: number;
  /** Mean negative log-likelihood per token, in nats. */
  readonly validationLoss: number;
  readonly bitsPerByte: number;
}

/** The tales' judge on a sample; shares are of complete sentences, 0 … 1. */
export interface SampleJudgement {
  readonly sentences: number;
  /** Share of sentences the grammar accepts. */
  readonly accepted: number;
  /** Share of sentences that are accepted and agree with the story so far (who is there, he or she, how many). */
  readonly coherent: number;
  /** Share of sentences not found in the training text. */
  readonly new: number;
}

export interface DiaryEntry {
  readonly step: number;
  readonly prompt: string;
  /** Continuations of the prompt, the prompt not included. */
  readonly samples: readonly string[];
  /** Present where the text is the tales. */
  readonly judged?: SampleJudgement;
  /** A sentence if no sample could be made (prompt outside the vocabulary). */
  readonly problem?: string;
}

/** All that the charts show of a run's past, for a page that was just opened. */
export interface RunHistory {
  /** Rows of METRIC_COLUMNS. */
  readonly metrics: Float32Array;
  readonly evaluations: readonly EvaluationPoint[];
  readonly diary: readonly DiaryEntry[];
}

export interface OpenedRun {
  readonly run: RunReport;
  readonly history: RunHistory;
  readonly data: DataReport;
}

export interface SavedRunSummary {
  readonly runId: string;
  readonly name: string;
  readonly step: number;
  readonly steps: number;
  /** Last training loss in nats; NaN before the first step. */
  readonly loss: number;
  readonly savedAtMs: number;
  readonly bytes: number;
  /** Under which id the browser's store keeps the person's own text that it is trained on; null for built-in texts. */
  readonly textId: string | null;
}

/**
 * Why nothing lasts: the browser refuses to store, a tab with an older page keeps the store shut, a newer version of the
 * page has made the store, or it does not answer.
 */
export type NoDisk = 'refused' | 'older-tab' | 'newer-page' | 'silent';

export interface StoreReport {
  /** Null where what is kept lasts; else it is gone when the page is closed. */
  readonly noDisk: NoDisk | null;
  readonly runs: { readonly count: number; readonly bytes: number };
  /** Older runs beyond this number make room for newer ones. */
  readonly mostRuns: number;
  /** People's own texts and those from addresses. */
  readonly texts: { readonly count: number; readonly bytes: number };
  /** Ids of the runs that other tabs have open. */
  readonly openElsewhere: readonly string[];
  /** What the browser says this site takes and may take, and whether it has promised to keep it; null where it does not say. */
  readonly usageBytes: number | null;
  readonly quotaBytes: number | null;
  readonly persisted: boolean | null;
}

// ── Generation and inspection ────────────────────────────────────────────────────────────────────
/** How texts are written: token by token, or as the best of many followed at once. */
export const DECODING_METHODS = ['sample', 'beam'] as const;
export type DecodingMethod = (typeof DECODING_METHODS)[number];

/** Order of what is done to the logits: repetition penalty, n-grams, temperature, top-k, top-p, min-p. */
export interface GenerationSettings {
  readonly prompt: string;
  /** Ids to go on from, exactly; `prompt` is then not tokenized. */
  readonly promptTokens?: readonly number[];
  readonly method: DecodingMethod;
  readonly maxTokens: number;
  /** 0 means greedy; with beams it means the best scores, and any other temperature stochastic beams. */
  readonly temperature: number;
  /** 0 means off. */
  readonly topK: number;
  /** 1 means off. */
  readonly topP: number;
  /** Least share of the best token's probability; 0 means off. */
  readonly minP: number;
  /** At least 1, which means off. */
  readonly repetitionPenalty: number;
  /** Length of what must not come twice, in tokens; 0 means off. */
  readonly noRepeatNgram: number;
  /** Strings that end a text; none is empty. */
  readonly stop: readonly string[];
  readonly stopAtEndOfText: boolean;
  /** Texts that are written; of a beam search, how many are returned: at most the beam's width. */
  readonly samples: number;
  readonly seed: number;
  /** At most the vocabulary; only for beams. */
  readonly beamWidth: number;
  /** α of the length penalty (Wu et al. 2016, eq. 14), 0 means off; only for beams. */
  readonly lengthPenalty: number;
}

/** Sampling from the model as it is: temperature 1, nothing cut or penalised. The beam is GPT-3's (§2.4). */
export const PLAIN_DECODING = {
  method: 'sample',
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  noRepeatNgram: 0,
  stop: [],
  stopAtEndOfText: true,
  beamWidth: 4,
  lengthPenalty: 0.6,
} as const satisfies Partial<GenerationSettings>;

export type FinishReason = 'length' | 'end-of-text' | 'stop-string';

/** Why a text ended. */
export interface TextEnd {
  readonly reason: FinishReason;
  /** Of a stop string: which one came, and where it begins in the decoded text that was written, in UTF-16 units. */
  readonly stop?: { readonly text: string; readonly at: number };
}

export interface TokenAlternative {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
  readonly endOfText: boolean;
}

export interface GeneratedToken {
  readonly id: number;
  /** Printable label; bytes that are no whole character are shown like ‹e2›. */
  readonly text: string;
  /** What the token adds to the text: the characters that it completes, possibly none. */
  readonly decoded: string;
  /** The model's probability of this token at temperature 1, before any cut. */
  readonly probability: number;
  /** Its natural logarithm. */
  readonly logProbability: number;
  /** The ten most probable tokens, best first, with the same kind of probability. */
  readonly alternatives: readonly TokenAlternative[];
  /** Set on an end-of-text token: the sample ends here, unless that is switched off. */
  readonly endOfText: boolean;
}

/** A hypothesis with one more token, as it came up in a beam search. */
export interface BeamNode {
  /** Counts up from 1, step by step, best first within a step. */
  readonly id: number;
  /** The hypothesis before it; 0 is the prompt. */
  readonly parent: number;
  readonly token: number;
  /** Printable label of the token. */
  readonly text: string;
  readonly endOfText: boolean;
  /** The model's own log-probability of this token: temperature 1, before penalties and cuts. */
  readonly logProbability: number;
  /** Of the whole hypothesis: summed log-probabilities, after penalties, over the length penalty. */
  readonly score: number;
  /** Whether it is among those that were followed or finished. */
  readonly kept: boolean;
  readonly finished: FinishReason | null;
}

/** A text that a beam search found. */
export interface BeamHypothesis {
  /** Its last token's node. */
  readonly node: number;
  readonly tokens: readonly GeneratedToken[];
  readonly score: number;
  /** The model's own log-probability of all tokens. */
  readonly logProbability: number;
}

export interface GenerationResult {
  /** 'stopped' if the person stopped it. */
  readonly finish: 'done' | 'stopped';
  /** Why each sample or hypothesis ended; null where the person stopped it before. */
  readonly ends: readonly (TextEnd | null)[];
  /** What a beam search found, best score first, stochastic beams in the order drawn; empty for samples. */
  readonly hypotheses: readonly BeamHypothesis[];
  readonly tokensPerSecond: number;
  /** Steps of the model when it began and when it ended; training goes on meanwhile. */
  readonly step: number;
  readonly lastStep: number;
}

export interface AttentionLayer {
  readonly layer: number;
  readonly nHead: number;
  /** Number of tokens T shown (at most the context; the last ones of a longer text). */
  readonly size: number;
  /** How many leading tokens were left out because the context is shorter than the text. */
  readonly offset: number;
  /** Whether a token sees only itself and those before it. */
  readonly causal: boolean;
  /** A token looks at most band − 1 tokens away; 0 is without limit. */
  readonly band: number;
  /** [nHead, T, T], row = the token that looks, column = where it looks; rows sum to 1. */
  readonly weights: Float32Array;
  readonly step: number;
}

// ── Evaluation ───────────────────────────────────────────────────────────────────────────────────
export interface EvaluationSettings {
  /** Whether held-out text is predicted, and whether the text's own questions are asked. */
  readonly heldOut: boolean;
  readonly tasks: boolean;
  /** Tokens of held-out text to read at most, 1 … 1,000,000. */
  readonly tokens: number;
  /** Questions of each task, 1 … 1000. */
  readonly items: number;
  /** Examples in a prompt at most, 0 … 64; the context may hold fewer. */
  readonly mostShots: number;
  /** Chooses questions and examples. */
  readonly seed: number;
}

/** The predictions whose most probable token has a probability in one tenth of 0 … 1. */
export interface CalibrationBin {
  readonly predictions: number;
  /** Mean probability of the most probable token, and how often it was the right one; 0 without predictions. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface HeldOutReport {
  /** Tokens predicted, and tokens held out. */
  readonly predictions: number;
  readonly validationTokens: number;
  /** Tokens of the windows that were read; only those before a token in its window were seen to predict it. */
  readonly windowLength: number;
  /** Why only the token after each window was asked for, a sentence; missing where every token was. */
  readonly whyAtEnds?: string;
  /** Mean negative log-probability in nats per token. */
  readonly loss: number;
  readonly bitsPerByte: number;
  /** How often the right token was the most probable one, and among the five most probable. */
  readonly top1: number;
  readonly top5: number;
  /** The same of always naming the commonest tokens of the training part. */
  readonly commonestTop1: number;
  readonly commonestTop5: number;
  /** Ten, from the least sure. */
  readonly calibration: readonly CalibrationBin[];
  /** Expected calibration error: mean distance of confidence and accuracy, weighted by predictions. */
  readonly calibrationError: number;
}

export interface AnsweredItem {
  readonly prompt: string;
  readonly expected: string;
  /** What the model wrote up to the line's end. */
  readonly answer: string;
  readonly correct: boolean;
}

/** A task's questions, each with so many examples before it. */
export interface ShotAccuracy {
  readonly shots: number;
  readonly correct: number;
  readonly asked: number;
  /** 95 % interval of the share of right answers (Wilson 1927). */
  readonly low: number;
  readonly high: number;
  /** The first few questions. */
  readonly shown: readonly AnsweredItem[];
}

export interface TaskReport {
  readonly name: string;
  readonly kind: string;
  readonly variant: string;
  /** Different questions that were drawn, and how many of them stand in the training text and were not asked. */
  readonly drawn: number;
  readonly known: number;
  /** Share of right answers of the best answer that never changes. */
  readonly constantAnswer: number;
  /** Fewest examples first; empty where nothing could be asked. */
  readonly byShots: readonly ShotAccuracy[];
  /** Why nothing could be asked, a sentence. */
  readonly problem?: string;
}

export interface EvaluationReport {
  /** Steps of the model when it began and when it ended; training goes on meanwhile. */
  readonly step: number;
  readonly lastStep: number;
  readonly settings: EvaluationSettings;
  /** Null where it was not asked for. */
  readonly heldOut: HeldOutReport | null;
  readonly tasks: readonly TaskReport[];
  /** Why the text has no tasks, a sentence. */
  readonly noTasks?: string;
  /** Present where the text is the tales. */
  readonly judged?: SampleJudgement;
}

// ── Experiment ───────────────────────────────────────────────────────────────────────────────────
/** A model that takes part in an experiment. */
export interface ExperimentVariant {
  /** Names it in what is told of the experiment. */
  readonly id: string;
  readonly config: RunConfig;
}

/** What all variants have in common, told once when their models are ready. */
export interface ExperimentPlan {
  readonly textName: string;
  readonly vocabSize: number;
  readonly steps: number;
  /** Tokens that each model reads in one step. */
  readonly tokensPerStep: number;
  /** Held-out windows after which every model is asked for the next token, and tokens in each. */
  readonly windows: number;
  readonly windowLength: number;
  /** Losses of guessing on the held-out part, in nats; see `DataReport`. */
  readonly uniformLoss: number;
  readonly unigramLoss: number;
  /** What every model continues, and whose tokens its attention is shown over. */
  readonly prompt: string;
  readonly promptTokens: readonly PreviewToken[];
  readonly parameterCounts: readonly { readonly variant: string; readonly count: number }[];
}

/** How far a variant is. */
export interface ExperimentPoint {
  readonly step: number;
  /** Mean of its own objective over the steps since the last point, in nats; null before the first step. */
  readonly trainingLoss: number | null;
  /** Mean negative log-likelihood of the token after each held-out window, in nats: the same targets for all. */
  readonly comparableLoss: number;
}

export interface ExperimentSample {
  readonly step: number;
  /** What was written after the prompt, the prompt not included. */
  readonly text: string;
  /** Whether the model ended the text itself. */
  readonly ended: boolean;
}

/** What an experiment tells while it goes on. */
export type ExperimentUpdate =
  | { readonly kind: 'plan'; readonly plan: ExperimentPlan }
  | { readonly kind: 'point'; readonly variant: string; readonly point: ExperimentPoint }
  | { readonly kind: 'sample'; readonly variant: string; readonly sample: ExperimentSample }
  /** Of the first layer and the last. */
  | { readonly kind: 'attention'; readonly variant: string; readonly layers: readonly AttentionLayer[] }
  /** A loss that was not finite ended the variant; the others go on. */
  | { readonly kind: 'diverged'; readonly variant: string; readonly step: number };

// ── Engine ───────────────────────────────────────────────────────────────────────────────────────
/** How activations are stored while training; the arithmetic is f32 either way. */
export const PRECISIONS = ['f32', 'f16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** One dispatch of a training step's plan. */
export interface PlannedDispatch {
  /** The kernel and the elementwise operations fused into it, e.g. 'matMul NN + biasAdd + gelu'. */
  readonly label: string;
  /** The chosen form of the kernel; empty where it has only one. */
  readonly variant: string;
  /** Shape of the result, e.g. '512 × 192'. */
  readonly shape: string;
  /** Floating-point operations, 2 per multiply-add; 0 for kernels that mostly move memory. */
  readonly flops: number;
  /** Time by timestamp query in milliseconds; null where the device has none. */
  readonly milliseconds: number | null;
}

/** A choice among a kernel's forms. */
export interface TunedKernel {
  /** Kernel and shape class. */
  readonly kernel: string;
  readonly variant: string;
  /** What was measured in this session, best first; empty where the choice was remembered from a former visit. */
  readonly measured: readonly { readonly variant: string; readonly milliseconds: number }[];
  /** Forms that gave wrong numbers or did not start. */
  readonly rejected: readonly string[];
}

export interface EngineReport {
  /** Why the plan cannot be shown, a sentence; then everything else is empty. */
  readonly problem: string | null;
  readonly adapter: string;
  /** Optional features the device has that the engine uses (shader-f16, subgroups, timestamp-query). */
  readonly features: readonly string[];
  readonly precision: Precision;
  /** In the order they run. */
  readonly dispatches: readonly PlannedDispatch[];
  /** Floating-point operations of one step. */
  readonly stepFlops: number;
  /** One step by the clock just now, in milliseconds: several steps in a row, divided. */
  readonly stepMilliseconds: number;
  /** Encoding and submitting one step on the processor, in milliseconds. */
  readonly encodeMilliseconds: number;
  readonly tokensPerStep: number;
  /** The best rate of matrix products that this device has shown, in GFLOP/s. */
  readonly gemmGigaflops: number;
  readonly memory: readonly { readonly name: string; readonly bytes: number }[];
  /** Activations and temporaries as planned, and what they would take if nothing shared memory. */
  readonly plannedBytes: number;
  readonly uncolouredBytes: number;
  readonly tuned: readonly TunedKernel[];
}

// ── Evidence ─────────────────────────────────────────────────────────────────────────────────────
/** One group of parameters: its gradient on the device against central differences in double precision. */
export interface CheckedGroup {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** How many of them were differenced. */
  readonly checked: number;
  /** Largest |a − n| / max(|a|, |n|, floor); the floor is a hundredth of the group's largest entry. */
  readonly maxRelativeError: number;
  /** Where it is, flat in the group, with both values there. */
  readonly worst: { readonly index: number; readonly analytic: number; readonly numeric: number };
  readonly passed: boolean;
}

/** 'plan' and 'plan-f16': a plan on the GPU, activations as named; 'eager': operations one by one; 'float64': plain loops. */
export type CheckedPath = 'plan' | 'plan-f16' | 'eager' | 'float64';

/** How far two ways of computing the same numbers are apart. */
export interface ParityFigure {
  readonly quantity: 'loss' | 'logits' | 'gradient';
  readonly path: CheckedPath;
  readonly against: 'float64' | 'plan' | 'differences';
  /** Numbers compared. */
  readonly count: number;
  /** Largest difference, relative to the largest value (of each group of parameters, for a gradient). */
  readonly deviation: number;
  /** What it may be; null where it is told for information. */
  readonly tolerance: number | null;
  readonly passed: boolean;
}

/** What a check on the open device found. */
export interface EvidenceReport {
  readonly backend: BackendName;
  readonly adapter: string;
  readonly engine: 'plan' | 'eager';
  /** How the run stores activations. */
  readonly precision: Precision;
  /** The model that was checked, of the run's switches. */
  readonly model: RunConfig['model'];
  readonly objective: Pick<RunConfig['training'], 'zLoss' | 'labelSmoothing'>;
  readonly vocabSize: number;
  readonly parameterCount: number;
  /** Windows and tokens in each. */
  readonly batchSize: number;
  readonly length: number;
  /** How it differs from the run's own, each as a few words; empty where it does not. */
  readonly changes: readonly string[];
  readonly gradientTolerance: number;
  readonly groups: readonly CheckedGroup[];
  readonly parity: readonly ParityFigure[];
  readonly seconds: number;
  readonly passed: boolean;
}

// ── Faults ───────────────────────────────────────────────────────────────────────────────────────
export type FaultCode =
  | 'text' // a person's text cannot be used
  | 'cancelled'
  | 'config' // sizes that do not go together or do not fit
  | 'vocabulary' // characters the tokenizer does not know
  | 'checkpoint' // a file that cannot be loaded
  | 'storage' // the browser's store is full or closed
  | 'device-lost'
  | 'diverged'
  | 'no-backend'
  | 'internal';

/** An error as data: `message` says what is wrong, `remedy` what to do next. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  readonly remedy: string;
}

// ── Requests (page → worker, one reply each) ─────────────────────────────────────────────────────
export interface Requests {
  /** Chooses and measures a backend. Sent first, and again to change it (the run moves along). */
  openDevice: { params: { preference: BackendPreference; precision: Precision }; result: DeviceReport };
  /** Stores a person's own text in the browser and tells how to name it in a config. An address is read anew. */
  importText: { params: { text: OwnText; options?: ReadingOptions }; result: ImportedText };
  /** Says which text the page has chosen that is not the open run's, so that the store keeps it; null for none. */
  chooseText: { params: { text: TextChoice | null }; result: null };
  /** Reads and tokenizes a text without touching the run; for the preview. */
  prepareData: {
    params: { text: TextChoice; tokenizer: TokenizerConfig; validationFraction: number; seed: number };
    result: DataReport;
  };
  /** Makes a new run at step 0. The present run, if it has taken a step, is kept in the browser's store. */
  createRun: { params: { config: RunConfig }; result: OpenedRun };
  /** Opens the run that was open last. */
  reopenRun: { params: Record<never, never>; result: OpenedRun | null };
  openRun: { params: { runId: string }; result: OpenedRun };
  listRuns: { params: Record<never, never>; result: readonly SavedRunSummary[] };
  /** Refused while another tab has the run open. */
  deleteRun: { params: { runId: string }; result: null };
  storeReport: { params: Record<never, never>; result: StoreReport };
  renameRun: { params: { name: string }; result: RunReport };
  /** Starts or goes on (buttons Train and Resume). */
  train: { params: Record<never, never>; result: RunReport };
  /** Ends after the step under way, then saves. */
  pause: { params: Record<never, never>; result: RunReport };
  step: { params: Record<never, never>; result: RunReport };
  adjust: { params: { settings: LiveSettings }; result: RunReport };
  /** After trouble: back to the last good state. */
  restoreLastGood: { params: Record<never, never>; result: OpenedRun };
  generate: { params: { settings: GenerationSettings }; result: GenerationResult };
  /** Attention of one layer over `tokens`, exactly as the present model computes it. */
  attention: { params: { tokens: readonly number[]; layer: number }; result: AttentionLayer };
  /** Measures the present model; cancelled, it fails with code 'cancelled'. */
  evaluate: { params: { settings: EvaluationSettings }; result: EvaluationReport };
  /** The end of a text as tokens. */
  tokenize: { params: { text: string }; result: TextEndTokens };
  /**
   * The whole run as one file: at its present step, or, once training has gone wrong, at the last good one before.
   * `ruinedStep` is the step that it had then reached, which is not in the file.
   */
  exportRun: {
    params: Record<never, never>;
    result: { fileName: string; file: Blob; step: number; ruinedStep: number | null };
  };
  /** Opens a run from a file, as a run of its own. Cancelled, it fails with code 'cancelled' and changes nothing. */
  importRun: { params: { file: Blob }; result: OpenedRun };
  /** Saves now (the page is about to hide). */
  save: { params: Record<never, never>; result: null };
  /** The open run's training step as the engine runs it, measured now on a copy of its state; training stands back. */
  engineReport: { params: Record<never, never>; result: EngineReport };
  /** Checks a small model of the open run's switches on the open device; the run is left as it is. */
  checkEvidence: { params: Record<never, never>; result: EvidenceReport };
  /**
   * Trains several models side by side on one text, each on the same batches, beside the open run; answers with how long it
   * took, having told everything else as it went. Their configs may differ in the model's switches and the way it is
   * trained. Cancelled, it fails with code 'cancelled'; a newer one ends an older one.
   */
  runExperiment: { params: { variants: readonly ExperimentVariant[] }; result: { readonly seconds: number } };
  /** Counts of what the engine holds, for leak checks. */
  memory: { params: Record<never, never>; result: { tensors: number; bytes: number; gpuBuffers: number } };
  /** For tests: breaks something on purpose. */
  drill: { params: { kind: Drill }; result: null };
}
/** 'end-worker': it dies without an error event; 'hang-worker': it never comes back from a loop. */
export type Drill = 'lose-device' | 'crash-worker' | 'end-worker' | 'hang-worker' | 'fill-disk';
export type RequestName = keyof Requests;
export type Params<N extends RequestName> = Requests[N]['params'];
export type Result<N extends RequestName> = Requests[N]['result'];

export type RequestMessage = {
  [N in RequestName]: { readonly type: 'request'; readonly id: number; readonly name: N; readonly params: Params<N> };
}[RequestName];
/** Ends the request of that id early; it then fails with code 'cancelled' (generate instead answers 'stopped'). */
export interface CancelMessage {
  readonly type: 'cancel';
  readonly id: number;
}
/** Asks for a sign of life: a worker that handles messages at all answers with `alive`. */
export interface PingMessage {
  readonly type: 'ping';
}
export type ToWorker = RequestMessage | CancelMessage | PingMessage;

// ── Events and replies (worker → page) ───────────────────────────────────────────────────────────
export type WorkerEvent =
  /** The first word. While the worker lives it holds a lock of that name; null where browsers have no locks. */
  | { readonly type: 'started'; readonly lock: string | null }
  | { readonly type: 'alive' }
  /** From now on, until told otherwise, nothing may be heard of the worker for about so long at a time. */
  | { readonly type: 'busy'; readonly expectedMs: number }
  | { readonly type: 'progress'; readonly requestId: number; readonly fraction: number; readonly message: string }
  | { readonly type: 'run'; readonly run: RunReport }
  | { readonly type: 'metrics'; readonly runId: string; readonly rows: Float32Array }
  | { readonly type: 'evaluation'; readonly runId: string; readonly point: EvaluationPoint }
  | { readonly type: 'diary'; readonly runId: string; readonly entry: DiaryEntry }
  | { readonly type: 'generated'; readonly requestId: number; readonly sample: number; readonly token: GeneratedToken }
  /** Sent once per generation before its first token: the prompt as tokens and as text. */
  | {
      readonly type: 'prompt';
      readonly requestId: number;
      readonly prompt: TextEndTokens;
      readonly text: string;
    }
  /** What one step of a beam search kept, and as many again that came next. */
  | { readonly type: 'beamStep'; readonly requestId: number; readonly nodes: readonly BeamNode[] }
  | { readonly type: 'experiment'; readonly requestId: number; readonly update: ExperimentUpdate }
  /** The worker itself replaced the run (after a lost device). */
  | { readonly type: 'opened'; readonly opened: OpenedRun }
  /** The worker itself changed the device (the former one was lost). */
  | { readonly type: 'device'; readonly report: DeviceReport }
  | { readonly type: 'saved'; readonly runId: string; readonly step: number; readonly savedAtMs: number }
  /** Something was kept that is gone when the page is closed; told once. */
  | { readonly type: 'notLasting'; readonly reason: NoDisk }
  /** Something went wrong outside any request (autosave, lost device). */
  | { readonly type: 'fault'; readonly fault: Fault };

export type ReplyMessage =
  | { readonly type: 'reply'; readonly id: number; readonly ok: true; readonly result: Result<RequestName> }
  | { readonly type: 'reply'; readonly id: number; readonly ok: false; readonly fault: Fault };
export type FromWorker = WorkerEvent | ReplyMessage;
