// The page's handle on scripted workers: replies and events to their owners, cancelling, and life after a crash.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  PLAIN_DECODING,
  type Fault,
  type FromWorker,
  type GeneratedToken,
  type ToWorker,
  type TextEndTokens,
} from '../protocol/messages.ts';
import { EngineClient, EngineError, type BroadcastEvent } from './engineClient.ts';

class FakeWorker extends EventTarget implements Worker {
  onmessage = null;
  onmessageerror = null;
  onerror = null;
  readonly received: ToWorker[] = [];
  terminated = false;
  postMessage(message: ToWorker): void {
    this.received.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  send(message: FromWorker): void {
    this.dispatchEvent(new MessageEvent('message', { data: message }));
  }
  /** Dies after having spoken. @returns whether the page took care of the error itself */
  crash(): boolean {
    this.send({ type: 'saved', runId: 'before', step: 0, savedAtMs: 0 });
    return this.fail();
  }
  fail(): boolean {
    const event = new Event('error', { cancelable: true });
    this.dispatchEvent(event);
    return event.defaultPrevented;
  }
}

const FAULT: Fault = { code: 'config', message: 'There is no run yet.', remedy: 'Wait.' };
const TOKEN: GeneratedToken = {
  id: 1,
  text: 'a',
  decoded: 'a',
  probability: 0.5,
  logProbability: Math.log(0.5),
  alternatives: [],
  endOfText: false,
};
const savedAt = (step: number): BroadcastEvent => ({ type: 'saved', runId: 'r', step, savedAtMs: 0 });

function start() {
  const workers: FakeWorker[] = [];
  const client = new EngineClient(() => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  });
  return {
    client,
    workers,
    get worker(): FakeWorker {
      return workers.at(-1)!;
    },
  };
}
const faultOf = async (request: Promise<unknown>): Promise<Fault> => {
  const error = await request.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineError);
  if (!(error instanceof EngineError)) throw new TypeError('not refused');
  expect(error.message).toBe(error.fault.message);
  return error.fault;
};

describe('requests', () => {
  it('get the reply of their own id, in whatever order replies come', async () => {
    const { client, worker } = start();
    const first = client.request('tokenize', { text: 'a' });
    const second = client.request('tokenize', { text: 'b' });
    expect(worker.received).toEqual([
      { type: 'request', id: 1, name: 'tokenize', params: { text: 'a' } },
      { type: 'request', id: 2, name: 'tokenize', params: { text: 'b' } },
    ]);
    worker.send({ type: 'reply', id: 2, ok: true, result: { tokens: [{ id: 22, text: 'b' }], before: 0 } });
    worker.send({ type: 'reply', id: 1, ok: true, result: { tokens: [{ id: 11, text: 'a' }], before: 0 } });
    expect(await Promise.all([first, second])).toMatchObject([{ tokens: [{ id: 11 }] }, { tokens: [{ id: 22 }] }]);
  });

  it('fail with the worker’s fault', async () => {
    const { client, worker } = start();
    const request = client.request('train', {});
    worker.send({ type: 'reply', id: 1, ok: false, fault: FAULT });
    expect(await faultOf(request)).toEqual(FAULT);
  });

  it('hear their own progress, prompt and tokens, until they are answered', async () => {
    const { client, worker } = start();
    const heard: unknown[] = [];
    const settings = { ...PLAIN_DECODING, prompt: '', maxTokens: 1, samples: 1, seed: 1 };
    const listen = (name: string) => ({
      onProgress: (fraction: number, message: string) => void heard.push([name, fraction, message]),
      onPrompt: ({ tokens }: TextEndTokens, text: string) => void heard.push([name, tokens, text]),
      onToken: (sample: number, token: GeneratedToken) => void heard.push([name, sample, token]),
      onBeamStep: (nodes: readonly unknown[]) => void heard.push([name, nodes]),
    });
    const broadcast = vi.fn<(heard: unknown) => void>();
    client.onEvent(broadcast);
    const first = client.request('generate', { settings }, listen('first'));
    void client.request('generate', { settings }, listen('second'));
    void client.request('save', {});
    worker.send({ type: 'prompt', requestId: 2, prompt: { tokens: [], before: 0 }, text: 'So' });
    worker.send({ type: 'beamStep', requestId: 2, nodes: [] });
    worker.send({ type: 'generated', requestId: 1, sample: 3, token: TOKEN });
    worker.send({ type: 'progress', requestId: 2, fraction: 0.5, message: 'Half way' });
    worker.send({ type: 'progress', requestId: 3, fraction: 0.5, message: 'to nobody' });
    worker.send({ type: 'progress', requestId: 77, fraction: 0.5, message: 'of nobody' });
    worker.send({
      type: 'reply',
      id: 1,
      ok: true,
      result: { finish: 'done', ends: [null], hypotheses: [], tokensPerSecond: 1, step: 0, lastStep: 0 },
    });
    worker.send({ type: 'generated', requestId: 1, sample: 0, token: TOKEN });
    expect(await first).toMatchObject({ finish: 'done' });
    expect(heard).toEqual([
      ['second', [], 'So'],
      ['second', []],
      ['first', 3, TOKEN],
      ['second', 0.5, 'Half way'],
    ]);
    expect(broadcast).not.toHaveBeenCalled();
  });

  it('are cancelled by their signal while they wait, and only then', async () => {
    const { client, worker } = start();
    const controller = new AbortController();
    const request = client.request('save', {}, { signal: controller.signal });
    controller.abort();
    expect(worker.received.slice(1)).toEqual([{ type: 'cancel', id: 1 }]);
    const cancelled: Fault = { code: 'cancelled', message: 'Cancelled.', remedy: '' };
    worker.send({ type: 'reply', id: 1, ok: false, fault: cancelled });
    expect(await faultOf(request)).toEqual(cancelled);

    const late = new AbortController();
    const answered = client.request('save', {}, { signal: late.signal });
    worker.send({ type: 'reply', id: 2, ok: true, result: null });
    await answered;
    late.abort();
    expect(worker.received.filter(({ type }) => type === 'cancel')).toHaveLength(1);
  });

  it('are cancelled at once by a signal that was aborted before', () => {
    const { client, worker } = start();
    void client.request('save', {}, { signal: AbortSignal.abort() });
    expect(worker.received.map((message) => (message.type === 'ping' ? [] : [message.type, message.id]))).toEqual([
      ['request', 1],
      ['cancel', 1],
    ]);
  });
});

