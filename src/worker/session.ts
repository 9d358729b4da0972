// The worker's state machine: one device, one open run, and the handlers of the page's requests.
// Training itself is `activeRun.ts`; saving is `runKeeper.ts`.
import { BrowserStore } from '../checkpoint/browserStore.ts';
import { decodeRun, encodeRun, RunFileError, type SavedRun } from '../checkpoint/runFile.ts';
import { parameterCount } from '../config/estimate.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { validateConfig } from '../config/validateConfig.ts';
import type { WorkContext } from '../data/textSource.ts';
import { closeBackend, heldMemory } from '../engine/backends.ts';
import type { BackendPreference, DeviceReport, FromWorker, OpenedRun, ToWorker } from '../protocol/messages.ts';
import type { TypedPort } from '../protocol/typedPort.ts';
import { ActiveRun, requireRun } from './activeRun.ts';
import { breathe } from './breathe.ts';
import { chooseDevice, type ChosenDevice } from './deviceChooser.ts';
import { FaultError, toFault } from './fault.ts';
import { DataPreparer, previewTokens, type DataRequest, type PreparedData } from './preparedData.ts';
import { serveRequests, type Handlers, type RequestContext } from './requests.ts';
import { RunKeeper } from './runKeeper.ts';
import { attentionLayer, generateText } from './runInspection.ts';
import { TextLibrary } from './texts.ts';
import { DeviceTurns } from './turns.ts';

/** A lost device fails the work under way before it is known to be lost. */
const LOSS_NOTICE_MS = 500;

