// The page's life with its engine: start, restart after a crash, change of device, address bar, hiding.
// What buttons and fields do in between is in the `…Actions.ts` files.
import { inWords } from '../config/inWords.ts';
import { engine } from '../client/engine.ts';
import { BACKEND_LABELS } from '../config/backendLabels.ts';
import { proposeConfig } from '../config/presets.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { decodeConfig, describeLinkProblems, encodeConfig, type DecodedLink } from '../config/urlCodec.ts';
import type { BackendPreference, DeviceReport, Fault, OpenedRun, Params, Precision } from '../protocol/messages.ts';
import { MOST_SETBACKS, Setbacks } from '../protocol/setbacks.ts';
import { tellChosenText } from './chosenText.ts';
import { applyDraft, createRunFromDraft, draftWasEdited, editDraft } from './draftActions.ts';
import { needsNewRun } from './draftDifference.ts';
import { problemsOf } from './draftProblems.ts';
import { learnPace } from './learnedPace.ts';
import { endNotices } from './noticeEnds.ts';
import { adviseOn, faultOf, notify, withdrawNotice } from './notices.ts';
import { presentStep, showRun } from './openedRun.ts';
import { rememberBackend, rememberedBackend, rememberedPrecision, rememberPrecision } from './preferences.ts';
import { startTrainingWhenReady } from './runActions.ts';
import { useRunStore } from './runStore.ts';
import { steadied } from './steadySpeed.ts';
import { watchStrayDrops } from './strayDrops.ts';
import { receiveEvent } from './workerEvents.ts';

const { getState: get, setState: set } = useRunStore;

const ADDRESS_PAUSE_MS = 400;
/** So many crashes within so long mean that starting again does not help. */
const MOST_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
const PRESENT_SETTINGS_STAY = 'The current settings stay.';
const OTHERS_ARE_USED = 'All others are used.';
/** Whether a link says anything that can be used; an empty one names the defaults. */
const isOfUse = ({ problems, understood }: DecodedLink): boolean => understood > 0 || problems.length === 0;

let startNumber = 0;
let restartTimes: number[] = [];
const setbacks = new Setbacks();
let linked: RunConfig | undefined;

/** Starts the page: reads the address, starts the engine, opens the last run or makes the first one. */
export function boot(): void {
  readAddress();
  set({ devicePreference: rememberedBackend(), precisionPreference: rememberedPrecision() });
  engine.onEvent(receiveEvent);
  tellChosenText();
  engine.onRestart((fault) => void recover(fault));
  engine.onQuiet((workerQuiet) => set({ workerQuiet }));
  window.addEventListener('hashchange', () => {
    const link = decodeConfig(location.hash);
    withdrawNotice('address');
    if (isOfUse(link)) editDraft(() => link.config);
    if (link.problems.length > 0) {
      const remedy = isOfUse(link) ? OTHERS_ARE_USED : PRESENT_SETTINGS_STAY;
      notify('warning', describeLinkProblems(link), remedy, 'address');
    }
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') saveNow();
  });
  window.addEventListener('pagehide', saveNow);
  keepAddressInStep();
  learnPace();
  startTrainingWhenReady();
  watchStrayDrops();
  endNotices();
  void start();
}

/** What to open, as the person chose. */
function wantedDevice(): Params<'openDevice'> {
  const { devicePreference, precisionPreference } = get();
  return { preference: devicePreference, precision: precisionPreference };
}

/** Shows what the worker says of its progress. */
async function withProgress<T>(
  ask: (options: { onProgress: (fraction: number, message: string) => void }) => Promise<T>,
): Promise<T> {
  try {
    return await ask({ onProgress: (fraction, message) => set({ deviceWork: { fraction, message } }) });
  } finally {
    set({ deviceWork: undefined });
  }
}

function readAddress(): void {
  if (location.hash.length <= 1) return;
  const link = decodeConfig(location.hash);
  if (link.problems.length > 0) {
    // If nothing of it can be used, what holds instead is known when it is known whether there is a run.
    notify('warning', describeLinkProblems(link), isOfUse(link) ? OTHERS_ARE_USED : '', 'address');
  }
  if (!isOfUse(link)) return;
  linked = link.config;
  set({ draft: link.config });
}

