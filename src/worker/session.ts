// The worker's state machine: one device, one open run, and the handlers of the page's requests.
// The run's comings and goings are `runSlot.ts`, training itself `activeRun.ts`, saving `runKeeper.ts`.
import { BrowserStore, type StoredRun } from '../checkpoint/browserStore.ts';
import { packText, unpackText } from '../checkpoint/packedText.ts';
import { readRunFile } from '../checkpoint/readRunFile.ts';
import { decodeRun, encodeRun, type SavedRun } from '../checkpoint/runFile.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { validateConfig } from '../config/validateConfig.ts';
import type { WorkContext } from '../data/textSource.ts';
import { closeBackend, heldMemory } from '../engine/backends.ts';
import type {
  BackendPreference,
  DeviceReport,
  Drill,
  EngineReport,
  ExperimentVariant,
  Fault,
  FromWorker,
  OpenedRun,
  Precision,
  RequestMessage,
  Result,
  RunReport,
  ToWorker,
} from '../protocol/messages.ts';
import { MOST_SETBACKS, Setbacks } from '../protocol/setbacks.ts';
import type { TypedPort } from '../protocol/typedPort.ts';
import type { ActiveRun } from './activeRun.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { requireConsistent } from './consistentRun.ts';
import { chooseDevice, type ChosenDevice } from './deviceChooser.ts';
import { engineReport } from './engineReport.ts';
import { checkEvidence } from './evidence.ts';
import { evaluateRun } from './evaluateRun.ts';
import { runExperiment } from './experiment.ts';
import { requireComparable, requireRoom } from './experimentRequest.ts';
import { askingMs, ExpectedSilence, makingMs, OPENING_MS, runSilenceMs, TEXT_MS, promptMs } from './expectedSilence.ts';
import { FaultError, toFault } from './fault.ts';
import { LOSS_NOTICE_MS, failOnDeviceLoss } from './failOnDeviceLoss.ts';
import { DataPreparer, type DataRequest, type PreparedData } from './preparedData.ts';
import { serveRequests, type Handlers, type RequestContext } from './requests.ts';
import { attentionLayer, endOf, generateText } from './runInspection.ts';
import { newRunId, RunSlot } from './runSlot.ts';
import { TextLibrary, withStoredText } from './texts.ts';
import { storedTextId } from './textId.ts';

/** Texts that a model reads side by side to be measured, at most. */
const QUESTIONS_AT_ONCE = 8;

/** What a person asked for. */
interface DeviceWish {
  readonly preference: BackendPreference;
  readonly precision: Precision;
}

export class Session {
  readonly #port: TypedPort<ToWorker, FromWorker>;
  readonly #store: BrowserStore;
  readonly #texts: TextLibrary;
  readonly #preparer: DataPreparer;
  readonly #slot: RunSlot;
  readonly #silence: ExpectedSilence;
  #device: ChosenDevice | undefined;
  #wish: DeviceWish = { preference: 'auto', precision: 'f32' };
  readonly #losses = new Setbacks();
  /** A run whose device was lost and not opened again; it comes back with the next device. */
  #stranded: ActiveRun | undefined;
  /** Requests that change the device or the run are handled one after another. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(port: TypedPort<ToWorker, FromWorker>, store = new BrowserStore()) {
    this.#port = port;
    this.#store = store;
    store.onNotLasting = (reason) => port.send({ type: 'notLasting', reason });
    this.#texts = new TextLibrary(store);
    this.#preparer = new DataPreparer(this.#texts);
    this.#silence = new ExpectedSilence((expectedMs) => port.send({ type: 'busy', expectedMs }));
    this.#slot = new RunSlot(store, {
      emit: (event, transfer) => port.send(event, transfer),
      onFailure: async (error) => {
        if (!(await this.#isLost())) this.#tell(toFault(error));
      },
      device: () => this.#device,
      silence: this.#silence,
    });
  }

  /** Answers the page's requests from now on. */
  serve(): void {
    serveRequests(this.#port, this.#handlers(), (request, work) =>
      this.#silence.during(this.#silenceMs(request), work),
    );
  }

