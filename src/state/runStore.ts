// What the page knows of the device, the data and the run: the store alone.
// The actions that change it live in the `…Actions.ts` files and `lifecycle.ts`.
import { create } from 'zustand';
import { DEFAULT_CONFIG, type RunConfig, type TextChoice } from '../config/runConfig.ts';
import type { TextReading } from '../data/textReading.ts';
import type {
  BackendPreference,
  DataReport,
  DeviceReport,
  DiaryEntry,
  EvaluationPoint,
  Fault,
  OwnText,
  Precision,
  RunReport,
  SavedRunSummary,
  StoreReport,
} from '../protocol/messages.ts';
import type { LiveChanges } from './liveChange.ts';

export interface Working {
  readonly fraction: number;
  readonly message: string;
}

/** What a run button asked for and the worker has not answered yet. */
export type RunCommand = 'train' | 'pause' | 'step' | 'reset' | 'restore';

/** A dismissible sentence shown near the run bar (a lost device, a full disk, a malformed address). */
export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly remedy: string;
  /** What it is about: there is one notice of each topic at most, the newest, and it goes when that is over (`noticeEnds.ts`). */
  readonly topic: NoticeTopic;
}

export type NoticeTopic =
  | 'address' // settings of the address that were not used
  | 'backend' // the chosen backend is slow, or did not open
  | 'device' // the device was lost
  | 'drop' // something was dropped where it cannot be
  | 'reopening' // the last run could not be opened
  | 'restart' // the worker died and was started again
  | 'saving' // the run could not be saved
  | 'storage' // what is kept here is gone with the page
  | 'work'; // something else went wrong by itself

interface TextSource {
  readonly text: TextChoice;
  readonly source: OwnText;
  /** Two ways to read it may give one content, which the store keeps once. */
  readonly reading: TextReading | undefined;
}

export interface RunStore {
  /** Undefined until the backend has been chosen and measured. */
  device: DeviceReport | undefined;
  /** How many times longer than counted training takes on the device, as it has been seen here; 1 until it has. */
  pace: number;
  devicePreference: BackendPreference;
  /** How the person wants activations stored; a device that cannot store them so stores them in single precision. */
  precisionPreference: Precision;
  deviceStatus: 'starting' | 'ready' | 'restarting' | 'failed';
  deviceFault: Fault | undefined;
  /** Set while nothing has been heard of the worker for a while: how long it said that it would be silent, or 0. */
  workerQuiet: { readonly expectedMs: number } | undefined;
  /** What the worker does while it opens a device or a saved run: a run's plans take a while to make. */
  deviceWork: Working | undefined;
  /** What the panels show and edit; becomes a run's config when a run is made. */
  draft: RunConfig;
  /** The prepared text of the draft (or of the run, where they agree). */
  data: DataReport | undefined;
  /** `dataKeyOf` the config that `data` was made from. */
  dataKey: string | undefined;
  /** The prepared text of the open run: the vocabulary and baselines its losses are measured against. */
  runData: DataReport | undefined;
  /** Set while a text is being read and tokenized. */
  dataWork: Working | undefined;
  dataFault: Fault | undefined;
  /** From what a person's own text was read and how, so that it can be read in another way; gone with the page. */
  textSource: TextSource | undefined;
  /** Whether the draft's text, when it was fetched again, was the same as before; undefined where it was not. */
  sinceLastFetch: 'same' | 'changed' | undefined;
  /** The open run; undefined only before the first one is made. */
  run: RunReport | undefined;
  /** True while a new run is being made from the draft. */
  creating: boolean;
  /** Train was pressed before there was a run to train; it starts as soon as there is one. */
  trainWhenReady: boolean;
  command: RunCommand | undefined;
  /** True while the draft differs from the open run's config in more than live settings. */
  draftDiffers: boolean;
  evaluations: readonly EvaluationPoint[];
  diary: readonly DiaryEntry[];
  /** The last state that this browser's store holds of the open run; undefined until it is told of one. */
  saved: { readonly step: number; readonly atMs: number } | undefined;
  savedRuns: readonly SavedRunSummary[];
  /** What the browser keeps for this page, as of the last look at the saved runs. */
  storage: StoreReport | undefined;
  /** What was changed of the open run while it is under way. */
  liveChanges: LiveChanges;
  /** What is near the run buttons: a fault of train, step, save or load. */
  runFault: Fault | undefined;
  notices: readonly Notice[];
}

export const useRunStore = create<RunStore>(() => ({
  device: undefined,
  pace: 1,
  devicePreference: 'auto',
  precisionPreference: 'f32',
  deviceStatus: 'starting',
  deviceFault: undefined,
  workerQuiet: undefined,
  deviceWork: undefined,
  draft: DEFAULT_CONFIG,
  data: undefined,
  dataKey: undefined,
  runData: undefined,
  dataWork: undefined,
  dataFault: undefined,
  textSource: undefined,
  sinceLastFetch: undefined,
  run: undefined,
  creating: false,
  trainWhenReady: false,
  command: undefined,
  draftDiffers: false,
  evaluations: [],
  diary: [],
  saved: undefined,
  savedRuns: [],
  storage: undefined,
  liveChanges: {},
  runFault: undefined,
  notices: [],
}));

/** From what the draft's text can be read again; undefined if it was chosen in an earlier visit or is made here. */
export function sourceOfText({ draft, textSource }: Pick<RunStore, 'draft' | 'textSource'>): TextSource | undefined {
  return textSource && JSON.stringify(textSource.text) === JSON.stringify(draft.text) ? textSource : undefined;
}
