// The worker knows which text is chosen, and so does every worker that takes its place.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG, type TextChoice } from '../config/runConfig.ts';
import { tellChosenText } from './chosenText.ts';
import { useRunStore } from './runStore.ts';
import { opened, type ScriptedWorker } from './scriptedWorker.ts';

const worker = await vi.hoisted(async () => {
  const { ScriptedWorker: Scripted } = await import('./scriptedWorker.ts');
  const made: ScriptedWorker = new Scripted();
  return made;
});
vi.mock('../client/engine.ts', async () => {
  const { EngineClient } = await import('../client/engineClient.ts');
  return { engine: new EngineClient(() => worker.startThread()) };
});

const own = (id: string): TextChoice => ({ kind: 'own', id, name: `${id}.txt` });
const choose = (text: TextChoice): void => useRunStore.setState({ draft: { ...DEFAULT_CONFIG, text } });
const told = () => worker.requests.map(({ name, params }) => [name, params]);

tellChosenText();
beforeEach(() => {
  useRunStore.setState({ run: undefined });
  choose(DEFAULT_CONFIG.text);
  worker.forget();
});

describe('the chosen text', () => {
  it('is told when it is one that only the store has, and when it no longer is', () => {
    choose({ kind: 'tales', seed: 2, kilobytes: 9 });
    expect(told()).toEqual([]);
    choose(own('a'));
    choose(own('b'));
    choose({ kind: 'tales', seed: 2, kilobytes: 9 });
    choose({ kind: 'tales', seed: 3, kilobytes: 9 });
    expect(told()).toEqual([
      ['chooseText', { text: own('a') }],
      ['chooseText', { text: own('b') }],
      ['chooseText', { text: null }],
    ]);
  });

  it('is not told where the open run keeps it anyway', () => {
    const config = { ...DEFAULT_CONFIG, text: own('a') };
    useRunStore.setState({ run: opened(config).run, draft: config });
    expect(told()).toEqual([]);
    useRunStore.setState({ run: opened(DEFAULT_CONFIG).run });
    expect(told()).toEqual([['chooseText', { text: own('a') }]]);
  });

  it('is told to a worker that takes another’s place before anything else', async () => {
    choose(own('a'));
    await worker.answer(null);
    worker.forget();
    await worker.crash();
    expect(told()[0]).toEqual(['chooseText', { text: own('a') }]);
  });
});
