// The worker's life behind a scripted port: device, runs, files and faults, with the present state kept throughout.
// The device is WASM in Node and can be lost on purpose; the disk is in memory.
import { openDB } from 'idb';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { refusalOf, ScriptedPage } from '../../scripts/scriptedPage.ts';
import { ofType, smallConfig, unwatched } from '../../scripts/smallRun.ts';
import { emptyDisk, keysOnDisk } from '../../scripts/testDisk.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import { packText } from '../checkpoint/packedText.ts';
import { decodeRun, encodeRun, type SavedRun } from '../checkpoint/runFile.ts';
import * as tf from '../engine/tf.ts';
import { PLAIN_DECODING, type DeviceReport, type Fault } from '../protocol/messages.ts';
import { experimentVariants } from '../state/experimentVariants.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import type { ChosenDevice } from './deviceChooser.ts';

const REPORT: DeviceReport = {
  backend: 'wasm',
  detail: 'SIMD, 1 thread',
  reason: 'Chosen by you.',
  candidates: [],
  engine: 'eager',
  precision: 'f32',
  halfPrecision: false,
  gigaflopsPerSecond: 5,
  secondsPerOperation: 1e-5,
  maxTensorBytes: 2 ** 31 - 1,
  memoryBudgetBytes: 1.6e9,
};
let loseDevice: (reason: string) => void = () => {};
/** What devices were asked for, and how precise. */
const wishes = vi.hoisted((): string[][] => []);
vi.mock('./deviceChooser.ts', () => ({
  chooseDevice: async (...wish: string[]): Promise<ChosenDevice> => {
    wishes.push(wish);
    const lost = new Promise<string>((resolve) => {
      loseDevice = resolve;
    });
    const opened = {
      name: 'wasm',
      detail: '',
      maxTensorBytes: 2 ** 31 - 1,
      halfPrecision: false,
      lost,
      loseDevice: () => loseDevice('drill'),
    };
    return { opened: { ...opened, name: 'wasm' }, report: REPORT };
  },
}));

const CONFIG = smallConfig({ steps: 12, evalEvery: 4, sampleEvery: 6, sampleLength: 4 });
/** Wide enough to be ruined beyond doubt by a rate that is far too high. */
const LONG = smallConfig(
  { steps: 400, warmupTokens: 0, sampleEvery: 1000 },
  { model: { ...CONFIG.model, nLayer: 2, nEmbd: 32 } },
);
const RUINOUS = { ...LONG, training: { ...LONG.training, learningRate: 1, clipNorm: 0 } };
const EVALUATION = { tokens: 64, items: 2, mostShots: 0, heldOut: true, tasks: false, seed: 1 };
const GENERATION = { ...PLAIN_DECODING, prompt: 'Once', maxTokens: 8, samples: 1, seed: 1 };

const withoutSpeed = (rows: readonly number[][]): number[][] => rows.map((row) => row.slice(0, 4));

let page: ScriptedPage;
beforeAll(() => useBackend('wasm'));
beforeEach(async () => {
  emptyDisk();
  page = new ScriptedPage();
  await page.ask('openDevice', { preference: 'wasm', precision: 'f32' });
});
afterEach(async () => {
  await page.ask('pause', {}).catch(() => {});
});
/** The page is loaded again: another worker, the same disk. */
async function reload(former = page): Promise<ScriptedPage> {
  former.tab.close();
  const fresh = new ScriptedPage();
  await fresh.ask('openDevice', { preference: 'wasm', precision: 'f32' });
  return fresh;
}

