// A browser that refuses to start a worker costs the page nothing but the engine, and every request says so.
import { expect, it } from 'vitest';
import { EngineClient } from './engineClient.ts';
import { startWorker } from './startWorker.ts';

it('lets a page whose browser refuses workers start, and fails its requests', async () => {
  const client = new EngineClient(() =>
    startWorker(() => {
      throw new DOMException('Access is denied.', 'SecurityError');
    }),
  );
  await expect(client.request('listRuns', {})).rejects.toMatchObject({ fault: { code: 'internal' } });
  await expect(client.request('listRuns', {})).rejects.toMatchObject({ fault: { code: 'internal' } });
});
