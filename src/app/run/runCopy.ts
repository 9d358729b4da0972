// Every text of the bar at the top and of the dialog of saved runs.
import type { RunPhase } from '../../protocol/messages.ts';

export const RUN_COPY = {
  tagline: 'Train a small GPT-3 in your browser and look inside it',
  buttons: 'Run',
  train: 'Train',
  pause: 'Pause',
  resume: 'Resume',
  more: (steps: string) => `Train ${steps} more steps`,
  goBack: 'Go back',
  goBackTo: (step: string) => `Go back to step ${step}`,
  step: 'Step',
  stepHelp: 'Takes one training step.',
  newRun: 'New run',
  newRunHelp: 'Starts a new run at step 0 with the settings shown. The current run is kept under Runs.',
  /** Before and after the button's name. */
  newRunWaits: ['These settings need a new run: press ', '. '],
  kept: (step: string) => `The current run (step ${step}) is kept under Runs.`,
  restart: 'Start again',
  dismiss: 'Dismiss',
} as const;

export const STATUS_COPY = {
  phases: {
    ready: 'Ready',
    running: 'Training',
    paused: 'Paused',
    finished: 'Finished',
    stopped: 'Stopped',
  } satisfies Record<RunPhase, string>,
  failed: 'Not running',
  work: (what: string, percent: number, waiting: boolean) => `${what} ${percent}%${waiting ? ', then training' : ''}`,
  measuring: 'Measuring this device',
  restarting: 'Starting again',
  preparing: 'Preparing',
  thenTraining: ', then training',
  pausing: 'Pausing',
  starting: 'Starting',
  startingRun: 'Starting a new run',
  afterStep: (duration: string) => ` after the current step (about ${duration})`,
  notResponding: 'Not responding; restarting soon',
  stepping: 'Taking a step',
  noRun: 'No run yet',
  step: 'step',
  stepHelp:
    'In one step, the model reads one or more batches of text, computes one gradient and updates its weights once.',
  tokensPerSecond: 'tokens/s',
  speedHelp: 'Training tokens processed per second.',
  left: 'left',
  leftHelp: 'At the current speed.',
  progress: 'Training progress',
  position: (step: string, steps: string) => `Step ${step} of ${steps}`,
  notStarted: 'Not started',
  saved: 'saved',
  savedStep: (step: string, age: string) => `step ${step} saved ${age}`,
  savedHelp: 'The last step that is saved in this browser.',
} as const;

export const BACKEND_COPY = {
  label: 'Backend',
  help: (reason: string, speed: string) => `What computes the model. ${reason} Measured speed: ${speed} GFLOP/s.`,
  helpWithoutDevice: 'What computes the model.',
  automatic: 'Automatic',
  automaticIs: (backend: string) => `Automatic: ${backend}`,
  notAvailable: (backend: string) => `${backend} (not available)`,
  candidate: (backend: string, speed: string) => `${backend} (${speed} GFLOP/s)`,
  notRunning: 'not running',
  measuring: 'measuring…',
} as const;

export const THEME_COPY = {
  label: (theme: string) => `Theme: ${theme}`,
  help: (next: string) => `Switches to ${next}.`,
} as const;

export const RUNS_COPY = {
  trigger: 'Runs: ',
  noRun: 'No run yet',
  title: 'Runs',
  close: 'Close',
  description:
    'Runs are kept only in this browser. A file holds a whole run: weights, optimizer state, position in the text and history.',
  name: 'Name of the open run',
  rename: 'Rename',
  save: 'Save to file',
  load: 'Load from file…',
  file: 'Run file',
  drop: 'or drop a file here',
  cancel: 'Cancel',
  loading: 'Loading the run file',
  none: 'No saved runs yet. A run is saved while it trains and when you pause it.',
  ruined: (ruined: string, kept: string) =>
    `Training diverged by step ${ruined}. The file holds step ${kept}, the last good one.`,
  work: {
    list: 'Reading the list',
    load: (name: string) => `Loading ${name}`,
    save: 'Writing the file',
    rename: 'Renaming',
    open: 'Opening',
    remove: 'Deleting',
  },
  about: (step: string, steps: string, loss: string, moment: string, bytes: string) =>
    `step ${step} of ${steps} · loss ${loss} · ${moment} · ${bytes}`,
  openHere: 'open now',
  openElsewhere: 'open in another tab',
  open: 'Open',
  openRun: (name: string) => `Open ${name}`,
  copy: 'Open a copy',
  copyRun: (name: string) => `Open a copy of ${name}`,
  remove: 'Delete',
  removeRun: (name: string) => `Delete ${name}`,
  removeQuestion: 'Delete permanently?',
  removeYes: 'Yes, delete',
  keep: 'Keep',
} as const;

export const STORAGE_COPY = {
  label: 'Storage',
  counted: (count: string, bytes: string) => `${count} (${bytes})`,
  usage: (used: string, quota: string) => ` · this site uses ${used} of ${quota}`,
  removeOne: 'Delete the run that isn’t open…',
  removeMany: (runs: number) => `Delete ${runs} runs that aren’t open…`,
  question: (runs: string) => `Delete ${runs} and the texts that only they use?`,
  yes: 'Yes, delete them',
  persisted: 'Your browser keeps them until you delete them.',
  notPersisted: 'If disk space runs low, your browser may delete them. Save important runs as files.',
  limits: (runs: number) => `The newest ${runs} runs are kept, and each text as long as a run uses it.`,
} as const;
