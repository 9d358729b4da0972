// When a run is saved, what is remembered of it, and that a full disk is told once and stops nothing.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepareData, smallConfig } from '../../scripts/smallRun.ts';
import { denyDisk, emptyDisk, newStore } from '../../scripts/testDisk.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import { decodeRun } from '../checkpoint/runFile.ts';
import type { WorkerEvent } from '../protocol/messages.ts';
import { createTrainer } from '../training/createTrainer.ts';
import { ActiveRun } from './activeRun.ts';
import { RunKeeper } from './runKeeper.ts';
import { DeviceTurns } from './turns.ts';

const turns = new DeviceTurns();
let run: ActiveRun;
let store: BrowserStore;
let events: WorkerEvent[];
let keeper: RunKeeper;
beforeAll(() => useBackend('wasm'));
beforeEach(async () => {
  const config = smallConfig({ steps: 100, sampleLength: 1 });
  const data = await prepareData(config);
  const trainer = await createTrainer(undefined, { config, vocabSize: data.dataset.vocabSize });
  run = new ActiveRun({ runId: 'run-1', name: 'A run', config }, data, trainer, {
    turns,
    emit: () => {},
    autosave: async () => {},
    onRest: async () => {},
    onFailure: async () => {},
  });
  emptyDisk();
  store = newStore();
  events = [];
  keeper = new RunKeeper(store, (event) => void events.push(event));
  keeper.watch(run);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await run.dispose();
});
const stored = () => store.loadRun('run-1');
const savedSteps = (): number[] => events.flatMap((event) => (event.type === 'saved' ? [event.step] : []));

