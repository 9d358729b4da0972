// Receives requests, runs their handlers, and answers each exactly once: with a result or with a fault. Answers pings.
import type { FromWorker, Params, RequestMessage, RequestName, Result, ToWorker } from '../protocol/messages.ts';
import type { TypedPort } from '../protocol/typedPort.ts';
import { toFault } from './fault.ts';

/** What a handler may use besides its parameters. */
export interface RequestContext {
  readonly requestId: number;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
}

export type Handlers = {
  readonly [N in RequestName]: (params: Params<N>, context: RequestContext) => Promise<Result<N>>;
};

/** @param during runs the work of answering a request; for whoever needs to know what is under way */
export function serveRequests(
  port: TypedPort<ToWorker, FromWorker>,
  handlers: Handlers,
  during: <T>(request: RequestMessage, work: () => Promise<T>) => Promise<T> = (_, work) => work(),
): void {
  const running = new Map<number, AbortController>();
  port.listen((message) => {
    switch (message.type) {
      case 'cancel':
        running.get(message.id)?.abort();
        return;
      case 'ping':
        port.send({ type: 'alive' });
        return;
      case 'request':
        void answer(message);
        return;
      default:
        message satisfies never;
    }
  });

  async function answer(message: RequestMessage): Promise<void> {
    const { id } = message;
    const controller = new AbortController();
    running.set(id, controller);
    const context: RequestContext = {
      requestId: id,
      signal: controller.signal,
      onProgress: (fraction, text) => port.send({ type: 'progress', requestId: id, fraction, message: text }),
    };
    try {
      const result = await during(message, () => handle(message.name, message, context));
      port.send({ type: 'reply', id, ok: true, result });
    } catch (error) {
      port.send({ type: 'reply', id, ok: false, fault: toFault(error) });
    } finally {
      running.delete(id);
    }
  }

  /** A message of name N carries the parameters of N: the union of messages is built so. */
  function handle<N extends RequestName>(
    name: N,
    message: RequestMessage,
    context: RequestContext,
  ): Promise<Result<N>> {
    const handler: (params: Params<N>, context: RequestContext) => Promise<Result<N>> = handlers[name];
    return handler(message.params as Params<N>, context);
  }
}
