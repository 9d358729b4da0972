// What users and their machines do to a world of sessions (`sessionWorld.ts`), as commands in random order.
import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { RunConfig, TextChoice } from '../src/config/runConfig.ts';
import type { OwnText } from '../src/protocol/messages.ts';
import { Refusal } from './scriptedPage.ts';
import { ofType, smallConfig } from './smallRun.ts';
import { bounded, type World, type WorldTab } from './sessionWorld.ts';

const STEPS = 14;
const MOST_TABS = 3;
export const ADDRESS = 'https://example.org/changing.txt';

export const PASTED = ['The rain fell on the hill. ', 'A fox saw the moon rise. '].map((words) => words.repeat(30));
export const FETCHED = ['Snow lay on the roof. ', 'Sun lay on the roof. '].map((words) => words.repeat(30));

const configOf = (text: TextChoice | undefined, seed: number): RunConfig => ({
  ...smallConfig(
    { steps: STEPS, schedule: 'constant', evalEvery: 5, sampleEvery: 7, sampleLength: 2 },
    text && { text },
  ),
  seed,
});

type Command = fc.AsyncCommand<object, World>;

/** Something done in one of the tabs, followed by a look at what must be true. */
class InTab implements Command {
  readonly #name: string;
  readonly #index: number;
  readonly #work: (tab: WorldTab, world: World) => Promise<void>;

  constructor(name: string, index: number, work: (tab: WorldTab, world: World) => Promise<void>) {
    this.#name = name;
    this.#index = index;
    this.#work = work;
  }
  check = (): boolean => true;
  async run(_: object, world: World): Promise<void> {
    const tab = world.tab(this.#index) ?? (await world.openTab());
    await bounded(String(this), this.#work(tab, world));
    await world.check();
  }
  toString = (): string => `${this.#name} [${this.#index}]`;
}

const done = async (tab: WorldTab): Promise<void> => {
  await bounded(
    'training to the end',
    tab.page.until(() => (tab.run?.phase === 'running' ? undefined : true)),
  );
};

async function newRun(tab: WorldTab, world: World, text: TextChoice | undefined, seed: number): Promise<void> {
  const made = await world.unlessFull(tab, () => tab.ask('createRun', { config: configOf(text, seed) }));
  if (made) world.noteOpened(tab);
  if (made && tab.chosen) {
    tab.chosen = undefined;
    await tab.ask('chooseText', { text: null });
  }
}

async function choose(tab: WorldTab, world: World, text: OwnText): Promise<void> {
  const imported = await world.unlessFull(tab, () => tab.ask('importText', { text }));
  if (imported === undefined) return;
  const { choice } = imported;
  const id = choice.kind === 'own' || choice.kind === 'url' ? choice.id : undefined;
  const stored = id && (await tab.page.store.loadText(id));
  if (!id || !stored) throw new Error('A text that was just added is not there.');
  world.texts.set(id, stored);
  tab.chosen = choice;
  await tab.ask('chooseText', { text: choice });
}

async function open(tab: WorldTab, world: World, which: number): Promise<void> {
  const runs = await tab.ask('listRuns', {});
  const { runId } = runs[which % runs.length] ?? {};
  if (runId === undefined || runId === tab.run?.runId) return;
  const elsewhere = world.isOpenElsewhere(runId, tab);
  const opened = await world.unlessFull(tab, () => tab.ask('openRun', { runId }));
  if (opened === undefined) return;
  if (elsewhere !== undefined)
    assert.equal(
      opened.run.runId !== runId,
      elsewhere,
      'A run is opened as a copy where another tab has it, and only there.',
    );
  world.noteOpened(tab);
  world.excuse(tab);
}

async function remove(tab: WorldTab, world: World, which: number): Promise<void> {
  const runs = await tab.ask('listRuns', {});
  const { runId } = runs[which % runs.length] ?? {};
  if (runId === undefined || runId === tab.run?.runId) return;
  const elsewhere = world.isOpenElsewhere(runId, tab);
  const refused = await tab.ask('deleteRun', { runId }).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Refusal && error.fault.code === 'storage') return true;
      throw error;
    },
  );
  if (elsewhere !== undefined)
    assert.equal(refused, elsewhere, 'A run is not deleted where another tab has it open, and only there.');
  if (!refused) world.forget(runId);
}

async function save(tab: WorldTab, world: World): Promise<void> {
  if (tab.run === undefined) return;
  await tab.ask('pause', {});
  world.files.push((await tab.ask('exportRun', {})).file);
  if (tab.full) world.excuse(tab);
}

async function load(tab: WorldTab, world: World, which: number): Promise<void> {
  const file = world.files[which % Math.max(1, world.files.length)];
  if (file === undefined) return;
  if (await world.unlessFull(tab, () => tab.ask('importRun', { file }))) world.noteOpened(tab);
}