describe('runs', () => {
  it('are made, trained, paused and saved', async () => {
    const opened = await page.ask('createRun', { config: CONFIG });
    expect(opened.run).toMatchObject({ phase: 'ready', step: 0, name: 'Tiny tales · 1 × 8', config: CONFIG });
    expect(opened.data.vocabSize).toBeGreaterThan(20);
    await page.ask('train', {});
    const paused = await page.ask('pause', {});
    expect(paused).toMatchObject({ phase: 'paused', step: 1 });
    expect(await page.ask('listRuns', {})).toMatchObject([{ runId: paused.runId, step: paused.step }]);
    expect(ofType(page.received, 'saved').at(-1)).toMatchObject({ step: paused.step });
  });

  it('go on exactly after a reload', async () => {
    await page.ask('createRun', { config: CONFIG });
    await page.trainToEnd();
    const uninterrupted = withoutSpeed(page.rows());
    expect(uninterrupted).toHaveLength(12);

    emptyDisk();
    const before = await reload();
    await before.ask('createRun', { config: CONFIG });
    for (let i = 0; i < 5; i++) await before.ask('step', {});
    const after = await reload(before);
    const reopened = await after.ask('reopenRun', {});
    expect(reopened?.run).toMatchObject({ phase: 'paused', step: 5 });
    expect(reopened?.history.metrics).toHaveLength(5 * 5);
    expect(reopened?.history.evaluations.map(({ step }) => step)).toEqual([0, 4]);
    await after.trainToEnd();
    expect(withoutSpeed(before.rows()).concat(withoutSpeed(after.rows()))).toEqual(uninterrupted);
  });

  it('are saved at the step on screen whenever work ends', async () => {
    await page.ask('createRun', { config: CONFIG });
    await page.trainToEnd();
    const told = (): unknown => ofType(page.received, 'saved').find(({ step }) => step === 12);
    await page.until(told);
    const second = await reload();
    expect((await second.ask('reopenRun', {}))?.run).toMatchObject({ phase: 'finished', step: 12 });
    await second.ask('adjust', { settings: { steps: 14, learningRate: 0.02 } });
    const third = await reload(second);
    const adjusted = await third.ask('reopenRun', {});
    expect(adjusted?.run).toMatchObject({ phase: 'paused', step: 12, config: { training: { learningRate: 0.02 } } });
    await third.ask('step', {});
    expect((await (await reload(third)).ask('reopenRun', {}))?.run).toMatchObject({ phase: 'paused', step: 13 });
  });

  it('are none to reopen on a first visit', async () => {
    expect(await page.ask('reopenRun', {})).toBeNull();
    for (const name of ['train', 'pause', 'step', 'exportRun'] as const) {
      expect(await refusalOf(page.ask(name, {}))).toMatchObject({ code: 'config', message: 'There is no run yet.' });
    }
  });

  it('need a device', async () => {
    const early = new ScriptedPage();
    expect(await refusalOf(early.ask('createRun', { config: CONFIG }))).toMatchObject({ code: 'no-backend' });
  });

  it('make room for each other: the former one is saved and can be opened again', async () => {
    const { run: first } = await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    const { run: second } = await page.ask('createRun', { config: { ...CONFIG, seed: 2 } });
    expect(second.runId).not.toBe(first.runId);
    const again = await page.ask('openRun', { runId: first.runId });
    expect(again.run).toMatchObject({ runId: first.runId, step: 1, config: CONFIG });
    await page.ask('deleteRun', { runId: first.runId });
    expect(await refusalOf(page.ask('openRun', { runId: first.runId }))).toMatchObject({ code: 'storage' });
    expect((await page.ask('step', {})).step).toBe(2);
  });

  it('that cannot fit are refused, and the present one is kept', async () => {
    const { run } = await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    const faults = [
      { ...CONFIG, model: { ...CONFIG.model, nHead: 3 } },
      {
        ...CONFIG,
        model: { ...CONFIG.model, contextLength: 4096 },
        text: { kind: 'tales', seed: 1, kilobytes: 1 } as const,
      },
      {
        ...CONFIG,
        model: { ...CONFIG.model, nLayer: 96, nHead: 8, nEmbd: 4096, contextLength: 4096 },
        text: { kind: 'tales', seed: 1, kilobytes: 64 } as const,
      },
    ];
    for (const config of faults) {
      const fault = await refusalOf(page.ask('createRun', { config }));
      expect(fault.code).toBe('config');
      expect(fault.remedy).toMatch(/^Use /);
    }
    expect(await page.ask('step', {})).toMatchObject({ runId: run.runId, step: 2 });
  });

  it('are renamed, adjusted, and keep both', async () => {
    await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    await page.ask('adjust', { settings: { learningRate: 0.5 } });
    await page.ask('renameRun', { name: 'Foxes' });
    expect(await refusalOf(page.ask('adjust', { settings: { steps: -1 } }))).toMatchObject({ code: 'config' });
    const reopened = await (await reload()).ask('reopenRun', {});
    expect(reopened?.run.name).toBe('Foxes');
    expect(reopened?.run.config.training).toEqual({ ...CONFIG.training, learningRate: 0.5 });
  });

  it('that went wrong go back to the last good state', async () => {
    await page.ask('createRun', { config: LONG });
    for (let i = 0; i < 4; i++) await page.ask('step', {});
    await page.ask('adjust', { settings: { learningRate: 1, clipNorm: 0 } });
    await page.trainToEnd();
    const stopped = ofType(page.received, 'run').at(-1)?.run;
    expect(stopped).toMatchObject({ phase: 'stopped', trouble: { code: 'diverged' } });
    const { lastGoodStep = -1, trouble } = stopped!;
    expect(trouble?.remedy).toContain(`step ${lastGoodStep}`);
    // The state after the first step at the ruinous rate is saved, but is not taken for a good one.
    expect(lastGoodStep).toBe(4);
    await page.ask('adjust', { settings: { learningRate: 1e-3, clipNorm: 1 } });
    const restored = await page.ask('restoreLastGood', {});
    expect(restored.run).toMatchObject({ phase: 'paused', step: lastGoodStep });
    expect(restored.run).not.toHaveProperty('trouble');
    expect(restored.run.config.training.learningRate).toBe(1e-3);
    expect(restored.history.metrics).toHaveLength(5 * lastGoodStep);
    for (let i = 1; i <= 4; i++) {
      expect(await page.ask('step', {})).toMatchObject({ phase: 'paused', step: lastGoodStep + i });
    }
  });
});