/** Opens a device and the last run; without one, sizes a model to the device and makes the first run. */
async function start(): Promise<void> {
  const mine = ++startNumber;
  const superseded = () => mine !== startNumber;
  try {
    const device = await withProgress((options) => engine.request('openDevice', wantedDevice(), options));
    if (superseded()) return;
    const opened = await reopen();
    if (superseded()) return;
    const settingsStay = opened !== null || draftWasEdited();
    if (linked === undefined)
      adviseOn('address', settingsStay ? PRESENT_SETTINGS_STAY : 'The default settings are used instead.');
    if (opened) {
      const keepDraft = draftWasEdited() || (linked !== undefined && differsFromLink(linked, opened.run.config));
      showRun(opened, keepDraft ? 'keep' : 'take');
    } else if (linked === undefined && !draftWasEdited()) {
      const { model, training, tokenizer } = proposeConfig(steadied(device));
      set(({ draft }) => ({ draft: { ...draft, model, training, tokenizer } }));
    }
    set({ device, deviceStatus: 'ready', deviceFault: undefined });
    sayOfDevice(device);
  } catch (error) {
    if (superseded()) return;
    set({ deviceStatus: 'failed', deviceFault: faultOf(error), trainWhenReady: false });
    return;
  }
  await applyDraft();
}

/** The last run; null if there is none, or if it cannot be opened, which must not keep the page from its work. */
async function reopen(): Promise<OpenedRun | null> {
  try {
    return await withProgress((options) => engine.request('reopenRun', {}, options));
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code === 'internal' || fault.code === 'no-backend') throw error;
    notify(
      'warning',
      `The last run could not be opened. ${fault.message}`,
      'It stays under Runs. A new run was started.',
      'reopening',
    );
    return null;
  }
}

/** A link says nothing of a person's own text, so a run is compared with it by what a link to the run would say. */
const differsFromLink = (link: RunConfig, config: RunConfig): boolean =>
  needsNewRun(link, decodeConfig(encodeConfig(config)).config);

/**
 * After the worker died or hung and was replaced: opens device and run again and goes on with what was going on, unless
 * it dies again and again without getting on. What a button had asked for meanwhile is done.
 */
async function recover(fault: Fault): Promise<void> {
  const mine = ++startNumber;
  const superseded = () => mine !== startNumber;
  const { run: before, trainWhenReady, command } = get();
  const training = before?.phase === 'running' || trainWhenReady || command === 'train';
  const inARow = setbacks.note(before && { runId: before.runId, step: presentStep(), training }, performance.now());
  const now = Date.now();
  restartTimes = [...restartTimes.filter((time) => now - time < RESTART_WINDOW_MS), now];
  if (restartTimes.length > MOST_RESTARTS || inARow > MOST_SETBACKS) {
    if (get().deviceStatus === 'failed') return;
    const times = Math.max(restartTimes.length, inARow);
    const message = `The page’s worker stopped ${times} times in a row and is not restarted automatically.`;
    const remedy = 'Choose another backend or a smaller model, or reload to resume from your last save.';
    set({ deviceStatus: 'failed', deviceFault: { code: 'internal', message, remedy }, trainWhenReady: false });
    return;
  }
  const isStuck = training && inARow >= MOST_SETBACKS;
  const goOn = training && !isStuck && command !== 'pause' && command !== 'reset';
  set({ deviceStatus: 'restarting', creating: false, dataWork: undefined, trainWhenReady: goOn });
  try {
    const device = await withProgress((options) => engine.request('openDevice', wantedDevice(), options));
    if (superseded()) return;
    const opened = await reopen();
    if (superseded()) return;
    if (opened) showRun(opened, 'keep');
    else set({ run: undefined });
    notify('warning', fault.message, recoveredWords(opened, isStuck ? inARow : undefined), 'restart');
    // Training goes on as soon as the engine is ready: see `startTrainingWhenReady`.
    set({ device, deviceStatus: 'ready', deviceFault: undefined });
  } catch (error) {
    if (superseded()) return;
    set({ deviceStatus: 'failed', deviceFault: faultOf(error), trainWhenReady: false });
    return;
  }
  if (command === 'reset' && problemsOf(get()).length === 0) await createRunFromDraft();
  else await applyDraft();
}

