// Runs kept in this browser and in files, against a scripted worker: what is asked for, in which order, and what the
// page shows then and after a failure.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { Fault, SavedRunSummary, StoreReport } from '../protocol/messages.ts';
import { opened, ScriptedWorker } from './scriptedWorker.ts';

const worker = new ScriptedWorker();
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const { useRunStore } = await import('./runStore.ts');
const { notify } = await import('./notices.ts');
const { deleteRun, deleteRuns, loadFromFile, openRun, refreshSavedRuns, renameRun, saveToFile } =
  await import('./savedRunActions.ts');

const blank = useRunStore.getState();
const state = useRunStore.getState;
const FAULT: Fault = { code: 'storage', message: 'It is open in another tab.', remedy: 'Close it there.' };
const LIST: SavedRunSummary[] = [];
const REPORT: StoreReport = {
  noDisk: null,
  mostRuns: 12,
  openElsewhere: [],
  runs: { count: 0, bytes: 0 },
  texts: { count: 0, bytes: 0 },
  usageBytes: null,
  quotaBytes: null,
  persisted: null,
};

/** Answers the list of runs and the figures beside it, which are asked for together. */
async function answerList(): Promise<void> {
  const [list, report] = worker.requests.slice(-2);
  expect([list?.name, report?.name]).toEqual(['listRuns', 'storeReport']);
  await worker.answer(LIST, list!.id);
  await worker.answer(REPORT, report!.id);
}

beforeEach(() => {
  worker.forget();
  useRunStore.setState({ ...blank, deviceStatus: 'ready' }, true);
});
afterEach(() => void vi.unstubAllGlobals());

describe('the list of runs', () => {
  it('comes with what the store holds', async () => {
    const refreshed = refreshSavedRuns();
    await answerList();
    expect(await refreshed).toBeUndefined();
    expect(state()).toMatchObject({ savedRuns: LIST, storage: REPORT });
  });

  it('that cannot be read is a fault', async () => {
    const refreshed = refreshSavedRuns();
    await worker.refuse(FAULT, worker.requests[0]!.id);
    expect(await refreshed).toEqual(FAULT);
  });
});

describe('deleting', () => {
  it('is shown at once', async () => {
    const deleted = deleteRun('a');
    expect(worker.last).toMatchObject({ name: 'deleteRun', params: { runId: 'a' } });
    await worker.answer(null);
    await answerList();
    expect(await deleted).toBeUndefined();
    expect(state().savedRuns).toEqual(LIST);
  });

  it('that is refused says why', async () => {
    const deleted = deleteRun('a');
    await worker.refuse(FAULT);
    expect(await deleted).toEqual(FAULT);
    expect(worker.names()).toEqual(['deleteRun']);
  });

  it('of several shows what is gone even where one could not go', async () => {
    const deleted = deleteRuns(['a', 'b', 'c']);
    await worker.answer(null);
    expect(worker.last).toMatchObject({ name: 'deleteRun', params: { runId: 'b' } });
    await worker.refuse(FAULT);
    await answerList();
    expect(await deleted).toEqual(FAULT);
    expect(state().savedRuns).toEqual(LIST);
  });
});

describe('opening', () => {
  it('takes the settings of the run, and trains on none that was waited for', async () => {
    useRunStore.setState({ trainWhenReady: true });
    const config = { ...DEFAULT_CONFIG, seed: 77 };
    const done = openRun('a');
    expect(worker.last).toMatchObject({ name: 'openRun', params: { runId: 'a' } });
    const run = opened(config, 'paused', 30);
    await worker.answer(run);
    expect(await done).toBeUndefined();
    expect(state()).toMatchObject({ run: run.run, draft: config, draftDiffers: false, trainWhenReady: false });
  });

  it('that fails leaves the present run', async () => {
    const { run } = opened(DEFAULT_CONFIG, 'paused', 5);
    useRunStore.setState({ run });
    const done = openRun('a');
    await worker.refuse(FAULT);
    expect(await done).toEqual(FAULT);
    expect(state().run).toBe(run);
  });
});

describe('a name', () => {
  it('is shown where the run is, and in the list', async () => {
    const { run } = opened(DEFAULT_CONFIG);
    const renamed = renameRun('Mine');
    expect(worker.last).toMatchObject({ name: 'renameRun', params: { name: 'Mine' } });
    await worker.answer({ ...run, name: 'Mine' });
    expect(state().run?.name).toBe('Mine');
    await answerList();
    expect(await renamed).toBeUndefined();
  });
});

describe('a file', () => {
  function downloads() {
    vi.useFakeTimers();
    const link = { href: '', download: '', click: vi.fn<() => void>() };
    const free = vi.fn<(address: string) => void>();
    vi.stubGlobal('document', { createElement: () => link });
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:run');
    vi.spyOn(URL, 'revokeObjectURL').mockImplementation(free);
    return { link, free };
  }
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  const exported = { fileName: 'run.glassbox', file: new Blob(['x']), step: 10, ruinedStep: null };

  it('is handed to the browser, which has time to read it, and then let go', async () => {
    const { link, free } = downloads();
    const leftOut = vi.fn<(kept: number, ruined: number) => void>();
    const saved = saveToFile(leftOut);
    await worker.answer(exported);
    expect(await saved).toBeUndefined();
    expect(link).toMatchObject({ href: 'blob:run', download: 'run.glassbox' });
    expect(link.click).toHaveBeenCalledTimes(1);
    expect(leftOut).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(5000);
    expect(free).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(free.mock.calls).toEqual([['blob:run']]);
  });

  it('of a run that went wrong is said to hold the step before', async () => {
    downloads();
    const leftOut = vi.fn<(kept: number, ruined: number) => void>();
    const saved = saveToFile(leftOut);
    await worker.answer({ ...exported, ruinedStep: 14 });
    await saved;
    expect(leftOut.mock.calls).toEqual([[10, 14]]);
  });

  it('that is chosen after another one was dropped beside the place ends what was said about that', async () => {
    notify('info', 'Drop it here.', '', 'drop');
    notify('info', 'Something else.', '', 'saving');
    const loaded = loadFromFile(new Blob(['x']), { signal: new AbortController().signal, onProgress: () => {} });
    expect(state().notices.map(({ topic }) => topic)).toEqual(['saving']);
    await worker.answer(opened(DEFAULT_CONFIG));
    await loaded;
  });

  it('is opened with its settings; one that is none leaves the present run, and cancelling is no fault', async () => {
    const options = { signal: new AbortController().signal, onProgress: vi.fn<(share: number) => void>() };
    const file = new Blob(['x']);
    const first = loadFromFile(file, options);
    expect(worker.last).toMatchObject({ name: 'importRun', params: { file } });
    worker.progress(0.5, 'Unpacking');
    expect(options.onProgress).toHaveBeenCalledTimes(1);
    const run = opened(DEFAULT_CONFIG, 'paused', 9);
    await worker.answer(run);
    expect(await first).toBeUndefined();

    const second = loadFromFile(file, options);
    await worker.refuse({ ...FAULT, code: 'checkpoint' });
    expect(await second).toMatchObject({ code: 'checkpoint' });
    const third = loadFromFile(file, options);
    await worker.refuse({ code: 'cancelled', message: '', remedy: '' });
    expect(await third).toBe('cancelled');
    expect(state().run).toBe(run.run);
  });
});
