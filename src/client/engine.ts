// The one worker of this page.
import { EngineClient } from './engineClient.ts';

export const engine = new EngineClient(
  () => new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module', name: 'glassbox-engine' }),
);