/** @param inARow how often it stopped without the run getting on, where that is why training is paused */
function recoveredWords(opened: OpenedRun | null, inARow: number | undefined): string {
  const step = opened ? inWords(opened.run.step) : undefined;
  if (inARow !== undefined) {
    const where = step === undefined ? '' : ` at step ${step}, its last save`;
    return `It stopped ${inARow} times in a row without the run getting on, so training is paused${where}. Choose another backend or a smaller model, or press Resume to try again.`;
  }
  return step === undefined
    ? 'It was restarted. Nothing had been saved yet, so the run starts at step 0.'
    : `It was restarted, and the run continues from step ${step}, its last save.`;
}

/** Starts again after a failure, at the person's wish. */
export async function startAgain(): Promise<void> {
  restartTimes = [];
  setbacks.forget();
  engine.revive();
  set({ deviceStatus: 'starting', deviceFault: undefined });
  await start();
}

/** Changes the backend; the run moves along. A backend that fails leaves the present one in place. */
export async function setBackend(preference: BackendPreference): Promise<void> {
  const previous = get().devicePreference;
  const choose = (chosen: BackendPreference) => {
    set({ devicePreference: chosen });
    rememberBackend(chosen);
  };
  choose(preference);
  await changeDevice(
    () => choose(previous),
    (device) => {
      sayOfDevice(device);
    },
  );
}

/** Changes how activations are stored; the device is opened anew and the run moves along, as with the backend. */
export async function setPrecision(precision: Precision): Promise<void> {
  const previous = get().precisionPreference;
  const choose = (chosen: Precision) => {
    set({ precisionPreference: chosen });
    rememberPrecision(chosen);
  };
  choose(precision);
  await changeDevice(() => choose(previous));
}

/** Opens the device as it is now wanted. @param putBack called if that fails and the former device stays */
async function changeDevice(putBack: () => void, onOpened?: (device: DeviceReport) => void): Promise<void> {
  const { deviceStatus, device: former } = get();
  if (deviceStatus === 'failed' || former === undefined) return startAgain();
  const mine = ++startNumber;
  withdrawNotice('backend');
  set({ deviceStatus: 'starting' });
  try {
    const device = await withProgress((options) => engine.request('openDevice', wantedDevice(), options));
    if (mine !== startNumber) return;
    set({ device, deviceStatus: 'ready' });
    onOpened?.(device);
  } catch (error) {
    if (mine !== startNumber) return;
    const fault = faultOf(error);
    putBack();
    set({ deviceStatus: 'ready' });
    notify('error', fault.message, fault.remedy, 'backend');
    return;
  }
  await applyDraft();
}

/** What a user who chose a backend, or whose browser keeps WebGPU from this page, should know of the device. */
function sayOfDevice({ backend, detail, reason, candidates }: DeviceReport): void {
  const { devicePreference } = get();
  const name = BACKEND_LABELS[backend];
  if (devicePreference !== 'auto' && backend !== devicePreference) {
    notify('warning', reason, `${name} is used instead.`, 'backend');
  } else if (devicePreference !== 'auto' && detail.endsWith('(software)')) {
    const message = `${name} is emulated on the processor here, so training on it is slow.`;
    notify('info', message, 'Automatic chooses the fastest one on this device.', 'backend');
  } else if ('isSecureContext' in globalThis && !globalThis.isSecureContext) {
    const webGpu = candidates.find((candidate) => candidate.name === 'webgpu');
    if (webGpu) notify('info', webGpu.note, `${name} is used instead, which is slower.`, 'backend');
  }
}

/** The page may go away after this; there is no time to wait for an answer. */
function saveNow(): void {
  const { run, deviceStatus } = get();
  if (run === undefined || deviceStatus !== 'ready') return;
  engine.request('save', {}).catch((error: unknown) => {
    const fault = faultOf(error);
    notify('warning', fault.message, fault.remedy, 'saving');
  });
}

/** Keeps the address saying what the draft is, so that it can be shared; invalid settings are not written. */
function keepAddressInStep(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written: RunConfig | undefined = get().draft;
  useRunStore.subscribe((state) => {
    if (state.draft === written) return;
    written = state.draft;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (problemsOf(get()).length > 0) return;
      const encoded = encodeConfig(get().draft);
      const address = `${location.pathname}${location.search}${encoded === '' ? '' : `#${encoded}`}`;
      history.replaceState(history.state, '', address);
    }, ADDRESS_PAUSE_MS);
  });
}
