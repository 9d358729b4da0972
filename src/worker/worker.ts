// Entry of the worker: joins its port to a session. Everything heavy is loaded from here, after the page is usable.
import { workerPort } from '../protocol/typedPort.ts';
import { toFault } from './fault.ts';
import { holdLifeLock } from './lifeLock.ts';
import { Session } from './session.ts';

declare const self: DedicatedWorkerGlobalScope;

const port = workerPort(self);
self.addEventListener('unhandledrejection', (event) => {
  port.send({ type: 'fault', fault: toFault(event.reason) });
});
new Session(port).serve();
void holdLifeLock().then((lock) => port.send({ type: 'started', lock }));
