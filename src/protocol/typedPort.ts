// The only caller of `postMessage`: a port whose two directions carry just the messages of `messages.ts`.
import type { FromWorker, ToWorker } from './messages.ts';

/** What a Worker and a worker's global scope have in common. */
interface MessageEndpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

export interface TypedPort<Incoming, Outgoing> {
  /** Sends a message; the listed buffers move instead of being copied. */
  send(message: Outgoing, transfer?: Transferable[]): void;
  listen(listener: (message: Incoming) => void): void;
}

function typedPort<Incoming, Outgoing>(endpoint: MessageEndpoint): TypedPort<Incoming, Outgoing> {
  return {
    send: (message, transfer = []) => endpoint.postMessage(message, transfer),
    // Both ends are built together from one protocol, so a message has the type its sender gave it.
    listen: (listener) => endpoint.addEventListener('message', (event: MessageEvent<Incoming>) => listener(event.data)),
  };
}

/** The page's end. */
export const pagePort = (worker: MessageEndpoint): TypedPort<FromWorker, ToWorker> => typedPort(worker);
/** The worker's end. */
export const workerPort = (scope: MessageEndpoint): TypedPort<ToWorker, FromWorker> => typedPort(scope);
