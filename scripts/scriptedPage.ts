// A page as the worker sees it, for tests of sessions: it sends requests, keeps what it hears, and has a tab of its own
// on the present disk (`testDisk.ts`).
import type { Fault, FromWorker, Params, RequestName, Result, ToWorker } from '../src/protocol/messages.ts';
import { yieldToEvents } from '../src/worker/yieldToEvents.ts';
import { Session } from '../src/worker/session.ts';
import { metricRows, ofType } from './smallRun.ts';
import { newStore, TestTab } from './testDisk.ts';

/** A request's refusal. */
export class Refusal extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** A page as the worker sees it. */
export class ScriptedPage {
  readonly received: FromWorker[] = [];
  readonly session: Session;
  #listener: (message: ToWorker) => void = () => {};
  #nextId = 1;

  readonly tab = new TestTab();
  readonly store = newStore(this.tab);

  constructor() {
    this.session = new Session(
      {
        send: (message) => void this.received.push(message),
        listen: (listener) => {
          this.#listener = listener;
        },
      },
      this.store,
    );
    this.session.serve();
  }

  /** Sends a request; its id is for cancelling. */
  begin<N extends RequestName>(name: N, params: Params<N>): { id: number; result: Promise<Result<N>> } {
    const id = this.#nextId++;
    this.#listener({ type: 'request', id, name, params } as ToWorker);
    return { id, result: this.#reply(id) as Promise<Result<N>> };
  }
  ask<N extends RequestName>(name: N, params: Params<N>): Promise<Result<N>> {
    return this.begin(name, params).result;
  }
  cancel(id: number): void {
    this.#listener({ type: 'cancel', id });
  }
  async #reply(id: number): Promise<unknown> {
    const reply = await this.until(() => ofType(this.received, 'reply').find((message) => message.id === id));
    if (!reply.ok) throw new Refusal(reply.fault);
    return reply.result;
  }
  /** Waits for what `look` looks for, in turns with the worker (Node lets timers wait while messages come). */
  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await yieldToEvents();
    }
  }
  get step(): number {
    return ofType(this.received, 'run').at(-1)?.run.step ?? 0;
  }
  async trainToEnd(): Promise<void> {
    await this.ask('train', {});
    await this.until(() => (ofType(this.received, 'run').at(-1)?.run.phase === 'running' ? undefined : true));
  }
  rows(): number[][] {
    return metricRows(this.received.filter((message) => message.type !== 'reply'));
  }
}
export const refusalOf = async (request: Promise<unknown>): Promise<Fault> => {
  const error: unknown = await request.then(() => new Error('It was answered.')).catch((reason: unknown) => reason);
  if (error instanceof Refusal) return error.fault;
  throw error;
};
