// The one worker of this page.
import { EngineClient } from './engineClient.ts';
import { startWorker } from './startWorker.ts';

export const engine = new EngineClient(() =>
  startWorker(
    () => new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module', name: 'glassbox-engine' }),
  ),
);