async function loseDevice(tab: WorldTab): Promise<void> {
  const before = ofType(tab.page.received, 'fault').filter(({ fault }) => fault.code === 'device-lost').length;
  const { run } = tab;
  await tab.ask('drill', { kind: 'lose-device' });
  const told = () =>
    ofType(tab.page.received, 'fault').filter(({ fault }) => fault.code === 'device-lost').length > before || undefined;
  await bounded('opening the lost device again', tab.page.until(told));
  if (run && run.phase !== 'running') {
    assert.deepEqual([tab.run?.runId, tab.run?.step], [run.runId, run.step], 'A lost device takes no step along.');
  }
}

const index = fc.nat({ max: MOST_TABS - 1 });
const which = fc.nat({ max: 11 });
const seed = fc.constantFrom(1, 2);

const inTab = (name: string, work: (tab: WorldTab, world: World) => Promise<void>): fc.Arbitrary<Command> =>
  index.map((at) => new InTab(name, at, work));
const withNumber = (
  name: string,
  numbers: fc.Arbitrary<number>,
  work: (tab: WorldTab, world: World, number: number) => Promise<void>,
): fc.Arbitrary<Command> =>
  fc.tuple(index, numbers).map(([at, n]) => new InTab(`${name} ${n}`, at, (tab, world) => work(tab, world, n)));
const ifRun =
  (work: (tab: WorldTab, world: World) => Promise<void>) =>
  async (tab: WorldTab, world: World): Promise<void> => {
    if (tab.run) await work(tab, world);
  };

/** @param fetched sets which version of its text the address gives from now on */
export const sessionCommands = (fetched: (version: number) => void): fc.Arbitrary<Command>[] => [
  ...Array.from({ length: OFTEN }, often).flat(),
  ...seldom(fetched),
];

/** Without these nothing comes of the others. */
const OFTEN = 3;
const often = (): fc.Arbitrary<Command>[] => [
  inTab('open a tab', async (_, world) => {
    if (world.tabs.length < MOST_TABS) await world.openTab();
  }),
  withNumber('new run on tales', seed, (tab, world, n) => newRun(tab, world, undefined, n)),
  inTab(
    'step',
    ifRun(async (tab) => void (await tab.ask('step', {}))),
  ),
  withNumber('paste text', fc.nat({ max: PASTED.length - 1 }), (tab, world, n) =>
    choose(tab, world, { kind: 'paste', text: PASTED[n] ?? '' }),
  ),
  withNumber('new run on the chosen text', seed, (tab, world, n) => newRun(tab, world, tab.chosen, n)),
  withNumber('delete run', which, remove),
];

const seldom = (fetched: (version: number) => void): fc.Arbitrary<Command>[] => [
  inTab('crash', async (tab, world) => world.crash(tab)),
  withNumber('train a while', fc.nat({ max: 60 }), async (tab, world, turns) => {
    if (tab.run === undefined) return;
    await tab.ask('train', {});
    await world.wait(turns);
    await tab.ask('pause', {});
  }),
  withNumber('train on', fc.nat({ max: 40 }), async (tab, world, turns) => {
    if (tab.run === undefined) return;
    await tab.ask('train', {});
    await world.wait(turns);
  }),
  inTab(
    'finish',
    ifRun(async (tab) => {
      await tab.ask('train', {});
      await done(tab);
    }),
  ),
  inTab(
    'rename',
    ifRun(async (tab, world) => void (await world.unlessFull(tab, () => tab.ask('renameRun', { name: 'Renamed' })))),
  ),
  withNumber('fetch version', fc.nat({ max: FETCHED.length - 1 }), (tab, world, n) => {
    fetched(n);
    return choose(tab, world, { kind: 'url', url: ADDRESS });
  }),
  inTab('cancel an import', async (tab) => {
    const { id, result } = tab.page.begin('importText', { text: { kind: 'paste', text: 'Never mind. '.repeat(20) } });
    tab.page.cancel(id);
    await bounded(
      'an import that was cancelled',
      result.catch(() => {}),
    );
  }),
  inTab('choose the tales', async (tab) => {
    tab.chosen = undefined;
    await tab.ask('chooseText', { text: null });
  }),
  withNumber('open run', which, open),
  inTab('save to a file', save),
  withNumber('load file', which, load),
  inTab('lose the device', loseDevice),
  inTab('fill the disk', async (tab) => {
    await tab.ask('drill', { kind: 'fill-disk' });
    tab.full = true;
  }),
  inTab('free the disk', async (tab) => {
    tab.page.store.refuseWrites = false;
    tab.full = false;
    await tab.ask('save', {});
  }),
];