describe('events', () => {
  it('go to every listener until it leaves', () => {
    const { client, worker } = start();
    const [one, two] = [vi.fn<(heard: unknown) => void>(), vi.fn<(heard: unknown) => void>()];
    const leave = client.onEvent(one);
    client.onEvent(two);
    worker.send(savedAt(1));
    leave();
    worker.send(savedAt(2));
    expect(one.mock.calls).toEqual([[savedAt(1)]]);
    expect(two.mock.calls).toEqual([[savedAt(1)], [savedAt(2)]]);
  });

  it('are all events but those of a request', () => {
    const { client, worker } = start();
    const heard: string[] = [];
    client.onEvent(({ type }) => void heard.push(type));
    worker.send({ type: 'metrics', runId: 'r', rows: new Float32Array(5) });
    worker.send({ type: 'evaluation', runId: 'r', point: { step: 1, validationLoss: 1, bitsPerByte: 1 } });
    worker.send({ type: 'diary', runId: 'r', entry: { step: 1, prompt: '', samples: [] } });
    worker.send(savedAt(1));
    worker.send({ type: 'fault', fault: FAULT });
    worker.send({ type: 'reply', id: 5, ok: true, result: null });
    expect(heard).toEqual(['metrics', 'evaluation', 'diary', 'saved', 'fault']);
  });
});