export class Session {
  readonly #port: TypedPort<ToWorker, FromWorker>;
  readonly #store: BrowserStore;
  readonly #texts: TextLibrary;
  readonly #preparer: DataPreparer;
  readonly #keeper: RunKeeper;
  #device: ChosenDevice | undefined;
  #preference: BackendPreference = 'auto';
  #turns = new DeviceTurns();
  #run: ActiveRun | undefined;
  /** Generations and inspections under way, to be ended before their run goes. */
  readonly #attendedWork = new Map<AbortController, Promise<unknown>>();
  /** Requests that change the device or the run are handled one after another. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(port: TypedPort<ToWorker, FromWorker>, store = new BrowserStore()) {
    this.#port = port;
    this.#store = store;
    this.#texts = new TextLibrary(store);
    this.#preparer = new DataPreparer(this.#texts);
    this.#keeper = new RunKeeper(store, (event) => port.send(event));
  }

  /** Answers the page's requests from now on. */
  serve(): void {
    serveRequests(this.#port, this.#handlers());
  }

  #handlers(): Handlers {
    return {
      openDevice: ({ preference }) => this.#change(() => this.#openDevice(preference)),
      importText: ({ text }, context) => this.#texts.import(text, working(context)),
      prepareData: async (request, context) => (await this.#prepare(request, context)).report,
      // The long part, making the data ready, is done before the queue: a pause need not wait for it.
      createRun: async ({ config }, context) => {
        await this.#prepare(dataRequest(config), context);
        return this.#change(() => this.#createRun(config, context));
      },
      reopenRun: (_, context) => this.#change(() => this.#reopenRun(context)),
      openRun: ({ runId }, context) => this.#change(() => this.#openRun(runId, context)),
      listRuns: () => this.#store.listRuns(),
      deleteRun: async ({ runId }) => {
        await this.#store.deleteRun(runId);
        return null;
      },
      renameRun: async ({ name }) => {
        const run = requireRun(this.#run);
        run.rename(name);
        await this.#keeper.save(run, this.#turns);
        return run.report();
      },
      train: () => this.#change(async () => this.#train()),
      pause: () => this.#change(() => this.#pause()),
      step: () => this.#change(() => this.#stepOnce()),
      adjust: async ({ settings }) => {
        const run = requireRun(this.#run);
        run.adjust(settings);
        return run.report();
      },
      restoreLastGood: (_, context) => this.#change(() => this.#restoreLastGood(context)),
      generate: ({ settings }, context) =>
        this.#attend(context.signal, (signal) =>
          generateText(requireRun(this.#run), settings, this.#turns, signal, (event) =>
            this.#port.send({ ...event, requestId: context.requestId }),
          ),
        ),
      attention: ({ tokens, layer }, context) =>
        this.#attend(context.signal, () => attentionLayer(requireRun(this.#run), tokens, layer, this.#turns)),
      tokenize: async ({ text }) => {
        const { tokenizer } = requireRun(this.#run).data;
        return previewTokens(tokenizer, tokenizer.encode(text));
      },
      exportRun: () => this.#exportRun(),
      importRun: ({ file }, context) => this.#change(() => this.#importRun(file, context)),
      save: async () => {
        if (this.#run) await this.#keeper.save(this.#run, this.#turns);
        return null;
      },
      memory: () => this.#turns.exclusive(async () => heldMemory()),
      drill: async ({ kind }) => this.#drill(kind),
    };
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => {});
    return result;
  }

  /** Runs work that a person waits for and that uses the open run; it can be ended early. */
  async #attend<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    signal.addEventListener('abort', () => controller.abort());
    const result = this.#turns.attended(() => work(controller.signal));
    this.#attendedWork.set(
      controller,
      result.catch(() => {}),
    );
    try {
      return await result;
    } finally {
      this.#attendedWork.delete(controller);
    }
  }

  // ── Device ─────────────────────────────────────────────────────────────────────────────────────
  async #openDevice(preference: BackendPreference): Promise<DeviceReport> {
    const run = this.#run;
    const wasRunning = run?.phase === 'running';
    const file = run && (await this.#captureAndClose(run));
    this.#preference = preference;
    const chosen = await this.#chooseDevice(preference);
    if (file) {
      const restored = await this.#restore(decodeRun(file), quietly, run.data);
      if (wasRunning) restored.start();
    }
    return chosen.report;
  }

  async #chooseDevice(preference: BackendPreference): Promise<ChosenDevice> {
    const former = this.#device;
    this.#device = undefined;
    if (former) closeBackend(former.opened.name);
    const chosen = await chooseDevice(preference);
    this.#device = chosen;
    void chosen.opened.lost.then((reason) => {
      if (this.#device === chosen) void this.#change(() => this.#recover(reason));
    });
    return chosen;
  }

  /** After a lost device: opens one again and goes on from the last good state. */
  async #recover(reason: string): Promise<void> {
    const run = this.#run;
    const wasRunning = run?.abandon() ?? false;
    this.#run = undefined;
    this.#turns = new DeviceTurns();
    try {
      const chosen = await this.#chooseDevice(this.#preference);
      this.#port.send({ type: 'device', report: chosen.report });
      let remedy = 'It was opened again.';
      if (run) {
        const file = this.#keeper.lastGood;
        const restored = file
          ? await this.#restore(decodeRun(file), quietly, run.data)
          : await this.#begin(run.config, quietly);
        this.#port.send({ type: 'opened', opened: restored.opened() });
        if (wasRunning) restored.start();
        remedy = `It was opened again and the run goes on from step ${restored.step}.`;
      }
      const message = `The graphics device was lost (${reason}).`;
      this.#port.send({ type: 'fault', fault: { code: 'device-lost', message, remedy } });
    } catch (error) {
      this.#port.send({ type: 'fault', fault: toFault(error) });
    }
  }

  // ── Run ────────────────────────────────────────────────────────────────────────────────────────
  #prepare(request: DataRequest, context: RequestContext): Promise<PreparedData> {
    return this.#preparer.prepare(request, working(context));
  }

