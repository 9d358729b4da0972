// The place of the one open run: what puts a run there, replaces it and takes it away, so that a change that fails
// leaves the run that was there before. Devices and requests are `session.ts`.
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import { encodeRun, type SavedRun } from '../checkpoint/runFile.ts';
import { holdsNumbersOnly } from '../checkpoint/soundRun.ts';
import { createTrainer } from '../training/createTrainer.ts';
import type { Trainer } from '../training/trainer.ts';
import type { RunConfig } from '../config/runConfig.ts';
import type { WorkerEvent } from '../protocol/messages.ts';
import { ActiveRun, type RunSurroundings } from './activeRun.ts';
import { requireConsistent } from './consistentRun.ts';
import type { ChosenDevice } from './deviceChooser.ts';
import { AbortableWork } from './abortableWork.ts';
import { makingMs, runSilenceMs, type ExpectedSilence } from './expectedSilence.ts';
import { FaultError } from './fault.ts';
import type { PreparedData } from './preparedData.ts';
import { RunKeeper } from './runKeeper.ts';
import { storedTextId } from './textId.ts';
import { DeviceTurns } from './turns.ts';

export interface SlotSurroundings {
  readonly emit: (event: WorkerEvent, transfer?: Transferable[]) => void;
  /** See `RunSurroundings.onFailure`. */
  readonly onFailure: (error: unknown) => Promise<void>;
  /** The present device; its plans are undefined where operations run one by one. */
  readonly device: () => ChosenDevice | undefined;
  readonly silence: ExpectedSilence;
}

type OnProgress = (share: number) => void;

export class RunSlot {
  readonly keeper: RunKeeper;
  readonly #around: SlotSurroundings;
  readonly #store: BrowserStore;
  #turns = new DeviceTurns();
  #run: ActiveRun | undefined;
  /** Takes back what silence is expected of the open run. */
  #expectNoMore: () => void = () => {};
  /** Generations, inspections and checks under way, to be ended before their run goes. */
  readonly #workOnRun = new AbortableWork();
  /** What takes turns with the run but does without it, to be ended before the device goes. */
  readonly #workApart = new AbortableWork();

  constructor(store: BrowserStore, around: SlotSurroundings) {
    this.#store = store;
    this.#around = around;
    this.keeper = new RunKeeper(store, around.emit);
  }

  get turns(): DeviceTurns {
    return this.#turns;
  }

  get run(): ActiveRun | undefined {
    return this.#run;
  }