  #handlers(): Handlers {
    const slot = this.#slot;
    return {
      openDevice: (wish, context) => this.#change(() => this.#openDevice(wish, context)),
      importText: ({ text, options }, context) => this.#texts.import(text, working(context), options),
      chooseText: async ({ text }) => {
        await this.#store.needText('chosen', text && storedTextId(text));
        return null;
      },
      prepareData: async (request, context) => (await this.#prepare(request, context)).report,
      // The long part, making the data ready, is done before the queue: a pause need not wait for it.
      createRun: async ({ config }, context) => {
        const data = await this.#prepare(dataRequest(config), context);
        return this.#change(() => this.#createRun(config, data, context));
      },
      reopenRun: (_, context) => this.#change(() => this.#reopenRun(context)),
      openRun: ({ runId }, context) => this.#change(() => this.#openRun(runId, context)),
      listRuns: () => this.#store.listRuns(),
      deleteRun: async ({ runId }) => {
        await this.#store.deleteRun(runId);
        return null;
      },
      storeReport: () => this.#store.report(),
      renameRun: async ({ name }) => {
        const run = slot.require();
        run.rename(name);
        await slot.save();
        return run.report();
      },
      train: () => this.#change(async () => this.#train()),
      pause: () => this.#change(() => this.#pause()),
      step: () => this.#change(() => this.#stepOnce()),
      adjust: async ({ settings }) => {
        const run = slot.require();
        run.adjust(settings);
        if (run.phase !== 'running' && run.step > 0) await slot.saveQuietly();
        return run.report();
      },
      restoreLastGood: () => this.#change(() => this.#restoreLastGood()),
      generate: ({ settings }, context) =>
        slot.attend(context.signal, (run, signal) =>
          this.#unlessLost('the generation', ({ report }) =>
            generateText(run, settings, { device: report, turns: slot.turns, signal }, (event) =>
              this.#port.send({ ...event, requestId: context.requestId }),
            ),
          ),
        ),
      attention: ({ tokens, layer }, context) =>
        slot.attend(context.signal, (run) =>
          this.#unlessLost('the look at attention', ({ report }) =>
            attentionLayer(run, tokens, layer, { device: report, turns: slot.turns }),
          ),
        ),
      evaluate: ({ settings }, context) =>
        slot.attend(context.signal, (run, signal) =>
          this.#unlessLost('the evaluation', ({ report }) =>
            evaluateRun(run, settings, {
              turns: slot.turns,
              signal,
              onProgress: context.onProgress,
              maxTensorBytes: report.maxTensorBytes,
            }),
          ),
        ),
      tokenize: async ({ text }) => {
        const { tokenizer } = slot.require().data;
        return endOf(tokenizer, tokenizer.encode(text));
      },
      exportRun: (_, context) => this.#exportRun(context),
      importRun: ({ file }, context) => this.#importRun(file, context),
      save: async () => {
        await slot.saveQuietly();
        return null;
      },
      engineReport: () => this.#change(() => this.#engineReport()),
      checkEvidence: (_, context) =>
        slot.beside(context.signal, (run, signal) =>
          this.#unlessLost('the check', (device) =>
            checkEvidence(run, device, slot.turns, working({ ...context, signal })),
          ),
        ),
      runExperiment: async ({ variants }, context) => {
        await slot.endApart();
        return slot.apart(context.signal, (signal) => this.#experiment(variants, { ...context, signal }));
      },
      memory: () => slot.turns.exclusive(async () => heldMemory(this.#device?.opened.plans?.device)),
      drill: async ({ kind }) => this.#drill(kind),
    };
  }

  /** How long a request may keep this worker from answering anything, at a time. */
  #silenceMs({ name, params }: RequestMessage): number {
    switch (name) {
      case 'openDevice':
        return OPENING_MS;
      case 'importText':
      case 'prepareData':
      case 'createRun':
      case 'reopenRun':
      case 'openRun':
      case 'exportRun':
      case 'importRun':
        return TEXT_MS;
      case 'generate':
        return Math.max(this.#askingMs(params.settings.samples), promptMs(params.settings.prompt.length));
      case 'tokenize':
        return promptMs(params.text.length);
      case 'attention':
      case 'evaluate':
      case 'checkEvidence':
      case 'engineReport':
        return this.#askingMs(QUESTIONS_AT_ONCE);
      default:
        // What an open run does is expected as long as it is open.
        return 0;
    }
  }

  #askingMs(texts: number): number {
    const { run } = this.#slot;
    return run && this.#device ? askingMs(run.config, run.data.dataset.vocabSize, this.#device.report, texts) : 0;
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => {});
    return result;
  }

  #tell(fault: Fault): void {
    this.#port.send({ type: 'fault', fault });
  }

  // ── Device ─────────────────────────────────────────────────────────────────────────────────────
  /** Opens a device; the open run moves along. If it does not fit there, the former device is opened again. */
  async #openDevice({ preference, precision }: DeviceWish, context: RequestContext): Promise<DeviceReport> {
    const wish: DeviceWish = { preference, precision };
    await this.#slot.endApart();
    const { run } = this.#slot;
    if (run === undefined) return this.#openFirstDevice(wish);
    this.#stranded = undefined;
    const wasRunning = run.phase === 'running';
    // Should no device open at all, the store has the run.
    await this.#slot.saveQuietly();
    try {
      await this.#slot.replace(false, (saved) => this.#moveTo(wish, saved, run.data, context));
    } finally {
      if (wasRunning) this.#slot.run?.start();
    }
    return this.#requireDevice().report;
  }

  /** Opens a device while no run is open; one that was left without a device comes back. */
  async #openFirstDevice(wish: DeviceWish): Promise<DeviceReport> {
    const { report } = await this.#chooseDevice(wish);
    const stranded = this.#stranded;
    this.#stranded = undefined;
    if (stranded) await this.#bringBack(stranded).catch((error: unknown) => this.#tell(toFault(error)));
    return report;
  }

  async #moveTo(wish: DeviceWish, saved: SavedRun, data: PreparedData, context: RequestContext): Promise<ActiveRun> {
    const former = this.#wish;
    try {
      await this.#chooseDevice(wish);
      this.#requireFits(saved.config, data);
      return await this.#slot.restore(saved, data, false, planning(context));
    } catch (error) {
      if (former !== wish) await this.#chooseDevice(former);
      throw error;
    }
  }

  async #chooseDevice(wish: DeviceWish): Promise<ChosenDevice> {
    const former = this.#device;
    this.#device = undefined;
    if (former) closeBackend(former.opened.name);
    const chosen = await chooseDevice(wish.preference, wish.precision);
    this.#device = chosen;
    this.#wish = wish;
    void chosen.opened.lost.then((reason) => {
      if (this.#device === chosen) void this.#change(() => this.#recover(reason));
    });
    return chosen;
  }

  /**
   * After a lost device: opens one again and goes on from the last saved state. Where it is lost again and again without
   * the run getting on, the run is left paused; where it is not even kept at rest, it is not opened again.
   */
  async #recover(reason: string): Promise<void> {
    const { run, wasRunning } = this.#slot.abandon();
    const noted = run && { runId: run.runId, step: run.step, training: wasRunning };
    const inARow = this.#losses.note(noted, performance.now());
    const often = inARow < MOST_SETBACKS ? '' : ` ${inARow} times in a row without the run getting on`;
    const message = `The graphics device was lost${often} (${reason}).`;
    try {
      if (!wasRunning && inARow > MOST_SETBACKS)
        throw new FaultError('device-lost', 'It is lost again as soon as it opens.', '');
      const chosen = await this.#chooseDevice(this.#wish);
      this.#port.send({ type: 'device', report: chosen.report });
      let remedy = 'It was restarted.';
      if (run) {
        const restored = await this.#bringBack(run);
        const goesOn = wasRunning && inARow < MOST_SETBACKS;
        if (goesOn) restored.start();
        else await this.#slot.saveQuietly();
        remedy =
          goesOn || !wasRunning
            ? `It was restarted, and the run continues from step ${restored.step}.`
            : `It was restarted, and training is paused at step ${restored.step}. Choose another backend or a smaller model, or press Resume to try again.`;
      }
      this.#tell({ code: 'device-lost', message, remedy });
    } catch (error) {
      await this.#slot.keeper.storeLatest();
      this.#stranded = run;
      if (run) this.#port.send({ type: 'run', run: { ...run.report(), phase: 'paused' } });
      const remedy = `It could not be restarted: ${toFault(error).message} Choose another backend or reload the page. Your run is saved.`;
      this.#tell({ code: 'device-lost', message, remedy });
    }
  }

  /** Puts a run that lost its device on the present one, as it was last saved. */
  async #bringBack(run: ActiveRun): Promise<ActiveRun> {
    const file = this.#slot.keeper.latest;
    const restored = file
      ? await this.#slot.restore(decodeRun(file), run.data, false)
      : await this.#slot.begin({ runId: run.runId, name: run.name, config: run.config }, run.data);
    this.#port.send({ type: 'opened', opened: restored.opened() });
    return restored;
  }

  /** Whether the device turns out to be lost, which explains a failure just before. */
  async #isLost(): Promise<boolean> {
    const waited = new Promise<false>((resolve) => setTimeout(resolve, LOSS_NOTICE_MS, false));
    return Promise.race([this.#device?.opened.lost.then(() => true) ?? waited, waited]);
  }

  /** Work on the open device that its loss ends, with a fault; whoever asked for it can ask again. */
  #unlessLost<T>(name: string, work: (device: ChosenDevice) => Promise<T>): Promise<T> {
    const device = this.#requireDevice();
    return failOnDeviceLoss(device, { name, remedy: 'Try again then.' }, () => work(device));
  }

  #requireDevice(): ChosenDevice {
    if (this.#device) return this.#device;
    throw new FaultError('no-backend', 'No device is open yet.', 'Wait a moment and try again.');
  }

  /** @throws FaultError if a run of these settings cannot be trained on the open device */
  #requireFits(config: RunConfig, { dataset }: PreparedData): void {
    const { report } = this.#requireDevice();
    const problem = validateConfig(config, {
      vocabSize: dataset.vocabSize,
      trainTokens: dataset.train.length,
      maxTensorBytes: report.maxTensorBytes,
      memoryBudgetBytes: report.memoryBudgetBytes,
      engine: report.engine,
    })[0];
    if (problem) throw new FaultError('config', problem.message, problem.fix ? `${problem.fix.label}.` : '');
  }

  // ── Run ────────────────────────────────────────────────────────────────────────────────────────
  #prepare(request: DataRequest, context: RequestContext): Promise<PreparedData> {
    return this.#preparer.prepare(request, working(context));
  }

  async #createRun(draft: RunConfig, data: PreparedData, context: RequestContext): Promise<OpenedRun> {
    context.signal.throwIfAborted();
    const config = { ...draft, text: data.text };
    this.#requireFits(config, data);
    const { nLayer, nEmbd } = config.model;
    const identity = { runId: newRunId(), name: `${data.report.name} · ${nLayer} × ${nEmbd}`, config };
    return (await this.#slot.open(() => this.#slot.begin(identity, data, planning(context)))).opened();
  }

  async #reopenRun(context: RequestContext): Promise<OpenedRun | null> {
    if (this.#slot.run) return this.#slot.run.opened();
    const stored = await this.#store.reopen();
    const opened = stored ? await this.#openStored(stored, context) : null;
    // Now it is known what this visit needs.
    await this.#store.removeUnneeded().catch(() => {});
    return opened;
  }

  async #openRun(runId: string, context: RequestContext): Promise<OpenedRun> {
    const stored = await this.#store.loadRun(runId);
    if (stored === undefined) {
      throw new FaultError('storage', 'This run is no longer in the browser’s store.', 'Choose another run.');
    }
    return this.#openStored(stored, context);
  }

  #openStored({ summary, file }: StoredRun, context: RequestContext): Promise<OpenedRun> {
    const saved = decodeRun(file);
    return this.#openSaved({ ...saved, config: withStoredText(saved.config, summary) }, true, context);
  }

  async #openSaved(saved: SavedRun, isStored: boolean, context: RequestContext): Promise<OpenedRun> {
    return this.#put(saved, await this.#dataOf(saved, context), isStored, context);
  }

  /** The text of a saved run, made ready. @throws RunFileError if they do not belong together */
  async #dataOf(saved: SavedRun, context: RequestContext): Promise<PreparedData> {
    const data = await this.#preparer.prepare(dataRequest(saved.config), working(context), saved.tokenizer);
    requireConsistent(saved, data);
    return data;
  }

  /** Makes sure that a saved run can be restored here before the open one is taken away. */
  async #put(saved: SavedRun, data: PreparedData, isStored: boolean, context: RequestContext): Promise<OpenedRun> {
    this.#requireFits(saved.config, data);
    return (await this.#slot.open(() => this.#slot.restore(saved, data, isStored, planning(context)))).opened();
  }

  /** What takes long and can be cancelled, reading and making the text ready, is done before the queue. */
  async #importRun(file: Blob, context: RequestContext): Promise<OpenedRun> {
    const { packedText, ...saved } = await readRunFile(file, working(context));
    const text = packedText && (await unpackText(packedText, working(context)));
    // The text of a file that is refused leaves no trace in the store.
    const choice = text ? this.#texts.lend(saved.config.text, text) : saved.config.text;
    const mine = { ...saved, config: { ...saved.config, text: choice }, runId: newRunId() };
    const data = await this.#dataOf(mine, context);
    return this.#change(async () => {
      context.signal.throwIfAborted();
      const opened = await this.#put(mine, data, false, context);
      // It stays even if its run is not worth saving yet.
      if (text) await this.#texts.keep(choice, text).catch((error: unknown) => this.#tell(toFault(error)));
      await this.#slot.saveQuietly();
      return opened;
    });
  }

  async #exportRun(context: RequestContext): Promise<Result<'exportRun'>> {
    const { data, config } = this.#slot.require();
    const builtIn = config.text.kind !== 'own' && config.text.kind !== 'url';
    const packedText = builtIn ? undefined : await packText(data.documents, working(context));
    return this.#change(async () => {
      const run = this.#slot.require();
      if (run.data !== data) throw new FaultError('config', 'A different run was opened meanwhile.', 'Save again.');
      const kept = await this.#slot.worthKeeping(run);
      if (kept === undefined) {
        const message = `Training diverged by step ${run.step}, before there was a good state to keep.`;
        throw new FaultError('checkpoint', message, 'Change the setting and press New run.');
      }
      const { state, isRuined } = kept;
      const bytes = encodeRun(packedText ? { ...state, packedText } : state);
      if (isRuined || state.step === run.step) this.#slot.keeper.noteExport(run);
      const name = state.name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');
      return {
        fileName: `${name || 'run'}-step-${state.step}${isRuined ? '-last-good' : ''}.glassbox`,
        file: new Blob([bytes], { type: 'application/octet-stream' }),
        step: state.step,
        ruinedStep: isRuined ? run.step : null,
      };
    });
  }

  async #restoreLastGood(): Promise<OpenedRun> {
    const run = this.#slot.require();
    const good = this.#slot.keeper.goodState(run);
    if (good === undefined) {
      throw new FaultError('checkpoint', 'This run has no earlier good state.', 'Press New run to start over.');
    }
    return (await this.#slot.replace(false, () => this.#slot.restore(good, run.data, false))).opened();
  }

  #train(): RunReport {
    const run = this.#slot.require();
    run.start();
    return run.report();
  }

  async #pause(): Promise<RunReport> {
    const run = this.#slot.require();
    await this.#unlessLost('the step under way', () => run.pause());
    return run.report();
  }

  async #stepOnce(): Promise<RunReport> {
    const run = this.#slot.require();
    await this.#unlessLost('this step', () => run.stepOnce());
    return run.report();
  }

  async #engineReport(): Promise<EngineReport> {
    const { run } = this.#slot;
    const device = this.#requireDevice();
    return this.#slot.turns.exclusive(() => engineReport(run?.trainer, device));
  }

  async #experiment(variants: readonly ExperimentVariant[], context: RequestContext): Promise<Result<'runExperiment'>> {
    const device = this.#requireDevice();
    const { opened, report } = device;
    const data = await this.#prepare(dataRequest(requireComparable(variants)), context);
    for (const { config } of variants) this.#requireFits(config, data);
    const { vocabSize } = data.dataset;
    requireRoom(variants, vocabSize, report, this.#slot.run);
    const silenceMs = variants.map(({ config }) =>
      Math.max(runSilenceMs(config, vocabSize, report), makingMs(config, vocabSize)),
    );
    const remedy = 'What was measured so far is kept. Start again for the rest.';
    return this.#silence.during(Math.max(...silenceMs), () =>
      failOnDeviceLoss(device, { name: 'the experiment', remedy }, () =>
        runExperiment(variants, data, {
          plans: opened.plans,
          turns: this.#slot.turns,
          signal: context.signal,
          onProgress: context.onProgress,
          tell: (update) => this.#port.send({ type: 'experiment', requestId: context.requestId, update }),
        }),
      ),
    );
  }

  #drill(kind: Drill): null {
    switch (kind) {
      case 'fill-disk':
        this.#store.refuseWrites = true;
        return null;
      case 'lose-device':
        this.#device?.opened.loseDevice?.();
        return null;
      case 'crash-worker':
        setTimeout(() => {
          throw new Error('Crashed on purpose.');
        });
        return null;
      case 'end-worker':
        setTimeout(() => globalThis.close());
        return null;
      case 'hang-worker':
        setTimeout(() => {
          for (;;);
        });
        return null;
      default:
        return kind satisfies never;
    }
  }
}

const working = ({ signal, onProgress }: Pick<RequestContext, 'signal' | 'onProgress'>): WorkContext => ({
  signal,
  onProgress,
  yieldToEvents,
});

/** Progress of making a run's plans, on screen. */
const planning =
  ({ onProgress }: Pick<RequestContext, 'onProgress'>) =>
  (share: number): void =>
    onProgress(share, 'Preparing the model for this device');

const dataRequest = ({ text, tokenizer, training, seed }: RunConfig): DataRequest => ({
  text,
  tokenizer,
  validationFraction: training.validationFraction,
  seed,
});
