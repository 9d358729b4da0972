// For tests of the state: a worker that records what it is asked and answers when the test says so. It computes nothing.
import type { RunConfig } from '../config/runConfig.ts';
import type {
  Fault,
  FromWorker,
  OpenedRun,
  RequestMessage,
  RunPhase,
  ToWorker,
  WorkerEvent,
} from '../protocol/messages.ts';

/** What the engine client sees: one thread, replaced by another after a crash. */
class ScriptedThread extends EventTarget implements Worker {
  readonly onmessage = null;
  readonly onmessageerror = null;
  readonly onerror = null;
  readonly postMessage: (message: ToWorker) => void;
  constructor(receive: (message: ToWorker) => void) {
    super();
    this.postMessage = receive;
  }
  terminate(): void {}
}

export class ScriptedWorker {
  requests: RequestMessage[] = [];
  cancelled: number[] = [];
  /** Answers no ping any more. */
  hangs = false;
  #thread: ScriptedThread | undefined;

  startThread(): Worker {
    this.hangs = false;
    this.#thread = new ScriptedThread((message) => {
      if (message.type === 'cancel') this.cancelled.push(message.id);
      else if (message.type === 'request') this.requests.push(message);
      else if (!this.hangs) this.#send({ type: 'alive' });
    });
    return this.#thread;
  }

  /** The latest request. */
  get last(): RequestMessage {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('nothing was asked of the worker');
    return request;
  }

  names(): string[] {
    return this.requests.map(({ name }) => name);
  }

  forget(): void {
    this.requests = [];
    this.cancelled = [];
  }

  /** Answers a request, by default the latest, and lets what waits for it go on. */
  async answer(result: Extract<FromWorker, { ok: true }>['result'], id = this.last.id): Promise<void> {
    this.#send({ type: 'reply', id, ok: true, result });
    await settled();
  }

  async refuse(fault: Fault, id = this.last.id): Promise<void> {
    this.#send({ type: 'reply', id, ok: false, fault });
    await settled();
  }

  /** Sends an event on its own account. */
  tell(event: WorkerEvent): void {
    this.#send(event);
  }

  /** Tells how far a request is, by default the latest. */
  progress(fraction: number, message: string, requestId = this.last.id): void {
    this.#send({ type: 'progress', requestId, fraction, message });
  }

  /** Dies as a worker with an uncaught error does, some time after it started. */
  async crash(): Promise<void> {
    this.#send({ type: 'started', lock: null });
    await this.failToStart();
  }

  /** Dies as a worker does whose code cannot be loaded. */
  async failToStart(): Promise<void> {
    this.#thread?.dispatchEvent(new Event('error'));
    await settled();
  }

  #send(data: FromWorker): void {
    this.#thread?.dispatchEvent(new MessageEvent('message', { data }));
  }
}

/** Lets every promise that is already decided run its course, however long the chain. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

let made = 0;

/** A run as the worker would open it. */
export function opened(config: RunConfig, phase: RunPhase = 'ready', step = 0): OpenedRun {
  return {
    run: { runId: `run-${++made}`, name: 'A run', phase, step, config, parameterCount: 1 },
    history: { metrics: new Float32Array(), evaluations: [], diary: [] },
    data: {
      name: 'A text',
      documents: 1,
      characters: 9000,
      bytes: 9000,
      tokens: 9000,
      trainTokens: 8000,
      validationTokens: 1000,
      vocabSize: 300,
      bytesPerToken: 1,
      uniformLoss: 5.7,
      unigramLoss: 5,
      preview: [],
      suggestedPrompts: ['Hello'],
      diaryPrompt: 'Hello',
    },
  };
}