  async #createRun(config: RunConfig, context: RequestContext): Promise<OpenedRun> {
    context.signal.throwIfAborted();
    const device = this.#requireDevice();
    const data = await this.#preparer.prepare(dataRequest(config), working(context));
    const problem = validateConfig(config, {
      vocabSize: data.dataset.vocabSize,
      trainTokens: data.dataset.train.length,
      maxTensorBytes: device.report.maxTensorBytes,
      memoryBudgetBytes: device.report.memoryBudgetBytes,
    })[0];
    if (problem) throw new FaultError('config', problem.message, problem.fix?.label ?? '');
    context.signal.throwIfAborted();
    await this.#closeRun();
    return (await this.#begin(config, context)).opened();
  }

  /** A new run at step 0. */
  async #begin(config: RunConfig, context: Pick<RequestContext, 'signal' | 'onProgress'>): Promise<ActiveRun> {
    const data = await this.#preparer.prepare(dataRequest(config), working(context));
    const { nLayer, nEmbd } = config.model;
    const identity = { runId: newRunId(), name: `${data.report.name} · ${nLayer} × ${nEmbd}`, config };
    this.#keeper.watch();
    return this.#install(new ActiveRun(identity, data, this.#surroundings()));
  }

  /** The run that a file holds, on the present device; `known` is its data where they are at hand. */
  async #restore(
    saved: SavedRun,
    context: Pick<RequestContext, 'signal' | 'onProgress'>,
    known?: PreparedData,
  ): Promise<ActiveRun> {
    const data = known ?? (await this.#preparer.prepare(dataRequest(saved.config), working(context), saved.tokenizer));
    requireConsistent(saved, data);
    const run = new ActiveRun(saved, data, this.#surroundings(), saved);
    this.#keeper.watch(encodeRun(saved));
    run.lastGoodStep = saved.step;
    return this.#install(run);
  }

  #install(run: ActiveRun): ActiveRun {
    this.#run = run;
    return run;
  }

  #surroundings(): ConstructorParameters<typeof ActiveRun>[2] {
    const turns = this.#turns;
    return {
      turns,
      emit: (event, transfer) => this.#port.send(event, transfer),
      autosave: async () => {
        if (this.#run) await this.#keeper.saveInTime(this.#run, turns);
      },
      onFailure: (error) => this.#explainFailure(error),
    };
  }

  /** A step that fails because its device was lost needs no word of its own: `#recover` follows. */
  async #explainFailure(error: unknown): Promise<void> {
    const lost = this.#device?.opened.lost.then(() => true);
    const waited = new Promise<false>((resolve) => setTimeout(resolve, LOSS_NOTICE_MS, false));
    if (await Promise.race([lost ?? waited, waited])) return;
    this.#port.send({ type: 'fault', fault: toFault(error) });
  }

  async #endAttendedWork(): Promise<void> {
    for (const controller of this.#attendedWork.keys()) controller.abort();
    await Promise.all(this.#attendedWork.values());
  }

  /** Saves the open run and gives its memory back. */
  async #closeRun(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    await run.pause();
    await this.#endAttendedWork();
    await this.#keeper.save(run, this.#turns);
    this.#run = undefined;
    await run.dispose();
  }

  async #captureAndClose(run: ActiveRun): Promise<Uint8Array> {
    await run.pause();
    await this.#endAttendedWork();
    const file = encodeRun(await this.#turns.exclusive(() => run.capture()));
    this.#run = undefined;
    await run.dispose();
    return file;
  }

  async #reopenRun(context: RequestContext): Promise<OpenedRun | null> {
    if (this.#run) return this.#run.opened();
    const runId = await this.#store.openRunId();
    const file = runId === undefined ? undefined : await this.#store.loadRun(runId);
    return file ? (await this.#restore(decodeRun(file), context)).opened() : null;
  }

  async #openRun(runId: string, context: RequestContext): Promise<OpenedRun> {
    const file = await this.#store.loadRun(runId);
    if (file === undefined) {
      throw new FaultError('storage', 'This run is not in the browser’s store any more.', 'Choose another one.');
    }
    return this.#openSaved(decodeRun(file), context);
  }

  /** Makes sure that a saved run can be restored before the open one is closed. */
  async #openSaved(saved: SavedRun, context: RequestContext): Promise<OpenedRun> {
    this.#requireDevice();
    requireConsistent(
      saved,
      await this.#preparer.prepare(dataRequest(saved.config), working(context), saved.tokenizer),
    );
    await this.#closeRun();
    return (await this.#restore(saved, context)).opened();
  }

  async #importRun(file: Blob, context: RequestContext): Promise<OpenedRun> {
    const saved = decodeRun(new Uint8Array(await file.arrayBuffer()));
    const { text, ...run } = saved;
    let { config } = run;
    if (text && config.text.kind === 'url') await this.#texts.keepForAddress(config.text.url, text);
    else if (text) config = { ...config, text: (await this.#texts.keep(text)).choice };
    const opened = await this.#openSaved({ ...run, config, runId: newRunId() }, context);
    await this.#keeper.save(requireRun(this.#run), this.#turns);
    return opened;
  }

  async #exportRun(): Promise<{ fileName: string; file: Blob }> {
    const run = requireRun(this.#run);
    const captured = await this.#turns.exclusive(() => run.capture());
    const builtIn = run.config.text.kind !== 'own' && run.config.text.kind !== 'url';
    const bytes = encodeRun(builtIn ? captured : { ...captured, text: run.data.documents });
    const name = captured.name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');
    return {
      fileName: `${name || 'run'}-step-${captured.step}.glassbox`,
      file: new Blob([bytes], { type: 'application/octet-stream' }),
    };
  }

  async #restoreLastGood(context: RequestContext): Promise<OpenedRun> {
    const run = requireRun(this.#run);
    const file = this.#keeper.lastGood;
    if (file === undefined) {
      throw new FaultError('checkpoint', 'There is no earlier good state of this run.', 'Press Reset to start anew.');
    }
    await this.#endAttendedWork();
    const saved = { ...decodeRun(file), config: run.config };
    this.#run = undefined;
    await run.dispose();
    return (await this.#restore(saved, context, run.data)).opened();
  }

  #train(): ReturnType<ActiveRun['report']> {
    const run = requireRun(this.#run);
    run.start();
    return run.report();
  }

  async #pause(): Promise<ReturnType<ActiveRun['report']>> {
    const run = requireRun(this.#run);
    await run.pause();
    await this.#keeper.save(run, this.#turns);
    return run.report();
  }

  async #stepOnce(): Promise<ReturnType<ActiveRun['report']>> {
    const run = requireRun(this.#run);
    await run.stepOnce();
    await this.#keeper.save(run, this.#turns);
    return run.report();
  }

  #requireDevice(): ChosenDevice {
    if (this.#device) return this.#device;
    throw new FaultError('no-backend', 'No device is open yet.', 'Wait a moment and try again.');
  }

  #drill(kind: 'lose-device' | 'crash-worker' | 'fill-disk'): null {
    if (kind === 'fill-disk') this.#store.refuseWrites = true;
    else if (kind === 'lose-device') this.#device?.opened.loseDevice?.();
    else
      setTimeout(() => {
        throw new Error('Crashed on purpose.');
      });
    return null;
  }
}

const quietly: Pick<RequestContext, 'signal' | 'onProgress'> = {
  signal: new AbortController().signal,
  onProgress: () => {},
};

const working = ({ signal, onProgress }: Pick<RequestContext, 'signal' | 'onProgress'>): WorkContext => ({
  signal,
  onProgress,
  breathe,
});

const dataRequest = ({ text, tokenizer, training, seed }: RunConfig): DataRequest => ({
  text,
  tokenizer,
  validationFraction: training.validationFraction,
  seed,
});

/** @throws RunFileError if the parts of a saved run do not belong together */
function requireConsistent({ config, vocabSize, parameters }: SavedRun, { dataset }: PreparedData): void {
  if (vocabSize === dataset.vocabSize && parameterCount(config.model, vocabSize) === parameters.length) return;
  throw new RunFileError('This run file contradicts itself: its weights do not fit its own settings.');
}

function newRunId(): string {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `${Date.now().toString(36)}-${random.toString(36)}`;
}
