// What a person asks of a run: text as it is written, its end by a signal, attention, and requests that cannot be met.
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareData, SMALL_CONFIG } from '../../scripts/smallRun.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import * as tf from '../engine/tf.ts';
import { InspectionError } from '../inspection/attention.ts';
import type { GenerationSettings } from '../protocol/messages.ts';
import { createTrainer } from '../training/createTrainer.ts';
import { UnknownCharactersError } from '../tokenizers/tokenizer.ts';
import { ActiveRun } from './activeRun.ts';
import { toFault } from './fault.ts';
import { attentionLayer, generateText, type GenerationEvent } from './runInspection.ts';
import { DeviceTurns } from './turns.ts';

const SETTINGS: GenerationSettings = {
  prompt: 'Once ',
  maxTokens: 30,
  temperature: 1,
  topK: 0,
  topP: 1,
  samples: 2,
  seed: 4,
};
const turns = new DeviceTurns();
let run: ActiveRun;
beforeAll(async () => {
  await useBackend('wasm');
  const data = await prepareData(SMALL_CONFIG);
  const trainer = await createTrainer(undefined, { config: SMALL_CONFIG, vocabSize: data.dataset.vocabSize });
  run = new ActiveRun({ runId: 'r', name: 'n', config: SMALL_CONFIG }, data, trainer, {
    turns,
    emit: () => {},
    autosave: async () => {},
    onStopped: async () => {},
    onFailure: async () => {},
  });
  await run.stepOnce();
});

async function generate(settings: GenerationSettings = SETTINGS, stopAfter = Number.POSITIVE_INFINITY) {
  const events: GenerationEvent[] = [];
  const controller = new AbortController();
  let written = 0;
  const result = await generateText(run, settings, turns, controller.signal, (event) => {
    events.push(event);
    if (event.type === 'generated' && ++written === stopAfter) controller.abort();
  });
  const tokens = events.filter((event) => event.type === 'generated');
  return { result, events, tokens };
}
const idsOf = (text: string): number[] => [...run.data.tokenizer.encode(text)];

describe('generateText', () => {
  it('tells the prompt’s tokens first, then each token as text with its alternatives', async () => {
    const { result, events, tokens } = await generate();
    expect(events[0]).toEqual({
      type: 'prompt',
      tokens: ['O', 'n', 'c', 'e', ' '].map((text) => ({ id: idsOf(text)[0], text })),
    });
    expect(events.slice(1)).toEqual(tokens);
    expect(result).toEqual({ finish: 'done', tokensPerSecond: expect.any(Number), step: 1, lastStep: 1 });
    expect(result.tokensPerSecond).toBeGreaterThan(0);
    for (const { token } of tokens) {
      expect(token.endOfText).toBe(token.id === run.data.tokenizer.endOfText);
      expect(token.text).toBe(token.endOfText ? '<|endoftext|>' : run.data.tokenizer.decode([token.id]));
      expect(token.decoded).toBe(token.endOfText ? '' : run.data.tokenizer.decode([token.id]));
      expect(token.alternatives).toHaveLength(10);
      expect(token.alternatives.every(({ text }) => text !== '')).toBe(true);
    }
    expect(new Set(tokens.map(({ sample }) => sample))).toEqual(new Set([0, 1]));
  });

  it('writes the same text for the same seed', async () => {
    const [a, b] = [await generate(), await generate()];
    expect(b.tokens).toEqual(a.tokens);
  });

  it('ends at once when stopped, and says so', async () => {
    const { result, tokens } = await generate({ ...SETTINGS, topK: 1 }, 5);
    expect(result.finish).toBe('stopped');
    expect(tokens).toHaveLength(5);
  });

  it('continues nothing, too', async () => {
    const { events, tokens } = await generate({ ...SETTINGS, prompt: '' });
    expect(events[0]).toEqual({ type: 'prompt', tokens: [] });
    expect(tokens.length).toBeGreaterThan(0);
  });

  it('refuses characters outside the vocabulary before anything is sent, and says which', async () => {
    const events: GenerationEvent[] = [];
    const { signal } = new AbortController();
    const refused = generateText(
      run,
      { ...SETTINGS, prompt: 'Schöne Grüße' },
      turns,
      signal,
      (event) => void events.push(event),
    );
    await expect(refused).rejects.toThrow(UnknownCharactersError);
    const fault = toFault(await refused.catch((error: unknown) => error));
    expect(fault.code).toBe('vocabulary');
    expect(fault.message).toContain('“ö”, “ü”, “ß”');
    expect(events).toEqual([]);
  });

  it('lets others at the device between two tokens', async () => {
    const order: string[] = [];
    const writing = generateText(
      run,
      { ...SETTINGS, samples: 1, topK: 1 },
      turns,
      new AbortController().signal,
      ({ type }) => void order.push(type),
    );
    await turns.exclusive(async () => void order.push('other'));
    await writing;
    expect(order.indexOf('other')).toBeLessThan(5);
    expect(order.length).toBeGreaterThan(20);
  });
});

describe('attentionLayer', () => {
  it('gives a layer with its heads and the model’s step', async () => {
    const layer = await attentionLayer(run, idsOf('Once there'), 0, turns);
    expect(layer).toMatchObject({ layer: 0, nHead: 2, size: 10, offset: 0, step: 1 });
    expect(layer.weights).toHaveLength(2 * 10 * 10);
    expect(layer.weights.slice(0, 10)).toEqual(Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  });

  it.each([
    ['a layer that is not there', [1, 2], 1],
    ['no tokens', [], 0],
    ['tokens of another vocabulary', [50_000], 0],
  ])('refuses %s, and the turn goes on to the next', async (_, tokens, layer) => {
    const refused = attentionLayer(run, tokens, layer, turns);
    await expect(refused).rejects.toThrow(InspectionError);
    expect(toFault(await refused.catch((error: unknown) => error))).toMatchObject({ code: 'config' });
    expect(await turns.exclusive(async () => 'next')).toBe('next');
  });
});

it('fifty generations and fifty views of attention leave no tensor behind', async () => {
  const before = tf.memory().numTensors;
  for (let i = 0; i < 50; i++) {
    await generate({ ...SETTINGS, maxTokens: 4, samples: 1 }, i % 2 ? 2 : undefined);
    await attentionLayer(run, idsOf('Once there was'), 0, turns);
  }
  expect(tf.memory().numTensors).toBe(before);
});
