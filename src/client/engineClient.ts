// The page's handle on the worker: sends requests, matches replies, hands out events, and starts a new worker
// when the old one has died or hangs. It keeps no run state; that is the stores' part.
import type {
  BeamNode,
  ExperimentUpdate,
  Fault,
  FromWorker,
  GeneratedToken,
  Params,
  ReplyMessage,
  RequestMessage,
  RequestName,
  Result,
  TextEndTokens,
  WorkerEvent,
} from '../protocol/messages.ts';
import { pagePort, type TypedPort } from '../protocol/typedPort.ts';
import type { ToWorker } from '../protocol/messages.ts';
import { Heartbeat, type Quiet } from './heartbeat.ts';
import { whenGone } from './workerLock.ts';

/** A request's failure: `fault` says what is wrong and what to do. */
export class EngineError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'EngineError';
    this.fault = fault;
  }
}

export interface RequestOptions {
  /** Aborting ends the request early: it rejects with code 'cancelled' (generate resolves with finish 'stopped'). */
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number, message: string) => void;
  readonly onPrompt?: (prompt: TextEndTokens, text: string) => void;
  readonly onToken?: (sample: number, token: GeneratedToken) => void;
  readonly onBeamStep?: (nodes: readonly BeamNode[]) => void;
  readonly onExperiment?: (update: ExperimentUpdate) => void;
}

interface Pending {
  readonly resolve: (result: Result<RequestName>) => void;
  readonly reject: (error: EngineError) => void;
  readonly options: RequestOptions;
}

/** Events that belong to no single request. */
export type BroadcastEvent = Exclude<
  WorkerEvent,
  { type: 'progress' | 'generated' | 'prompt' | 'beamStep' | 'experiment' | 'started' | 'alive' | 'busy' }
>;

const CRASHED: Fault = {
  code: 'internal',
  message: 'The page’s worker stopped unexpectedly.',
  remedy: 'It is being restarted. Your run continues from its last save.',
};

const UNRESPONSIVE: Fault = {
  code: 'internal',
  message: 'The page’s worker stopped responding.',
  remedy: 'It is being restarted. Your run continues from its last save.',
};

/** How much more patient each worker that was given up makes with the next, for a while. */
const MORE_PATIENCE = 2;
const MOST_PATIENCE = 32;
const IMPATIENT_AGAIN_MS = 120_000;

const CANNOT_START: Fault = {
  code: 'internal',
  message: 'The page’s worker does not start.',
  remedy:
    'Check the connection, then start it again. A page inside another site’s frame may be forbidden to: open it in a tab of its own.',
};

