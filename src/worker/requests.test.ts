// The router behind a scripted port: one answer to each request, errors as faults, cancelling and progress.
import { describe, expect, it } from 'vitest';
import { ofType } from '../../scripts/smallRun.ts';
import type { FromWorker, RequestMessage, ToWorker } from '../protocol/messages.ts';
import { FaultError } from './fault.ts';
import { serveRequests, type Handlers } from './requests.ts';

const REFUSED = new FaultError('internal', 'Not part of this test.', '');
const refuse = () => Promise.reject(REFUSED);
const NO_HANDLERS: Handlers = {
  openDevice: refuse,
  importText: refuse,
  prepareData: refuse,
  createRun: refuse,
  reopenRun: refuse,
  openRun: refuse,
  listRuns: refuse,
  deleteRun: refuse,
  storeReport: refuse,
  chooseText: refuse,
  renameRun: refuse,
  train: refuse,
  pause: refuse,
  step: refuse,
  adjust: refuse,
  restoreLastGood: refuse,
  generate: refuse,
  attention: refuse,
  tokenize: refuse,
  exportRun: refuse,
  importRun: refuse,
  save: refuse,
  engineReport: refuse,
  checkEvidence: refuse,
  runExperiment: refuse,
  evaluate: refuse,
  memory: refuse,
  drill: refuse,
};

function serve(handlers: Partial<Handlers>) {
  const sent: FromWorker[] = [];
  /** What the port refuses to send once, as a message that cannot be cloned. */
  const fails = { next: false };
  let listener: (message: ToWorker) => void = () => {};
  serveRequests(
    {
      send: (message) => {
        if (fails.next) {
          fails.next = false;
          throw new DOMException('could not be cloned', 'DataCloneError');
        }
        sent.push(message);
      },
      listen: (given) => {
        listener = given;
      },
    },
    { ...NO_HANDLERS, ...handlers },
  );
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    sent,
    fails,
    replies: () => ofType(sent, 'reply'),
    async ask(message: RequestMessage): Promise<void> {
      listener(message);
      await settled();
    },
    async cancel(id: number): Promise<void> {
      listener({ type: 'cancel', id });
      await settled();
    },
  };
}
const tokenize = (id: number, text = 'a'): RequestMessage => ({
  type: 'request',
  id,
  name: 'tokenize',
  params: { text },
});

describe('serveRequests', () => {
  it('hands parameters over and answers with the result under the request’s id', async () => {
    const server = serve({ tokenize: async ({ text }) => ({ tokens: [{ id: 1, text }], before: 0 }) });
    await server.ask(tokenize(7, 'seven'));
    await server.ask(tokenize(8, 'eight'));
    expect(server.sent).toEqual([
      { type: 'reply', id: 7, ok: true, result: { tokens: [{ id: 1, text: 'seven' }], before: 0 } },
      { type: 'reply', id: 8, ok: true, result: { tokens: [{ id: 1, text: 'eight' }], before: 0 } },
    ]);
  });

  it('answers errors as faults, whether rejected or thrown', async () => {
    const server = serve({
      tokenize: () => {
        throw new FaultError('config', 'There is no run yet.', 'Wait.');
      },
    });
    await server.ask({ type: 'request', id: 1, name: 'save', params: {} });
    await server.ask(tokenize(2));
    expect(server.replies()).toEqual([
      { type: 'reply', id: 1, ok: false, fault: REFUSED.fault },
      { type: 'reply', id: 2, ok: false, fault: { code: 'config', message: 'There is no run yet.', remedy: 'Wait.' } },
    ]);
  });

  it('answers a request of a name it does not know', async () => {
    const server = serve({});
    const unknown: RequestMessage = JSON.parse('{"type":"request","id":3,"name":"fly","params":{}}');
    await server.ask(unknown);
    expect(server.replies()).toMatchObject([{ id: 3, ok: false, fault: { code: 'internal' } }]);
  });

  it('answers with a fault where the result cannot be sent', async () => {
    const server = serve({ tokenize: async () => ({ tokens: [], before: 0 }) });
    server.fails.next = true;
    await server.ask(tokenize(4));
    expect(server.replies()).toMatchObject([{ id: 4, ok: false, fault: { code: 'internal' } }]);
  });

  it('aborts the signal of the one request that is cancelled', async () => {
    const signals = new Map<number, AbortSignal>();
    const server = serve({
      tokenize: (_, { requestId, signal }) =>
        new Promise((_resolve, reject) => {
          signals.set(requestId, signal);
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    await server.ask(tokenize(1));
    await server.ask(tokenize(2));
    await server.cancel(2);
    expect([signals.get(1)?.aborted, signals.get(2)?.aborted]).toEqual([false, true]);
    expect(server.replies()).toEqual([
      { type: 'reply', id: 2, ok: false, fault: { code: 'cancelled', message: 'Cancelled.', remedy: '' } },
    ]);
  });

  it('lets a handler answer a cancelled request with a result, and answers only once', async () => {
    const server = serve({
      tokenize: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ tokens: [], before: 0 }));
        }),
    });
    await server.ask(tokenize(1));
    await server.cancel(1);
    await server.cancel(1);
    expect(server.replies()).toEqual([{ type: 'reply', id: 1, ok: true, result: { tokens: [], before: 0 } }]);
  });

  it('takes a cancel of what is over or was never asked for nothing', async () => {
    const server = serve({ tokenize: async () => ({ tokens: [], before: 0 }) });
    await server.ask(tokenize(1));
    await server.cancel(1);
    await server.cancel(99);
    expect(server.sent).toHaveLength(1);
  });

  it('passes progress on under the request’s id, before the reply', async () => {
    const server = serve({
      tokenize: async (_, { onProgress }) => {
        onProgress(0.5, 'Half way');
        return { tokens: [], before: 0 };
      },
    });
    await server.ask(tokenize(6));
    expect(server.sent).toEqual([
      { type: 'progress', requestId: 6, fraction: 0.5, message: 'Half way' },
      { type: 'reply', id: 6, ok: true, result: { tokens: [], before: 0 } },
    ]);
  });

  it('serves a second request while the first is under way', async () => {
    let finish: () => void = () => {};
    const server = serve({
      save: () => new Promise((resolve) => (finish = () => resolve(null))),
      tokenize: async () => ({ tokens: [], before: 0 }),
    });
    await server.ask({ type: 'request', id: 1, name: 'save', params: {} });
    await server.ask(tokenize(2));
    expect(server.replies().map(({ id }) => id)).toEqual([2]);
    finish();
    await server.cancel(0);
    expect(server.replies().map(({ id }) => id)).toEqual([2, 1]);
  });
});
