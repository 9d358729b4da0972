// The two ends of a real channel: messages arrive as sent and in order, and listed buffers move.
import { afterEach, describe, expect, it } from 'vitest';
import type { FromWorker, ToWorker } from './messages.ts';
import { pagePort, workerPort } from './typedPort.ts';

const channels: MessageChannel[] = [];
function join() {
  const channel = new MessageChannel();
  channels.push(channel);
  const [page, worker] = [pagePort(channel.port1), workerPort(channel.port2)];
  channel.port1.start();
  channel.port2.start();
  return { page, worker };
}
afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close();
});

describe('the ports', () => {
  it('carry requests one way and events the other, in order', async () => {
    const { page, worker } = join();
    const asked: ToWorker[] = [];
    worker.listen((message) => {
      asked.push(message);
      if (message.type === 'request') worker.send({ type: 'reply', id: message.id, ok: true, result: null });
    });
    const replies = new Promise<FromWorker[]>((resolve) => {
      const received: FromWorker[] = [];
      page.listen((message) => {
        received.push(message);
        if (received.length === 2) resolve(received);
      });
    });
    const requests: ToWorker[] = [
      { type: 'request', id: 1, name: 'save', params: {} },
      { type: 'cancel', id: 1 },
      { type: 'request', id: 2, name: 'renameRun', params: { name: 'Füchse 🦊' } },
    ];
    for (const request of requests) page.send(request);
    expect(await replies).toEqual([
      { type: 'reply', id: 1, ok: true, result: null },
      { type: 'reply', id: 2, ok: true, result: null },
    ]);
    expect(asked).toEqual(requests);
  });

  it('move the buffers that are listed and copy the others', async () => {
    const { page, worker } = join();
    const received = new Promise<FromWorker>((resolve) => page.listen(resolve));
    const rows = Float32Array.of(1, 2, 3, 4, 5);
    worker.send({ type: 'metrics', runId: 'r', rows }, [rows.buffer]);
    expect(rows).toHaveLength(0);
    expect(await received).toEqual({ type: 'metrics', runId: 'r', rows: Float32Array.of(1, 2, 3, 4, 5) });
    const kept = Float32Array.of(1, 2, 3, 4, 5);
    worker.send({ type: 'metrics', runId: 'r', rows: kept });
    expect(kept).toHaveLength(5);
  });
});