  /** @throws FaultError if no run is open */
  require(): ActiveRun {
    if (this.#run) return this.#run;
    throw new FaultError('config', 'There is no run yet.', 'Wait until the text and the model are ready.');
  }

  /** Runs work that a person waits for and that uses the open run; it can be ended early. */
  attend<T>(signal: AbortSignal, work: (run: ActiveRun, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.beside(signal, (run, ending) => this.#turns.attended(() => work(run, ending)));
  }

  /** The same for work that training does not stand back for. */
  async beside<T>(signal: AbortSignal, work: (run: ActiveRun, signal: AbortSignal) => Promise<T>): Promise<T> {
    const run = this.require();
    return this.#workOnRun.run(signal, (ending) => work(run, ending));
  }

  /** Runs work that needs the device but no run: runs may come and go meanwhile. */
  apart<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#workApart.run(signal, work);
  }

  /** Ends the work that needs no run, and waits until it has given back what it held. */
  endApart(): Promise<void> {
    return this.#workApart.end();
  }

  /** Saves the open run. @throws StorageError if the store refuses */
  async save(): Promise<void> {
    if (this.#run) await this.keeper.save(this.#run, this.#turns);
  }

  async saveQuietly(): Promise<void> {
    if (this.#run) await this.keeper.saveQuietly(this.#run, this.#turns);
  }

  /** Puts there what `make` gives, after saving and taking away the run that is open, if any; see `replace`. */
  async open(make: () => Promise<ActiveRun>): Promise<ActiveRun> {
    return this.#run ? this.replace(true, make) : make();
  }

  /** The open run's present state. */
  capture(run: ActiveRun): Promise<SavedRun> {
    return this.#turns.exclusive(() => run.capture());
  }

  /** What is worth keeping of the open run: its present state, or, once that is ruined, the last good one if there is any. */
  async worthKeeping(run: ActiveRun): Promise<{ state: SavedRun; isRuined: boolean } | undefined> {
    if (run.phase !== 'stopped') {
      const state = await this.capture(run);
      if (holdsNumbersOnly(state)) return { state, isRuined: false };
    }
    const state = this.keeper.goodState(run);
    return state && { state, isRuined: true };
  }

  /** A new run at step 0. */
  async begin(
    identity: { runId: string; name: string; config: RunConfig },
    data: PreparedData,
    onProgress?: OnProgress,
  ): Promise<ActiveRun> {
    await this.#store.claimRun(identity.runId, storedTextId(identity.config.text));
    const run = new ActiveRun(
      identity,
      data,
      await this.#trainer(identity.config, data, onProgress),
      this.#surroundings(),
    );
    this.keeper.watch(run);
    this.#hold(run);
    return run;
  }

  /**
   * The run that a file holds, on the present device. If another tab has the same run open, it becomes a copy.
   * @param isStored whether the browser's store holds this very state
   */
  async restore(saved: SavedRun, data: PreparedData, isStored: boolean, onProgress?: OnProgress): Promise<ActiveRun> {
    requireConsistent(saved, data);
    const textId = storedTextId(saved.config.text);
    const free = await this.#store.claimRun(saved.runId, textId);
    const mine = free ? saved : { ...saved, runId: newRunId(), name: `${saved.name} (copy)` };
    if (!free) await this.#store.claimRun(mine.runId, textId);
    const trainer = await this.#trainer(mine.config, data, onProgress, mine);
    const run = new ActiveRun(mine, data, trainer, this.#surroundings(), mine);
    this.keeper.watch(run, encodeRun(mine), isStored && free);
    this.#hold(run);
    return run;
  }

  #hold(run: ActiveRun): void {
    this.#run = run;
    const device = this.#around.device();
    const { config, data } = run;
    this.#expectNoMore();
    this.#expectNoMore = device
      ? this.#around.silence.expect(runSilenceMs(config, data.dataset.vocabSize, device.report))
      : () => {};
  }

  /**
   * Takes the open run away and puts there what `make` gives. If `make` fails, the former run is put back.
   * @param save whether the former run must be in the store before it goes; not needed where it only moves
   * @param make is given the former run's state
   * @throws StorageError if it could not be saved, or what `make` throws
   */
  async replace(save: boolean, make: (former: SavedRun) => Promise<ActiveRun>): Promise<ActiveRun> {
    const former = this.#run;
    if (former === undefined) throw new RangeError('There is no run to replace.');
    await former.pause();
    // From here on nobody finds the run that is about to go.
    this.#run = undefined;
    try {
      await this.#workOnRun.end();
      if (save) await this.keeper.save(former, this.#turns);
    } catch (error) {
      this.#run = former;
      throw error;
    }
    const state = await this.capture(former);
    await former.dispose();
    try {
      return await make(state);
    } catch (error) {
      const back = await this.restore(state, former.data, save);
      this.#around.emit({ type: 'opened', opened: back.opened() });
      throw error;
    }
  }

  /** For a lost device: ends what used it, without touching it. @returns the run that was there */
  abandon(): { run: ActiveRun | undefined; wasRunning: boolean } {
    const run = this.#run;
    this.#run = undefined;
    this.#expectNoMore();
    const wasRunning = run?.abandon() ?? false;
    this.#workOnRun.abandon();
    this.#workApart.abandon();
    this.#turns = new DeviceTurns();
    return { run, wasRunning };
  }

  #trainer(
    config: RunConfig,
    { dataset: { vocabSize } }: PreparedData,
    onProgress?: OnProgress,
    snapshot?: SavedRun,
  ): Promise<Trainer> {
    const request = { config, vocabSize, ...(snapshot && { snapshot }), ...(onProgress && { onProgress }) };
    const { silence, device } = this.#around;
    return silence.during(makingMs(config, vocabSize), () => createTrainer(device()?.opened.plans, request));
  }

  #surroundings(): RunSurroundings {
    const turns = this.#turns;
    return {
      turns,
      emit: this.#around.emit,
      autosave: async (run) => {
        if (run === this.#run) await this.keeper.saveInTime(run, turns);
      },
      onRest: async (run) => {
        if (run === this.#run) await this.keeper.saveQuietly(run, turns);
      },
      onFailure: this.#around.onFailure,
    };
  }
}

export function newRunId(): string {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `${Date.now().toString(36)}-${random.toString(36)}`;
}