describe('a crash', () => {
  it('fails every waiting request, starts another worker, and tells who listens', async () => {
    const started = start();
    const { client, workers } = started;
    const [told, left] = [vi.fn<(heard: unknown) => void>(), vi.fn<(heard: unknown) => void>()];
    client.onRestart(told);
    client.onRestart(left)();
    const waiting = [client.request('train', {}), client.request('save', {})];
    expect(started.worker.crash()).toBe(true);
    for (const request of waiting) {
      expect(await faultOf(request)).toMatchObject({
        code: 'internal',
        message: expect.stringContaining('unexpectedly'),
      });
    }
    expect(workers).toHaveLength(2);
    expect(workers[0]!.terminated).toBe(true);
    expect(told.mock.calls).toEqual([[expect.objectContaining({ code: 'internal' })]]);
    expect(left).not.toHaveBeenCalled();

    const next = client.request('save', {});
    expect(workers[1]!.received).toEqual([{ type: 'request', id: 3, name: 'save', params: {} }]);
    workers[1]!.send({ type: 'reply', id: 3, ok: true, result: null });
    expect(await next).toBeNull();
  });

  it('lets a listener ask the new worker at once', async () => {
    const { client, workers } = start();
    client.onRestart(() => void client.request('openDevice', { preference: 'auto', precision: 'f32' }));
    const lost = client.request('save', {});
    workers[0]!.crash();
    await faultOf(lost);
    expect(workers[1]!.received).toMatchObject([{ name: 'openDevice' }]);
  });

  it('leaves nothing for the dead worker to say', async () => {
    const { client, workers } = start();
    const heard = vi.fn<(heard: unknown) => void>();
    client.onEvent(heard);
    const lost = client.request('save', {});
    workers[0]!.crash();
    await faultOf(lost);
    heard.mockClear();
    const next = client.request('tokenize', { text: '' });
    workers[0]!.send(savedAt(1));
    workers[0]!.send({ type: 'reply', id: 2, ok: false, fault: FAULT });
    expect(workers[0]!.crash()).toBe(true);
    expect(heard).not.toHaveBeenCalled();
    expect(workers).toHaveLength(2);
    workers[1]!.send({ type: 'reply', id: 2, ok: true, result: [] });
    expect(await next).toEqual([]);
  });

  it('sends no cancel for a request that died with its worker', async () => {
    const { client, workers } = start();
    const controller = new AbortController();
    const lost = client.request('save', {}, { signal: controller.signal });
    workers[0]!.crash();
    await faultOf(lost);
    controller.abort();
    expect(workers.flatMap(({ received }) => received).filter(({ type }) => type === 'cancel')).toEqual([]);
  });

  it('of a worker that never spoke is not followed by another, which would only die again', async () => {
    const { client, workers } = start();
    const told = vi.fn<(heard: unknown) => void>();
    client.onRestart(told);
    const waiting = client.request('openDevice', { preference: 'auto', precision: 'f32' });
    expect(workers[0]!.fail()).toBe(true);
    expect(await faultOf(waiting)).toMatchObject({ code: 'internal' });
    expect(await faultOf(client.request('save', {}))).toMatchObject({ code: 'internal' });
    expect(workers.map(({ terminated }) => terminated)).toEqual([true]);
    expect(told).not.toHaveBeenCalled();
    // At the person's wish it is tried again.
    client.restart();
    const next = client.request('save', {});
    workers[1]!.send({ type: 'reply', id: 2, ok: true, result: null });
    expect(await next).toBeNull();
  });

  it('of a worker that could not start is mended by reviving it, as if the page began anew', async () => {
    const { client, workers } = start();
    const told = vi.fn<(heard: unknown) => void>();
    client.onRestart(told);
    client.revive();
    expect(workers, 'nothing to revive').toHaveLength(1);
    workers[0]!.fail();
    client.revive();
    expect(workers).toHaveLength(2);
    const answered = client.request('save', {});
    workers[1]!.send({ type: 'reply', id: 1, ok: true, result: null });
    expect(await answered).toBeNull();
    expect(told).not.toHaveBeenCalled();
    client.revive();
    expect(workers, 'it lives').toHaveLength(2);
  });

  it('of each worker that says nothing at all ends the trying, also after one that lived', async () => {
    const { client, workers } = start();
    workers[0]!.crash();
    expect(workers).toHaveLength(2);
    workers[1]!.fail();
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true]);
    client.revive();
    workers[2]!.fail();
    expect(workers).toHaveLength(3);
    await faultOf(client.request('save', {}));
  });

  it('can be brought about, with a fault of one’s own', async () => {
    const { client, workers } = start();
    const lost = client.request('train', {});
    const fault: Fault = { code: 'internal', message: 'The engine does not answer.', remedy: 'It is started anew.' };
    client.restart(fault);
    expect(await faultOf(lost)).toEqual(fault);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
  });
});