describe('RunKeeper', () => {
  it('saves a whole run with its summary, and remembers it as the latest state', async () => {
    expect(keeper.latest).toBeUndefined();
    await run.stepOnce();
    await keeper.save(run, turns);
    const kept = await stored();
    expect(kept?.summary).toMatchObject({
      runId: 'run-1',
      name: 'A run',
      step: 1,
      steps: 100,
      bytes: kept?.file.length,
    });
    expect(kept?.summary.loss).toBeGreaterThan(0);
    expect(decodeRun(kept!.file).step).toBe(1);
    expect(keeper.latest).toEqual(kept?.file);
    expect(events).toEqual([{ type: 'saved', runId: 'run-1', step: 1, savedAtMs: kept?.summary.savedAtMs }]);
  });

  it('calls nothing saved that is gone with the page, and keeps it for this visit all the same', async () => {
    denyDisk('throws');
    store = newStore();
    keeper = new RunKeeper(store, (event) => void events.push(event));
    keeper.watch(run);
    await run.stepOnce();
    await keeper.save(run, turns);
    expect(savedSteps()).toEqual([]);
    expect((await stored())?.summary.step).toBe(1);
    expect(decodeRun(keeper.latest!).step).toBe(1);
  });

  it('keeps no run that nobody has touched, but one that was named', async () => {
    await keeper.save(run, turns);
    expect(await store.listRuns()).toEqual([]);
    run.rename('Mine');
    await keeper.save(run, turns);
    expect((await stored())?.summary.name).toBe('Mine');
  });

  it('writes nothing where nothing has changed, so that an idle tab overwrites no newer state', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    await keeper.save(run, turns);
    expect(savedSteps()).toEqual([1]);
    keeper.watch(run, (await stored())?.file, true);
    await keeper.save(run, turns);
    expect(savedSteps()).toEqual([1]);
  });

  it('takes no state for good whose loss is well above the best, and puts the good one back into the store', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    // Whether the state of step 1 is good shows in the loss of step 2.
    expect(keeper.goodState(run)).toBeUndefined();
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    vi.spyOn(run, 'healthy', 'get').mockReturnValue(false);
    await keeper.save(run, turns);
    expect(decodeRun((await stored())!.file).step).toBe(3);
    expect(keeper.goodState(run)?.step).toBe(1);
    expect(run.lastGoodStep).toBe(1);
    vi.spyOn(run, 'phase', 'get').mockReturnValue('stopped');
    await keeper.save(run, turns);
    expect(decodeRun((await stored())!.file).step).toBe(1);
  });

  it('never saves a run that went wrong over its last good state', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    await keeper.save(run, turns);
    const good = keeper.goodState(run);
    expect(good?.step).toBe(1);
    await run.stepOnce();
    vi.spyOn(run, 'phase', 'get').mockReturnValue('stopped');
    await keeper.save(run, turns);
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 1e6);
    await keeper.saveInTime(run, turns);
    expect(keeper.goodState(run)).toEqual(good);
    // What the store holds at last is the good state, written once.
    expect(savedSteps()).toEqual([1, 2, 1]);
  });

  it('does not let a ruined state, still on its way to the disk, come to lie over the good one', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    const write = store.saveRun.bind(store);
    let spin = (): void => {};
    const disk = new Promise<void>((resolve) => (spin = resolve));
    const writing = vi.spyOn(store, 'saveRun').mockImplementationOnce(async (summary, file) => {
      await disk;
      return write(summary, file);
    });
    vi.spyOn(run, 'healthy', 'get').mockReturnValue(false);
    const ruined = keeper.save(run, turns);
    await vi.waitFor(() => expect(writing).toHaveBeenCalled());
    vi.spyOn(run, 'phase', 'get').mockReturnValue('stopped');
    const stopped = keeper.save(run, turns);
    spin();
    await Promise.all([ruined, stopped]);
    expect(decodeRun((await stored())!.file).step).toBe(1);
  });

  it('keeps the new name and what was set right after trouble with the last good state', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    await keeper.save(run, turns);
    vi.spyOn(run, 'phase', 'get').mockReturnValue('stopped');
    await keeper.save(run, turns);
    run.rename('Set right');
    await keeper.save(run, turns);
    expect((await stored())?.summary).toMatchObject({ name: 'Set right', step: 1 });
    const { training } = run.config;
    const config = { ...run.config, training: { ...training, steps: 90, learningRate: 1e-4 } };
    vi.spyOn(run, 'config', 'get').mockReturnValue(config);
    vi.spyOn(run, 'changes', 'get').mockReturnValue(run.changes + 1);
    await keeper.save(run, turns);
    // What was changed before the trouble is what led to it.
    expect(keeper.goodState(run)?.config.training.learningRate).toBe(training.learningRate);
    vi.spyOn(run, 'adjustedAfterTrouble', 'get').mockReturnValue(true);
    await keeper.save(run, turns);
    await keeper.save(run, turns);
    const { summary, file } = (await stored())!;
    expect(summary).toMatchObject({ name: 'Set right', step: 1, steps: 90, bytes: file.length });
    expect(decodeRun(file)).toMatchObject({ name: 'Set right', step: 1, config });
    expect(savedSteps()).toEqual([1, 2, 1, 1, 1]);
  });

  it('takes a state that was saved when it had gone wrong for none to go back to', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    const { file } = (await stored())!;
    keeper.watch(run, file, true);
    expect(run.lastGoodStep).toBe(1);
    await run.stepOnce();
    await keeper.save(run, turns);
    vi.spyOn(run, 'healthy', 'get').mockReturnValue(false);
    keeper.watch(run, (await stored())!.file, true);
    // The same run’s good state from before is still known; of a run just loaded there is none.
    expect(run.lastGoodStep).toBe(1);
    expect(keeper.goodState(run)?.step).toBe(1);
    const loaded = new RunKeeper(store, () => {});
    loaded.watch(run, (await stored())!.file, true);
    expect(run.lastGoodStep).toBeUndefined();
    expect(loaded.goodState(run)).toBeUndefined();
    expect(decodeRun(Uint8Array.from(loaded.latest!)).step).toBe(2);
  });

  it('never saves weights that overflowed', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    const state = await run.capture();
    for (const buffer of ['parameters', 'firstMoment', 'secondMoment'] as const) {
      const broken = state[buffer].slice();
      broken[3] = Number.NaN;
      vi.spyOn(run, 'capture').mockResolvedValueOnce({ ...state, [buffer]: broken });
      await keeper.save(run, turns);
    }
    expect(savedSteps()).toEqual([1]);
    expect(decodeRun(keeper.latest!).step).toBe(1);
    await keeper.save(run, turns);
    expect(savedSteps()).toEqual([1, 2]);
  });

  it('puts into the store what it alone knows, for a device that is gone for good', async () => {
    await run.stepOnce();
    store.refuseWrites = true;
    await keeper.saveQuietly(run, turns);
    store.refuseWrites = false;
    await keeper.storeLatest();
    expect(decodeRun((await stored())!.file).step).toBe(1);
    await keeper.storeLatest();
    expect(savedSteps()).toEqual([1]);
  });

  it('saves in time: at once, then not before some seconds have passed', async () => {
    let clockMs = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => clockMs);
    const writing = vi.spyOn(store, 'saveRun');
    const stepAfter = async (ms: number): Promise<void> => {
      clockMs += ms;
      await run.stepOnce();
      await keeper.saveInTime(run, turns);
      // The keeper does not wait for the disk.
      await Promise.all(writing.mock.results.map(({ value }) => value));
      await new Promise(setImmediate);
    };
    for (const ms of [0, 100, 1000, 200, 1000, 31_000]) await stepAfter(ms);
    expect(savedSteps()).toEqual([1, 4, 6]);
    keeper.watch(run);
    expect(keeper.latest).toBeUndefined();
    await stepAfter(0);
    expect(savedSteps()).toEqual([1, 4, 6, 7]);
  });

  it('refuses aloud when a save is asked for on a full disk, and keeps the state in memory', async () => {
    store.refuseWrites = true;
    await run.stepOnce();
    await expect(keeper.save(run, turns)).rejects.toThrow('full');
    expect(decodeRun(keeper.latest!).step).toBe(1);
    expect(events).toEqual([]);
    // It is tried again although nothing has changed.
    store.refuseWrites = false;
    await keeper.save(run, turns);
    expect(savedSteps()).toEqual([1]);
  });

  it('tells a full disk once where nobody waits for the answer', async () => {
    store.refuseWrites = true;
    await run.stepOnce();
    await keeper.saveQuietly(run, turns);
    await run.stepOnce();
    await keeper.saveQuietly(run, turns);
    expect(events).toEqual([
      {
        type: 'fault',
        fault: { code: 'storage', message: expect.stringContaining('full'), remedy: expect.any(String) },
      },
    ]);
  });

  it('lets a run go unsaved that its owner has as a file', async () => {
    store.refuseWrites = true;
    await run.stepOnce();
    keeper.noteExport(run);
    await keeper.save(run, turns);
    expect(await store.listRuns()).toEqual([]);
    await run.stepOnce();
    await expect(keeper.save(run, turns)).rejects.toThrow('full');
  });

  it('lets a run that went wrong go unsaved, too, once its owner has the good state as a file', async () => {
    await run.stepOnce();
    await keeper.save(run, turns);
    await run.stepOnce();
    await keeper.save(run, turns);
    vi.spyOn(run, 'phase', 'get').mockReturnValue('stopped');
    store.refuseWrites = true;
    await expect(keeper.save(run, turns)).rejects.toThrow('full');
    keeper.noteExport(run);
    await keeper.save(run, turns);
  });
});
