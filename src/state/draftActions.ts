// Editing the draft, and what follows from it: a new run at step 0 where nothing is lost by it, otherwise a preview
// of the text. Also the text work under way and its cancelling.
import { engine } from '../client/engine.ts';
import { EngineError } from '../client/engineClient.ts';
import { LIVE_SETTINGS, type LiveSettings, type RunConfig } from '../config/runConfig.ts';
import type { ReadingOptions } from '../data/textReading.ts';
import type { Fault, OwnText, RunReport } from '../protocol/messages.ts';
import { changedLiveSettings, dataKeyOf, needsNewRun, sameText } from './draftDifference.ts';
import { problemsOf } from './draftProblems.ts';
import { withLiveChange, type LiveChanges, type LiveNumber } from './liveChange.ts';
import { faultOf, withdrawNotice } from './notices.ts';
import { showReport, showRun } from './openedRun.ts';
import { sourceOfText, useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useRunStore;
const EDIT_PAUSE_MS = 300;

let editTimer: ReturnType<typeof setTimeout> | undefined;
/** The reading and tokenizing under way; a newer one takes its place. */
let textWork: AbortController | undefined;
let lastCreation = 0;
let touched = false;

/** A run that has taken no step can be replaced without losing anything. */
export const isReplaceable = (run: RunReport | undefined) =>
  run === undefined || (run.step === 0 && run.phase === 'ready');

/** @returns true once the person has edited anything, so that proposals must no longer overwrite it. */
export const draftWasEdited = (): boolean => touched;

/** Changes the draft at once; the worker hears of it after a short pause in editing. */
export function editDraft(change: (draft: RunConfig) => RunConfig): void {
  touched = true;
  withdrawNotice('address');
  set((state) => {
    const draft = change(state.draft);
    return {
      draft,
      draftDiffers: state.run !== undefined && needsNewRun(draft, state.run.config),
      runFault: undefined,
      sinceLastFetch: sameText(draft.text, state.draft.text) ? state.sinceLastFetch : undefined,
    };
  });
  clearTimeout(editTimer);
  editTimer = setTimeout(() => {
    editTimer = undefined;
    void applyDraft();
  }, EDIT_PAUSE_MS);
}

/** Changes settings that may change while a run goes on: in the draft, and in the run at once. */
export async function adjustLive(settings: LiveSettings): Promise<void> {
  touched = true;
  set(({ draft, run, liveChanges }) => ({
    draft: { ...draft, training: { ...draft.training, ...settings } },
    runFault: undefined,
    liveChanges: run && run.step > 0 ? noted(liveChanges, draft, settings, run.step) : liveChanges,
  }));
  if (get().run !== undefined && get().deviceStatus === 'ready') await sendAdjustment(settings);
}

function noted(changes: LiveChanges, { training }: RunConfig, settings: LiveSettings, step: number): LiveChanges {
  const atMs = performance.now();
  return LIVE_SETTINGS.reduce((all, name) => {
    const to = settings[name];
    const from = training[name];
    if (name === 'samplePrompt' || typeof to !== 'number' || typeof from !== 'number') return all;
    return withLiveChange(all, name, { from, to, step, atMs });
  }, changes);
}

/** Puts a setting of a run under way back to what it was before its last change. */
export async function undoLiveChange(name: LiveNumber): Promise<void> {
  const { [name]: change, ...others } = get().liveChanges;
  if (change === undefined) return;
  await adjustLive({ [name]: change.from });
  set({ liveChanges: others });
}

export async function sendAdjustment(settings: LiveSettings): Promise<void> {
  try {
    showReport(await engine.request('adjust', { settings }));
  } catch (error) {
    set({ runFault: faultOf(error) });
  }
}

/** Lets an edit that still waits take effect now. */
export async function flushDraft(): Promise<void> {
  if (editTimer === undefined) return;
  clearTimeout(editTimer);
  editTimer = undefined;
  await applyDraft();
}

/** Makes the worker follow the draft, as far as that loses nothing. */
export async function applyDraft(): Promise<void> {
  const { run, draft, deviceStatus, dataKey } = get();
  if (deviceStatus !== 'ready') return;
  const textChanged = dataKeyOf(draft) !== dataKey;
  if (!isReplaceable(run)) {
    if (textChanged) await prepareDraftText();
    return;
  }
  if (run !== undefined && !needsNewRun(draft, run.config)) {
    textWork?.abort();
    return;
  }
  if (problemsOf(get()).length === 0) await createRunFromDraft();
  else if (textChanged) await prepareDraftText();
}

/** Makes a new run from the draft. @returns true if the run on screen is now that run. */
export async function createRunFromDraft(): Promise<boolean> {
  const config = get().draft;
  const { run: before } = get();
  const mine = ++lastCreation;
  let cancelledTooLate = false;
  set({ creating: true });
  const made = await workOnText(async (options) => {
    // Even if this was cancelled meanwhile, it is the run that the worker now has open.
    showRun(await engine.request('createRun', { config }, options), 'keep');
    if (options.signal.aborted && textWork?.signal === options.signal) {
      cancelledTooLate = true;
      set({ trainWhenReady: false });
      return;
    }
    const { draft, run } = get();
    const late = run && changedLiveSettings(draft, run.config);
    if (late) await sendAdjustment(late);
  });
  if (mine === lastCreation) set({ creating: false });
  if (cancelledTooLate && before !== undefined && isReplaceable(before)) {
    set(({ draft }) => putBackText(draft, before.config));
    await applyDraft();
    return false;
  }
  return made;
}

/** Reads and tokenizes the draft's text for the preview, leaving the run alone. */
async function prepareDraftText(): Promise<boolean> {
  const { draft } = get();
  return workOnText(async (options) => {
    const params = {
      text: draft.text,
      tokenizer: draft.tokenizer,
      validationFraction: draft.training.validationFraction,
      seed: draft.seed,
    };
    const data = await engine.request('prepareData', params, options);
    refuseIfCancelled(options.signal);
    set({ data, dataKey: dataKeyOf(draft) });
  });
}

/**
 * Stores a person's own text in this browser and makes it the draft's text.
 * @param reading what the person chose about how it is read
 * @returns 'cancelled' if the person cancelled it, 'not-taken' if it cannot be used or another took its place.
 */
export async function importOwnText(
  text: OwnText,
  reading: ReadingOptions = {},
): Promise<'taken' | 'cancelled' | 'not-taken'> {
  withdrawNotice('drop');
  let cancelled = false;
  const imported = await workOnText(async (options) => {
    options.signal.addEventListener('abort', () => {
      cancelled = textWork?.signal === options.signal;
    });
    const request = engine.request('importText', { text, options: reading }, options);
    const { choice, source, reading: asRead, sinceLastFetch } = await request;
    refuseIfCancelled(options.signal);
    set({ textSource: { text: choice, source, reading: asRead } });
    editDraft((draft) => ({ ...draft, text: choice }));
    set({ sinceLastFetch });
    // What follows takes over at once, so that Cancel never goes away in between.
    void flushDraft();
  });
  const { run, dataFault } = get();
  if (!imported && run === undefined && textWork === undefined) {
    // The import took the place of the first run's making; make it after all, and go on saying what was wrong.
    await applyDraft();
    if (!cancelled) set((state) => ({ dataFault: state.dataFault ?? dataFault }));
  }
  return imported ? 'taken' : cancelled ? 'cancelled' : 'not-taken';
}

/** Reads the draft's text again in another way, from what was chosen or fetched; does nothing once that is gone. */
export async function rereadText(reading: ReadingOptions): Promise<void> {
  const found = sourceOfText(get());
  if (found) await importOwnText(found.source, reading);
}

/** Stops reading or tokenizing; the draft goes back to the text of the open run. */
export function cancelTextWork(): void {
  textWork?.abort();
}

interface TextWorkOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
}