describe('a worker that says nothing', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('is replaced within five seconds, and who waits for it gets a fault', async () => {
    const { client, workers } = start();
    const told = vi.fn<(heard: unknown) => void>();
    const quiet = vi.fn<(heard: unknown) => void>();
    client.onRestart(told);
    client.onQuiet(quiet);
    workers[0]!.send({ type: 'started', lock: null });
    const lost = faultOf(client.request('pause', {}));
    await wait(5000);
    expect(await lost).toMatchObject({ code: 'internal' });
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    expect(told).toHaveBeenCalledTimes(1);
    expect(quiet.mock.calls).toEqual([[{ expectedMs: 0 }], [undefined]]);
    // The new one is not watched before it has spoken.
    await wait(60_000);
    expect(workers).toHaveLength(2);
  });

  it('is told of to who still listens', async () => {
    const { client, workers } = start();
    const [stays, leaves] = [vi.fn<(heard: unknown) => void>(), vi.fn<(heard: unknown) => void>()];
    client.onQuiet(stays);
    client.onQuiet(leaves)();
    workers[0]!.send({ type: 'started', lock: null });
    await wait(3000);
    workers[0]!.send({ type: 'alive' });
    expect(stays.mock.calls).toEqual([[{ expectedMs: 0 }], [undefined]]);
    expect(leaves).not.toHaveBeenCalled();
  });

  it('is left alone while it answers pings, and while it said that it would say nothing', async () => {
    const { workers } = start();
    const [worker] = workers;
    const received = vi.spyOn(worker!, 'postMessage').mockImplementation(({ type }) => {
      if (type === 'ping') worker!.send({ type: 'alive' });
    });
    worker!.send({ type: 'started', lock: null });
    await wait(60_000);
    received.mockImplementation(() => {});
    worker!.send({ type: 'busy', expectedMs: 10_000 });
    await wait(100_000);
    expect(workers).toHaveLength(1);
    worker!.send({ type: 'busy', expectedMs: 0 });
    await wait(5000);
    expect(workers).toHaveLength(2);
  });

  it('is given twice as long after each that was given up, until some time has passed', async () => {
    const { workers } = start();
    const hang = async (ms: number): Promise<number> => {
      const before = workers.length;
      workers.at(-1)!.send({ type: 'started', lock: null });
      await wait(ms);
      return workers.length - before;
    };
    expect(await hang(5000)).toBe(1);
    expect(await hang(6000)).toBe(0);
    await wait(3000);
    expect(workers).toHaveLength(3);
    expect(await hang(12_000)).toBe(0);
    await wait(5000);
    expect(workers).toHaveLength(4);
    // Long afterwards the count begins again.
    await wait(600_000);
    expect(await hang(30_000)).toBe(1);
    expect(await hang(9000)).toBe(1);
  });

  it('is given twice as long on a page that has been open for hours, too', async () => {
    const { workers } = start();
    await wait(5 * 3_600_000);
    for (const [ms, givenUp] of [
      [5000, 1],
      [9000, 1],
      [12_000, 0],
    ] as const) {
      const before = workers.length;
      workers.at(-1)!.send({ type: 'started', lock: null });
      await wait(ms);
      expect(workers.length - before).toBe(givenUp);
    }
  });

  it('and was ended on purpose is not taken for dead once its lock comes free', () => {
    const granted: (() => unknown)[] = [];
    const request = async (_: string, __: unknown, grant: () => unknown) => void granted.push(grant);
    vi.stubGlobal('navigator', { locks: { request } });
    const { client, workers } = start();
    workers[0]!.send({ type: 'started', lock: 'life-1' });
    client.restart();
    workers[1]!.send({ type: 'started', lock: 'life-2' });
    granted[0]!();
    expect(workers).toHaveLength(2);
    granted[1]!();
    expect(workers).toHaveLength(3);
    vi.unstubAllGlobals();
  });

  it('that is gone, whatever ended it, is replaced at once where its lock comes free', async () => {
    let free: () => unknown = () => {};
    const request = vi.fn<(name: string, options: unknown, granted: () => unknown) => Promise<void>>(
      async (_, __, granted) => void (free = granted),
    );
    vi.stubGlobal('navigator', { locks: { request } });
    const { client, workers } = start();
    const told = vi.fn<(heard: unknown) => void>();
    client.onRestart(told);
    workers[0]!.send({ type: 'started', lock: 'life-1' });
    workers[0]!.send({ type: 'busy', expectedMs: 600_000 });
    expect(request.mock.calls.map(([name]) => name)).toEqual(['life-1']);
    free();
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    expect(told).toHaveBeenCalledTimes(1);
    // What it had announced was its own.
    workers[1]!.send({ type: 'started', lock: null });
    await wait(5000);
    expect(workers).toHaveLength(3);
    vi.unstubAllGlobals();
  });
});