export class EngineClient {
  #worker: Worker;
  #port: TypedPort<FromWorker, ToWorker>;
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: BroadcastEvent) => void>();
  readonly #crashListeners = new Set<(fault: Fault) => void>();
  readonly #quietListeners = new Set<(quiet: Quiet | undefined) => void>();
  #heartbeat: Heartbeat | undefined;
  #patience = 1;
  #gaveUpAtMs = Number.NEGATIVE_INFINITY;
  /** Ends the watch for the present worker's death. */
  #unwatch: () => void = () => {};
  readonly #startWorker: () => Worker;
  /** Whether the present worker has sent anything; one that dies before that would only die again. */
  #alive = false;
  #ended = false;

  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
    [this.#worker, this.#port] = this.#start();
  }

  /** Sends a request. @throws EngineError with the worker's fault, or code 'internal' if the worker died. */
  request<N extends RequestName>(name: N, params: Params<N>, options: RequestOptions = {}): Promise<Result<N>> {
    if (this.#ended) return Promise.reject(new EngineError(CANNOT_START));
    const id = this.#nextId++;
    const { promise, resolve, reject } = promiseParts<Result<N>>();
    // The worker answers request `id` with the result type of `name`; the map forgets the name, not the fact.
    this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject, options });
    this.#port.send({ type: 'request', id, name, params } as RequestMessage);
    const cancel = (): void => {
      if (this.#pending.has(id)) this.#port.send({ type: 'cancel', id });
    };
    if (options.signal?.aborted) cancel();
    else options.signal?.addEventListener('abort', cancel);
    return promise;
  }

  /** @returns a function that ends the subscription. */
  onEvent(listener: (event: BroadcastEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called after a dead worker has been replaced; the new one knows nothing yet. */
  onRestart(listener: (fault: Fault) => void): () => void {
    this.#crashListeners.add(listener);
    return () => this.#crashListeners.delete(listener);
  }

  /** Called when the worker has said nothing for a while, and with undefined when it speaks again. */
  onQuiet(listener: (quiet: Quiet | undefined) => void): () => void {
    this.#quietListeners.add(listener);
    return () => this.#quietListeners.delete(listener);
  }

  /** Starts a worker again after one that could not start; the page then begins anew, so nobody is told of a crash. */
  revive(): void {
    if (!this.#ended) return;
    this.#ended = false;
    [this.#worker, this.#port] = this.#start();
  }

  /** Ends the worker at once and starts another (for a worker that no longer answers). */
  restart(fault: Fault = CRASHED): void {
    this.#end();
    this.#ended = false;
    [this.#worker, this.#port] = this.#start();
    this.#rejectAll(fault);
    for (const listener of this.#crashListeners) listener(fault);
  }

  #rejectAll(fault: Fault): void {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.reject(new EngineError(fault));
  }

  #died(): void {
    if (this.#alive) {
      this.restart();
      return;
    }
    this.#end();
    this.#ended = true;
    this.#rejectAll(CANNOT_START);
  }

  #giveUp(): void {
    const nowMs = performance.now();
    const isRecent = nowMs - this.#gaveUpAtMs < IMPATIENT_AGAIN_MS;
    this.#patience = isRecent ? Math.min(MOST_PATIENCE, MORE_PATIENCE * this.#patience) : MORE_PATIENCE;
    this.#gaveUpAtMs = nowMs;
    this.restart(UNRESPONSIVE);
  }

  #end(): void {
    this.#heartbeat?.stop();
    this.#unwatch();
    this.#worker.terminate();
  }

  #start(): [Worker, TypedPort<FromWorker, ToWorker>] {
    this.#alive = false;
    const worker = this.#startWorker();
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#died();
    });
    const port = pagePort(worker);
    const around = {
      ping: () => port.send({ type: 'ping' }),
      onQuiet: (quiet: Quiet | undefined) => {
        for (const listener of this.#quietListeners) listener(quiet);
      },
      onDead: () => this.#giveUp(),
    };
    const heartbeat = new Heartbeat(around, this.#patience);
    this.#heartbeat = heartbeat;
    port.listen((message) => {
      if (worker !== this.#worker) return;
      this.#alive = true;
      heartbeat.heard();
      this.#receive(message);
    });
    return [worker, port];
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'reply':
        this.#settle(message);
        return;
      case 'progress':
        this.#pending.get(message.requestId)?.options.onProgress?.(message.fraction, message.message);
        return;
      case 'prompt':
        this.#pending.get(message.requestId)?.options.onPrompt?.(message.prompt, message.text);
        return;
      case 'generated':
        this.#pending.get(message.requestId)?.options.onToken?.(message.sample, message.token);
        return;
      case 'beamStep':
        this.#pending.get(message.requestId)?.options.onBeamStep?.(message.nodes);
        return;
      case 'experiment':
        this.#pending.get(message.requestId)?.options.onExperiment?.(message.update);
        return;
      case 'started':
        if (message.lock !== null) this.#unwatch = whenGone(message.lock, () => this.#died());
        return;
      case 'alive':
        return;
      case 'busy':
        this.#heartbeat?.expect(message.expectedMs);
        return;
      case 'run':
      case 'metrics':
      case 'evaluation':
      case 'diary':
      case 'opened':
      case 'device':
      case 'saved':
      case 'notLasting':
      case 'fault':
        for (const listener of this.#listeners) listener(message);
        return;
      default:
        message satisfies never;
    }
  }

  #settle(message: ReplyMessage): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) pending?.resolve(message.result);
    else pending?.reject(new EngineError(message.fault));
  }
}

function promiseParts<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: EngineError) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