/** The worker's answer may already be on its way when Cancel is pressed. */
function refuseIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new EngineError({ code: 'cancelled', message: 'Cancelled.', remedy: '' });
}

/** Runs one piece of text work in place of any other, with progress and faults shown in the data panel. */
async function workOnText(work: (options: TextWorkOptions) => Promise<void>): Promise<boolean> {
  const overtaken = textWork;
  const controller = new AbortController();
  textWork = controller;
  overtaken?.abort();
  set({ dataFault: undefined, runFault: undefined, dataWork: { fraction: 0, message: 'Reading the text' } });
  try {
    await work({
      signal: controller.signal,
      onProgress: (fraction, message) => {
        if (textWork === controller) set({ dataWork: { fraction, message } });
      },
    });
    return true;
  } catch (error) {
    if (textWork === controller) await showTextFault(faultOf(error));
    return false;
  } finally {
    if (textWork === controller) {
      textWork = undefined;
      set({ dataWork: undefined });
    }
  }
}

async function showTextFault(fault: Fault): Promise<void> {
  const { run, runData, deviceStatus, draft, dataKey } = get();
  set({ trainWhenReady: false });
  // The restart says what happened; a second sentence would only repeat it.
  if (deviceStatus === 'restarting') return;
  switch (fault.code) {
    case 'cancelled':
      // A text that is ready stays; only one that was on its way gives way.
      if (dataKeyOf(draft) === dataKey) return;
      if (run) {
        set(putBackText(draft, run.config));
        if (runData) set({ data: runData, dataKey: dataKeyOf(run.config) });
      } else set({ dataFault: { ...fault, remedy: 'Choose a text, or press Train to try this one again.' } });
      return;
    case 'text':
    case 'vocabulary':
      set({ dataFault: fault });
      return;
    case 'config':
      // Sizes may not suit a text that has not been read yet: read it, so that the fields can say which and why.
      if (dataKeyOf(draft) !== dataKey && (await prepareDraftText()) && problemsOf(get()).length > 0) return;
      set({ runFault: fault });
      return;
    case 'checkpoint':
    case 'storage':
    case 'device-lost':
    case 'diverged':
    case 'no-backend':
    case 'internal':
      set({ runFault: fault });
      return;
    default:
      fault.code satisfies never;
  }
}

function putBackText(draft: RunConfig, config: RunConfig) {
  const { validationFraction } = config.training;
  const restored: RunConfig = {
    ...draft,
    text: config.text,
    tokenizer: config.tokenizer,
    training: { ...draft.training, validationFraction },
  };
  return { draft: restored, draftDiffers: needsNewRun(restored, config) };
}
