// Sessions in several tabs over one disk, with things done to them in random order: every listed run is, bit for bit, at
// the step that was told as saved, no text that something needs is missing, none is left over, and nothing hangs.
// GLASSBOX_HUNT=200 looks at so many sequences, each hunt at others; a failure names its seed and path.
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReferenceRuns } from '../../scripts/referenceRuns.ts';
import { FETCHED, sessionCommands } from '../../scripts/sessionCommands.ts';
import { World } from '../../scripts/sessionWorld.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import { denyDisk, emptyDisk } from '../../scripts/testDisk.ts';
import type { DeviceReport } from '../protocol/messages.ts';
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
vi.mock('./deviceChooser.ts', () => ({
  chooseDevice: async (): Promise<ChosenDevice> => {
    let loseDevice: (reason: string) => void = () => {};
    const lost = new Promise<string>((resolve) => (loseDevice = resolve));
    const opened = { detail: '', maxTensorBytes: 2 ** 31 - 1, halfPrecision: false, lost };
    return { opened: { ...opened, name: 'wasm', loseDevice: () => loseDevice('drill') }, report: REPORT };
  },
}));

const hunt = Number(process.env.GLASSBOX_HUNT ?? 0);
const replayed = process.env.GLASSBOX_HUNT_SEED;
const settings = (runs: number): fc.Parameters<[Iterable<fc.AsyncCommand<object, World>>]> => ({
  numRuns: hunt || runs,
  ...(replayed ? { seed: Number(replayed) } : hunt ? {} : { seed: 20_261_128 }),
  ...(process.env.GLASSBOX_HUNT_PATH && { path: process.env.GLASSBOX_HUNT_PATH }),
  // Making a failure smaller takes long; the seed and the path of a hunt bring it back.
  endOnFailure: hunt === 0,
  interruptAfterTimeLimit: hunt ? 3_600_000 : 60_000,
});

let references: ReferenceRuns;
let version = 0;
beforeAll(() => useBackend('wasm'));
beforeEach(() => {
  vi.stubGlobal('fetch', async () => new Response(FETCHED[version], { headers: { 'content-type': 'text/plain' } }));
  emptyDisk();
  references = new ReferenceRuns();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const commands = fc.commands(
  sessionCommands((fetched) => {
    version = fetched;
  }),
  { maxCommands: 40, size: 'max' },
);

describe('sessions', () => {
  it.each([
    ['on one disk', true, 50],
    ['where the browser keeps nothing', false, 10],
  ])(
    '%s',
    async (_, lasting, runs) => {
      const property = fc.asyncProperty(commands, async (sequence) => {
        if (lasting) emptyDisk();
        else denyDisk('throws');
        const world = new World(references, lasting);
        try {
          await fc.asyncModelRun(() => ({ model: {}, real: world }), sequence);
          await world.checkAll();
        } finally {
          for (const tab of [...world.tabs]) world.crash(tab);
        }
      });
      await fc.assert(property, settings(runs));
      expect(true).toBe(true);
    },
    3_600_000,
  );
});