describe('files', () => {
  const blobOf = (run: SavedRun): Blob => new Blob([encodeRun(run)]);
  async function exported() {
    const { file, ...about } = await page.ask('exportRun', {});
    return { ...about, bytes: new Uint8Array(await file.arrayBuffer()) };
  }
  async function otherPage(): Promise<ScriptedPage> {
    emptyDisk();
    const other = new ScriptedPage();
    await other.ask('openDevice', { preference: 'wasm', precision: 'f32' });
    return other;
  }

  it('hold a whole run, which goes on under another id', async () => {
    const { run } = await page.ask('createRun', { config: CONFIG });
    for (let i = 0; i < 3; i++) await page.ask('step', {});
    const { fileName, step, ruinedStep, bytes } = await exported();
    expect({ fileName, step, ruinedStep }).toEqual({
      fileName: 'Tiny-tales-1-8-step-3.glassbox',
      step: 3,
      ruinedStep: null,
    });
    expect(decodeRun(bytes)).not.toHaveProperty('packedText');
    await page.trainToEnd();
    const rows = withoutSpeed(page.rows());

    emptyDisk();
    const other = new ScriptedPage();
    await other.ask('openDevice', { preference: 'wasm', precision: 'f32' });
    const imported = await other.ask('importRun', { file: new Blob([bytes]) });
    expect(imported.run).toMatchObject({ step: 3, phase: 'paused', config: CONFIG });
    expect(imported.run.runId).not.toBe(run.runId);
    // It is saved at once, with nothing done to it yet.
    expect(await other.ask('listRuns', {})).toMatchObject([{ runId: imported.run.runId, step: 3 }]);
    await other.trainToEnd();
    expect(withoutSpeed(other.rows())).toEqual(rows.slice(3));
  });

  it('carry a person’s own text along', async () => {
    const { choice } = await page.ask('importText', { text: { kind: 'paste', text: 'My own words. '.repeat(40) } });
    await page.ask('createRun', { config: { ...CONFIG, text: choice } });
    await page.ask('step', {});
    const { bytes } = await exported();
    emptyDisk();
    const other = new ScriptedPage();
    await other.ask('openDevice', { preference: 'wasm', precision: 'f32' });
    const imported = await other.ask('importRun', { file: new Blob([bytes]) });
    expect(imported.run.config.text).toEqual(choice);
    expect(imported.data.name).toBe('Pasted text');
    expect((await other.ask('step', {})).step).toBe(2);
  });

  it('hold the last good state of a run that went wrong, which can be gone back to', async () => {
    await page.ask('createRun', { config: RUINOUS });
    const tooEarly = await refusalOf(page.trainToEnd().then(() => page.ask('exportRun', {})));
    expect(tooEarly.code).toBe('checkpoint');

    await page.ask('createRun', { config: LONG });
    for (let i = 0; i < 4; i++) await page.ask('step', {});
    await page.ask('adjust', { settings: { learningRate: 1, clipNorm: 0 } });
    await page.trainToEnd();
    const stopped = ofType(page.received, 'run').at(-1)?.run;
    const { fileName, step, ruinedStep, bytes } = await exported();
    expect(fileName).toContain('step-4-last-good');
    expect({ step, ruinedStep }).toEqual({ step: 4, ruinedStep: stopped?.step });
    const file = decodeRun(bytes);
    expect(file.step).toBe(4);
    expect(file.metrics).toHaveLength(5 * 4);

    // So does this browser, under its new name.
    await page.ask('renameRun', { name: 'Ruined' });
    const { runId } = stopped!;
    expect((await page.ask('listRuns', {})).find((each) => each.runId === runId)).toMatchObject({
      name: 'Ruined',
      step: 4,
    });
    const reopened = (await (await reload()).ask('reopenRun', {}))?.run;
    expect(reopened).toMatchObject({ runId, name: 'Ruined', phase: 'paused', step: 4, lastGoodStep: 4 });

    const other = await otherPage();
    const { run } = await other.ask('importRun', { file: new Blob([bytes]) });
    expect(run).toMatchObject({ phase: 'paused', step: 4, lastGoodStep: 4 });
    await other.ask('adjust', { settings: { learningRate: 1e-3, clipNorm: 1 } });
    expect(await other.ask('step', {})).toMatchObject({ phase: 'paused', step: 5 });
  });

  it('of a ruined run, as they were once made, offer no way back into the ruin', async () => {
    await page.ask('createRun', { config: CONFIG });
    for (let i = 0; i < 3; i++) await page.ask('step', {});
    const saved = decodeRun((await exported()).bytes);
    const noNumber = Float32Array.of(...saved.metrics, 4, Number.NaN, 0.1, Number.NaN, 9);
    const ruins: Partial<SavedRun>[] = [{ metrics: noNumber }, { divergence: { smoothed: 5, best: 3 } }];
    for (const ruin of ruins) {
      const { run } = await page.ask('importRun', { file: blobOf({ ...saved, ...ruin }) });
      expect(run).toMatchObject({ step: 3, phase: 'paused' });
      expect(run).not.toHaveProperty('lastGoodStep');
      expect(await refusalOf(page.ask('restoreLastGood', {}))).toMatchObject({ code: 'checkpoint' });
    }
  });

  it('are read outside the queue and can be cancelled, and what was read leaves no trace', async () => {
    const { run } = await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    const saved = decodeRun((await exported()).bytes);
    const text = { name: 'long', documents: ['A long text. '.repeat(2_000_000)] };
    const packedText = await packText(text, unwatched());
    const { id, result } = page.begin('importRun', { file: blobOf({ ...saved, packedText }) });
    await page.until(() => ofType(page.received, 'progress').find(({ requestId }) => requestId === id));
    expect(await page.ask('step', {})).toMatchObject({ runId: run.runId, step: 2 });
    page.cancel(id);
    expect(await refusalOf(result)).toMatchObject({ code: 'cancelled' });
    expect(await page.ask('step', {})).toMatchObject({ runId: run.runId, step: 3 });
    expect(await keysOnDisk('texts')).toEqual([]);
  });

  it('as version 1 of the store kept them open with the text they were trained on', async () => {
    const fetched = vi.fn<() => Promise<Response>>();
    vi.stubGlobal('fetch', fetched);
    const documents = ['My own words. '.repeat(40)];
    const { choice } = await page.ask('importText', { text: { kind: 'paste', text: documents.join() } });
    await page.ask('createRun', { config: { ...CONFIG, text: choice } });
    await page.ask('step', {});
    const saved = decodeRun((await exported()).bytes);
    const texts = {
      'own-run': { kind: 'own', id: '1f2e3d4c-560-1', name: 'words.txt' },
      'url-run': { kind: 'url', url: 'https://example.org/words.txt' },
    } as const;
    emptyDisk();
    const old = await openDB('glassbox', 1, {
      upgrade: (db) => ['runs', 'summaries', 'texts', 'settings'].forEach((name) => db.createObjectStore(name)),
    });
    for (const [runId, text] of Object.entries(texts)) {
      const textId = text.kind === 'own' ? text.id : `url:${text.url}`;
      const file = encodeRun({ ...saved, runId, config: { ...saved.config, text } });
      const summary = { runId, name: runId, step: 1, steps: 12, loss: 3, savedAtMs: 5, bytes: file.length, textId };
      await old.put('runs', { summary, file }, runId);
      await old.put('summaries', summary, runId);
      await old.put('texts', { name: 'words.txt', documents }, textId);
    }
    await old.put('settings', 'url-run', 'openRun');
    old.close();
    const visit = await reload();
    expect((await visit.ask('reopenRun', {}))?.run).toMatchObject({ runId: 'url-run', step: 1 });
    expect(await visit.ask('step', {})).toMatchObject({ step: 2 });
    expect((await visit.ask('openRun', { runId: 'own-run' })).run).toMatchObject({ step: 1 });
    await visit.ask('step', {});
    await visit.ask('deleteRun', { runId: 'url-run' });
    expect(await keysOnDisk('texts')).toEqual([texts['own-run'].id]);
    expect(fetched).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it('that are refused leave no text behind, and none makes the page ask an address', async () => {
    const fetched = vi.fn<() => Promise<Response>>();
    vi.stubGlobal('fetch', fetched);
    await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    const saved = decodeRun((await exported()).bytes);
    const text = { kind: 'url', url: 'https://example.org/text.txt' } as const;
    const packedText = await packText({ name: 'text.txt', documents: ['Not what it was trained on.'] }, unwatched());
    const withText = { ...saved, config: { ...CONFIG, text }, packedText };
    expect(await refusalOf(page.ask('importRun', { file: blobOf(withText) }))).toHaveProperty('code');
    expect(await keysOnDisk('texts')).toEqual([]);
    const without = blobOf({ ...saved, config: { ...CONFIG, text } });
    const unknown = await refusalOf(page.ask('importRun', { file: without }));
    expect(unknown).toMatchObject({ code: 'text', message: expect.stringContaining(text.url) });
    expect(fetched).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it('that are no good are refused, and the open run goes on', async () => {
    const { run } = await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    const { bytes } = await exported();
    const saved = decodeRun(bytes);
    const shorter = saved.secondMoment.subarray(1);
    const contradicting = { ...saved, parameters: shorter, firstMoment: shorter, secondMoment: shorter };
    const broken = saved.parameters.slice();
    broken[5] = Number.NaN;
    const lost = { ...saved, sampler: { epoch: 0, cursor: 100_000 } };
    const flipped = bytes.slice();
    flipped[bytes.length - 100] = flipped[bytes.length - 100]! ^ 1;
    const { numTensors } = tf.memory();
    const files: [Blob, RegExp][] = [
      [new Blob([]), /not a Glassbox run/],
      [new Blob(['PK, a zip file']), /not a Glassbox run/],
      [new Blob([bytes.subarray(0, bytes.length / 2)]), /cut off/],
      [new Blob([flipped]), /damaged/],
      [blobOf(contradicting), /damaged.*weights/],
      [blobOf({ ...saved, vocabSize: saved.vocabSize + 1 }), /damaged.*weights/],
      [blobOf({ ...saved, parameters: broken }), /damaged.*NaN/],
      [blobOf({ ...saved, step: 9999 }), /damaged.*9,999/],
      [blobOf(lost), /damaged.*window 100,000/],
      [blobOf({ ...saved, sampler: { epoch: 1_000_000, cursor: 0 } }), /damaged.*epoch 1,000,000/],
      [blobOf({ ...saved, sampler: { epoch: 0, cursor: 0 } }), /damaged.*window 0/],
    ];
    for (const [file, message] of files) {
      const fault = await refusalOf(page.ask('importRun', { file }));
      expect(fault).toMatchObject({ code: 'checkpoint', message: expect.stringMatching(message) });
    }
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await page.ask('step', {})).toMatchObject({ runId: run.runId, step: 2 });
  });
});

describe('trouble outside', () => {
  it('a lost device is opened again, and the run goes on from its last save', async () => {
    await page.ask('createRun', { config: { ...CONFIG, training: { ...CONFIG.training, steps: 100_000 } } });
    await page.ask('step', {});
    await page.ask('train', {});
    await page.until(() => (page.step >= 3 ? true : undefined));
    await page.ask('drill', { kind: 'lose-device' });
    const fault = await page.until(() => ofType(page.received, 'fault').at(-1));
    expect(fault.fault).toMatchObject({ code: 'device-lost', message: 'The graphics device was lost (drill).' });
    const opened = ofType(page.received, 'opened').at(-1)?.opened;
    expect(fault.fault.remedy).toContain(`step ${opened?.run.step}.`);
    expect(ofType(page.received, 'device')).toHaveLength(1);
    const from = page.step;
    await page.until(() => (page.step > from + 2 ? true : undefined));
    expect((await page.ask('pause', {})).phase).toBe('paused');
  });

  it('a device that is lost once a new run was made brings that run back, not the one before it', async () => {
    const former = await page.ask('createRun', { config: CONFIG });
    for (let i = 0; i < 3; i++) await page.ask('step', {});
    const { run } = await page.ask('createRun', { config: { ...CONFIG, seed: 9 } });
    expect(run.runId).not.toBe(former.run.runId);
    await page.ask('drill', { kind: 'lose-device' });
    await page.until(() => ofType(page.received, 'fault').at(-1));
    expect(await page.ask('step', {})).toMatchObject({ runId: run.runId, step: 1, config: { seed: 9 } });
  });

  const LONG_RUN = { ...CONFIG, training: { ...CONFIG.training, steps: 100_000 } };
  /** Loses the device, and waits until that has been told. */
  async function loseDevice(): Promise<Fault> {
    const before = ofType(page.received, 'fault').length;
    await page.ask('drill', { kind: 'lose-device' });
    return page.until(() => ofType(page.received, 'fault')[before]?.fault);
  }

  it('a device that is lost with every step leaves the run paused after the third, at its last save', async () => {
    await page.ask('createRun', { config: LONG_RUN });
    await page.ask('step', {});
    const phases: unknown[] = [];
    for (let loss = 0; loss < 3; loss++) {
      await page.ask('train', {});
      expect((await loseDevice()).code).toBe('device-lost');
      phases.push((await page.ask('reopenRun', {}))?.run.phase);
    }
    expect(phases).toEqual(['running', 'running', 'paused']);
    const { message, remedy } = ofType(page.received, 'fault').at(-1)!.fault;
    expect(message).toContain('3 times');
    expect(remedy).toMatch(/paused at step \d+/);
    // At the user’s wish it goes on, and one more loss pauses it again.
    await page.ask('train', {});
    expect((await page.ask('reopenRun', {}))?.run.phase).toBe('running');
    await loseDevice();
    expect((await page.ask('reopenRun', {}))?.run.phase).toBe('paused');
  });

  it('a device that is lost again and again at rest is not opened again, and another one takes the run', async () => {
    const { run } = await page.ask('createRun', { config: LONG_RUN });
    for (let i = 0; i < 3; i++) await page.ask('step', {});
    for (let loss = 0; loss < 4; loss++) await loseDevice();
    expect(ofType(page.received, 'device')).toHaveLength(3);
    expect(await refusalOf(page.ask('train', {}))).toMatchObject({ code: 'config' });
    await page.ask('openDevice', { preference: 'cpu', precision: 'f32' });
    expect(ofType(page.received, 'opened').at(-1)?.opened.run).toMatchObject({ runId: run.runId, step: 3 });
    expect(await page.ask('step', {})).toMatchObject({ runId: run.runId, step: 4 });
  });

  it('what may keep the worker from answering is told beforehand, and only what takes long', async () => {
    await page.ask('createRun', { config: CONFIG });
    // Opening a device and reading a text; nothing of a run as small as this.
    expect(ofType(page.received, 'busy').map(({ expectedMs }) => expectedMs)).toEqual([2000, 0, 1000, 0]);
    const seen = page.received.length;
    await page.trainToEnd();
    await page.ask('generate', { settings: GENERATION });
    expect(ofType(page.received.slice(seen), 'busy')).toEqual([]);
    const model = { ...CONFIG.model, nLayer: 6, nEmbd: 256 };
    await page.ask('createRun', { config: { ...CONFIG, model } });
    // A run whose steps take long is told of as long as it is open.
    expect(ofType(page.received, 'busy').at(-1)?.expectedMs).toBeGreaterThan(500);
    await page.ask('createRun', { config: CONFIG });
    expect(ofType(page.received, 'busy').at(-1)?.expectedMs).toBe(0);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the generation', () => page.ask('generate', { settings: GENERATION })],
    ['the look at attention', () => page.ask('attention', { tokens: [1, 2], layer: 0 })],
    ['the evaluation', () => page.ask('evaluate', { settings: EVALUATION })],
    ['the check', () => page.ask('checkEvidence', {})],
    ['this step', () => page.ask('step', {})],
    [
      'the step under way',
      async () => {
        await page.ask('train', {});
        return page.ask('pause', {});
      },
    ],
  ])('a lost device that never answers ends %s, and can be asked again', async (name, ask) => {
    await page.ask('createRun', { config: CONFIG });
    const silent = vi.spyOn(tf.Tensor.prototype, 'data').mockImplementation(() => new Promise(() => {}));
    const asked = refusalOf(ask());
    await page.until(() => (silent.mock.calls.length > 0 ? true : undefined));
    silent.mockRestore();
    // What asked while nothing answered has been heard.
    await yieldToEvents();
    await page.ask('drill', { kind: 'lose-device' });
    expect(await asked).toMatchObject({
      code: 'device-lost',
      message: `The graphics device was lost during ${name} (drill).`,
    });
    await page.until(() => ofType(page.received, 'opened').at(-1));
    expect((await page.ask('generate', { settings: GENERATION })).finish).toBe('done');
    expect((await page.ask('step', {})).step).toBe(1);
  });

  it('a full disk is told, and training goes on', async () => {
    await page.ask('createRun', { config: CONFIG });
    await page.ask('drill', { kind: 'fill-disk' });
    await page.trainToEnd();
    expect(page.step).toBe(12);
    await page.until(() => ofType(page.received, 'fault')[0]);
    await page.ask('pause', {});
    expect(ofType(page.received, 'fault').map(({ fault }) => fault.code)).toEqual(['storage']);
  });

  it('another device takes the run along, in full swing', async () => {
    await page.ask('createRun', { config: { ...CONFIG, training: { ...CONFIG.training, steps: 100_000 } } });
    await page.ask('train', {});
    await page.until(() => (page.step >= 2 ? true : undefined));
    await page.ask('openDevice', { preference: 'cpu', precision: 'f32' });
    expect(wishes.at(-1)).toEqual(['cpu', 'f32']);
    const from = page.step;
    await page.until(() => (page.step > from + 2 ? true : undefined));
    const steps = page.rows().map(([step]) => step);
    expect(steps).toEqual(steps.map((_, i) => i + 1));
  });
});

describe('questions to the model', () => {
  it('are answered while it trains, under the request’s id', async () => {
    await page.ask('createRun', { config: { ...CONFIG, training: { ...CONFIG.training, steps: 100_000 } } });
    await page.ask('train', {});
    const { id, result } = page.begin('generate', { settings: GENERATION });
    expect((await result).finish).toBe('done');
    expect(ofType(page.received, 'prompt')).toMatchObject([
      { requestId: id, prompt: { tokens: [{ text: 'O' }, {}, {}, {}], before: 0 } },
    ]);
    expect(ofType(page.received, 'generated').every(({ requestId }) => requestId === id)).toBe(true);
    const tokens = (await page.ask('tokenize', { text: 'Once' })).tokens.map((token) => token.id);
    expect(await page.ask('attention', { tokens, layer: 0 })).toMatchObject({ size: 4, nHead: 2 });
    expect((await page.ask('pause', {})).phase).toBe('paused');
  });

  it('can be stopped, each alone', async () => {
    await page.ask('createRun', { config: CONFIG });
    const endless = { ...GENERATION, maxTokens: 100_000, temperature: 0 };
    const stopped = page.begin('generate', { settings: endless });
    await page.until(() => ofType(page.received, 'generated')[3]);
    page.cancel(stopped.id);
    expect((await stopped.result).finish).toBe('stopped');
    expect((await page.ask('generate', { settings: GENERATION })).finish).toBe('done');
  });

  it('that cannot be answered get a fault', async () => {
    expect(await refusalOf(page.ask('generate', { settings: GENERATION }))).toMatchObject({ code: 'config' });
    await page.ask('createRun', { config: CONFIG });
    const settings = { ...GENERATION, prompt: 'ß' };
    expect(await refusalOf(page.ask('generate', { settings }))).toMatchObject({ code: 'vocabulary' });
    expect(await refusalOf(page.ask('tokenize', { text: 'ß' }))).toMatchObject({ code: 'vocabulary' });
    expect(await refusalOf(page.ask('attention', { tokens: [], layer: 0 }))).toMatchObject({ code: 'config' });
  });

  it('end before their run is replaced', async () => {
    await page.ask('createRun', { config: CONFIG });
    const generating = page.begin('generate', { settings: { ...GENERATION, maxTokens: 100_000, temperature: 0 } });
    await page.until(() => ofType(page.received, 'generated')[3]);
    await page.ask('createRun', { config: { ...CONFIG, seed: 5 } });
    expect((await generating.result).finish).toBe('stopped');
    const { tensors } = await page.ask('memory', {});
    await page.ask('createRun', { config: { ...CONFIG, seed: 6 } });
    expect((await page.ask('memory', {})).tensors).toBe(tensors);
  });
});

describe('a check of the engine', () => {
  const endless = { ...CONFIG, training: { ...CONFIG.training, steps: 100_000 } };

  it('is made while the run trains, and leaves it as it would have been', async () => {
    await page.ask('createRun', { config: endless });
    await page.ask('train', {});
    const { id, result } = page.begin('checkEvidence', {});
    const from = page.step;
    expect(await result).toMatchObject({ passed: true, backend: 'wasm', engine: 'eager', model: CONFIG.model });
    const progress = ofType(page.received, 'progress').filter(({ requestId }) => requestId === id);
    expect(progress.length).toBeGreaterThan(2);
    expect(page.step).toBeGreaterThan(from);
    await page.ask('pause', {});
    const checked = withoutSpeed(page.rows());

    emptyDisk();
    const unchecked = await reload();
    await unchecked.ask('createRun', { config: endless });
    for (let i = 0; i < checked.length; i++) await unchecked.ask('step', {});
    expect(withoutSpeed(unchecked.rows())).toEqual(checked);
  });

  it('is ended by the person, and by what takes its run away', async () => {
    expect(await refusalOf(page.ask('checkEvidence', {}))).toMatchObject({ code: 'config' });
    await page.ask('createRun', { config: CONFIG });
    const { tensors } = await page.ask('memory', {});
    const begun = async (): Promise<{ id: number; result: Promise<unknown> }> => {
      const { id, result } = page.begin('checkEvidence', {});
      await page.until(() => ofType(page.received, 'progress').find(({ requestId }) => requestId === id));
      return { id, result };
    };
    const first = await begun();
    page.cancel(first.id);
    expect(await refusalOf(first.result)).toMatchObject({ code: 'cancelled' });
    const second = await begun();
    const [refused] = await Promise.all([
      refusalOf(second.result),
      page.ask('createRun', { config: { ...CONFIG, seed: 5 } }),
    ]);
    expect(refused).toMatchObject({ code: 'cancelled' });
    expect((await page.ask('memory', {})).tensors).toBe(tensors);
    expect((await page.ask('step', {})).step).toBe(1);
  });
});

it('text that is being read is cancelled without touching the run', async () => {
  await page.ask('createRun', { config: CONFIG });
  const config = {
    ...CONFIG,
    text: { kind: 'tales', seed: 9, kilobytes: 2000 } as const,
    tokenizer: { kind: 'trained', vocabSize: 2000 } as const,
  };
  const { id, result } = page.begin('createRun', { config });
  await page.until(() =>
    ofType(page.received, 'progress').find(({ requestId, fraction }) => requestId === id && fraction > 0.05),
  );
  page.cancel(id);
  expect(await refusalOf(result)).toMatchObject({ code: 'cancelled' });
  expect((await page.ask('step', {})).config).toEqual(CONFIG);
});

describe('an experiment', () => {
  const endless = experimentVariants(CONFIG, { steps: 100_000, rates: 'same', size: 'draft' }, undefined);
  const short = experimentVariants(CONFIG, { steps: 3, rates: 'same', size: 'draft' }, undefined);
  const updatesOf = (id: number) =>
    ofType(page.received, 'experiment').flatMap(({ requestId, update }) => (requestId === id ? [update] : []));
  /** Begins one without an end, and waits until its models are measured for the first time. */
  async function under() {
    const begun = page.begin('runExperiment', { variants: endless });
    await page.until(() => (updatesOf(begun.id).length >= 5 ? true : undefined));
    return begun;
  }

  it('takes turns with the run, which comes out as it would have alone', async () => {
    await page.ask('createRun', { config: CONFIG });
    await page.trainToEnd();
    const alone = withoutSpeed(page.rows());

    emptyDisk();
    page = await reload();
    await page.ask('createRun', { config: CONFIG });
    const experiment = page.ask('runExperiment', { variants: short });
    await page.trainToEnd();
    expect((await experiment).seconds).toBeGreaterThan(0);
    expect(withoutSpeed(page.rows())).toEqual(alone);
  });

  it('needs no run, and goes on while runs come and go', async () => {
    const tensors = (await page.ask('memory', {})).tensors;
    const { id, result } = await under();
    await page.ask('createRun', { config: CONFIG });
    await page.ask('step', {});
    await page.ask('createRun', { config: { ...CONFIG, seed: 2 } });
    const told = ofType(page.received, 'progress').length;
    await page.until(() => (ofType(page.received, 'progress').length > told + 8 ? true : undefined));
    page.cancel(id);
    expect((await refusalOf(result)).code).toBe('cancelled');
    await page.ask('createRun', { config: CONFIG });
    const oneRun = (await page.ask('memory', {})).tensors;
    await page.ask('createRun', { config: { ...CONFIG, seed: 3 } });
    expect((await page.ask('memory', {})).tensors).toBe(oneRun);
    expect(oneRun).toBeGreaterThan(tensors);
  });

  it('is ended by another device and by a newer experiment', async () => {
    const first = await under();
    const newer = page.ask('runExperiment', { variants: short });
    expect((await refusalOf(first.result)).code).toBe('cancelled');
    expect((await newer).seconds).toBeGreaterThan(0);
    const second = await under();
    const [refused] = await Promise.all([
      refusalOf(second.result),
      page.ask('openDevice', { preference: 'wasm', precision: 'f32' }),
    ]);
    expect(refused.code).toBe('cancelled');
  });

  it('says so when the device is lost', async () => {
    const { result } = await under();
    const [fault] = await Promise.all([refusalOf(result), page.ask('drill', { kind: 'lose-device' })]);
    expect(fault).toMatchObject({
      code: 'device-lost',
      message: 'The graphics device was lost during the experiment (drill).',
    });
    await page.until(() => ofType(page.received, 'device')[0]);
    expect((await page.ask('runExperiment', { variants: short })).seconds).toBeGreaterThan(0);
  });

  it('that cannot be compared or cannot fit is refused', async () => {
    const [first, ...rest] = short;
    const other = [{ ...first!, config: { ...CONFIG, seed: 9 } }, ...rest];
    expect(await refusalOf(page.ask('runExperiment', { variants: other }))).toMatchObject({ code: 'config' });
    const odd = short.map(({ id, config }) => ({ id, config: { ...config, model: { ...config.model, nHead: 3 } } }));
    expect(await refusalOf(page.ask('runExperiment', { variants: odd }))).toMatchObject({ code: 'config' });
  });
});
