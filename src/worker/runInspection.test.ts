// What a person asks of a run: text as it is written, its end by a signal, attention, and requests that cannot be met.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { prepareData, SMALL_CONFIG } from '../../scripts/smallRun.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { estimate } from '../config/estimate.ts';
import * as tf from '../engine/tf.ts';
import { InspectionError } from '../inspection/attention.ts';
import { PLAIN_DECODING, type GenerationSettings } from '../protocol/messages.ts';
import { createTrainer } from '../training/createTrainer.ts';
import { createByteTokenizer } from '../tokenizers/byteTokenizer.ts';
import { UnknownCharactersError } from '../tokenizers/tokenizer.ts';
import { ActiveRun } from './activeRun.ts';
import { toFault } from './fault.ts';
import { attentionLayer, endOf, generateText, type GenerationEvent } from './runInspection.ts';
import { DisplayedText, wholeCharacters } from './displayedText.ts';
import { DeviceTurns } from './turns.ts';

const SETTINGS: GenerationSettings = { ...PLAIN_DECODING, prompt: 'Once ', maxTokens: 30, samples: 2, seed: 4 };
const DEVICE = {
  engine: 'eager',
  gigaflopsPerSecond: 1,
  secondsPerOperation: 1e-5,
  maxTensorBytes: 2 ** 31 - 1,
  memoryBudgetBytes: 1.6e9,
} as const;
const turns = new DeviceTurns();
const around = (signal: AbortSignal = new AbortController().signal) => ({ device: DEVICE, turns, signal });
let run: ActiveRun;
async function make(config: RunConfig): Promise<ActiveRun> {
  const data = await prepareData(config);
  const trainer = await createTrainer(undefined, { config, vocabSize: data.dataset.vocabSize });
  return new ActiveRun({ runId: 'r', name: 'n', config }, data, trainer, {
    turns,
    emit: () => {},
    autosave: async () => {},
    onRest: async () => {},
    onFailure: async () => {},
  });
}
beforeAll(async () => {
  await useBackend('wasm');
  run = await make(SMALL_CONFIG);
  await run.stepOnce();
});

async function generate(settings: GenerationSettings = SETTINGS, stopAfter = Number.POSITIVE_INFINITY) {
  const events: GenerationEvent[] = [];
  const controller = new AbortController();
  let written = 0;
  const result = await generateText(run, settings, around(controller.signal), (event) => {
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
      prompt: { tokens: ['O', 'n', 'c', 'e', ' '].map((text) => ({ id: idsOf(text)[0], text })), before: 0 },
      text: 'Once ',
    });
    expect(events.slice(1)).toEqual(tokens);
    expect(result).toEqual({
      finish: 'done',
      ends: [0, 1].map((sample) => {
        const last = tokens.findLast((event) => event.sample === sample)?.token;
        return { reason: last?.endOfText ? 'end-of-text' : 'length' };
      }),
      hypotheses: [],
      tokensPerSecond: expect.any(Number),
      step: 1,
      lastStep: 1,
    });
    expect(result.tokensPerSecond).toBeGreaterThan(0);
    for (const { token } of tokens) {
      expect(token.endOfText).toBe(token.id === run.data.tokenizer.endOfText);
      expect(token.text).toBe(token.endOfText ? '<|endoftext|>' : run.data.tokenizer.decode([token.id]));
      expect(token.decoded).toBe(token.endOfText ? '' : run.data.tokenizer.decode([token.id]));
      expect(token.probability).toBe(Math.exp(token.logProbability));
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

  it('reads no prompt when it was stopped while it waited for its turn', async () => {
    const { model } = run.trainer;
    const newDecoder = model.newDecoder.bind(model);
    let reads = 0;
    const opened = vi.spyOn(model, 'newDecoder').mockImplementation(async (sequences) => {
      const decoder = await newDecoder(sequences);
      const read = decoder.read.bind(decoder);
      vi.spyOn(decoder, 'read').mockImplementation((tokens) => {
        reads++;
        return read(tokens);
      });
      return decoder;
    });
    const ask = (signal?: AbortSignal) =>
      generateText(run, { ...SETTINGS, topK: 1, maxTokens: 4 }, around(signal), () => {});
    await ask();
    const alone = reads;
    expect(alone).toBeGreaterThan(0);
    const stopped = [new AbortController(), new AbortController()];
    const results = [...stopped.map(({ signal }) => ask(signal)), ask()];
    for (const controller of stopped) controller.abort();
    const finishes = (await Promise.all(results)).map(({ finish }) => finish);
    expect(finishes).toEqual(['stopped', 'stopped', 'done']);
    expect(reads).toBe(2 * alone);
    opened.mockRestore();
  });

  it('tells of a long prompt its end, and how much comes before', () => {
    const { tokens, before } = endOf(run.data.tokenizer, run.data.tokenizer.encode('Once '.repeat(2000)));
    expect({ tokens: tokens.length, before }).toEqual({ tokens: 4096, before: 10_000 - 4096 });
    expect(tokens.at(-1)?.text).toBe(' ');
  });

  it('continues nothing, too', async () => {
    const { events, tokens } = await generate({ ...SETTINGS, prompt: '' });
    expect(events[0]).toEqual({ type: 'prompt', prompt: { tokens: [], before: 0 }, text: '' });
    expect(tokens.length).toBeGreaterThan(0);
  });

  it('refuses characters outside the vocabulary before anything is sent, and says which', async () => {
    const events: GenerationEvent[] = [];
    const { signal } = new AbortController();
    const refused = generateText(
      run,
      { ...SETTINGS, prompt: 'Schöne Grüße' },
      around(signal),
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
      around(),
      ({ type }) => void order.push(type),
    );
    await turns.exclusive(async () => void order.push('other'));
    await writing;
    expect(order.indexOf('other')).toBeLessThan(5);
    expect(order.length).toBeGreaterThan(20);
  });
});

describe('generateText from exact tokens', () => {
  it('goes on as from the same text, told as text again', async () => {
    const promptTokens = idsOf('Once ');
    const [typed, exact] = [await generate(), await generate({ ...SETTINGS, prompt: 'something else', promptTokens })];
    expect(exact.events).toEqual(typed.events);
  });

  it('says for each sample whether a stop string came, and where', async () => {
    const endless = { ...SETTINGS, stopAtEndOfText: false, samples: 4 };
    const whole = await generate(endless);
    const textOf = ({ tokens }: typeof whole, sample: number): string =>
      tokens.flatMap((event) => (event.sample === sample ? [event.token.decoded] : [])).join('');
    const stop = textOf(whole, 0).slice(6, 8);
    const { result, ...written } = await generate({ ...endless, stop: [stop, 'ßß'] });
    for (const [sample, end] of result.ends.entries()) {
      const at = textOf(whole, sample).indexOf(stop);
      expect(end).toEqual(at < 0 ? { reason: 'length' } : { reason: 'stop-string', stop: { text: stop, at } });
      const cut = at < 0 ? textOf(whole, sample) : textOf(whole, sample).slice(0, at + stop.length);
      expect(textOf({ result, ...written }, sample)).toBe(cut);
    }
    expect(result.ends[0]?.reason).toBe('stop-string');
  });

  it('finishes a character that the prompt’s last token has begun', () => {
    const tokenizer = createByteTokenizer();
    const [first = 0, second = 0] = tokenizer.encode('é');
    expect(wholeCharacters(tokenizer, [97, first])).toBe('a');
    const long = [...tokenizer.encode('Ein schönes Schloß ☃😀'), first];
    for (const prompt of [[97, first], [first], long, [second, second, second, second, first]]) {
      const shown = new DisplayedText(tokenizer, prompt);
      expect(shown.push({ id: second, logProbability: -1, alternatives: [] }).decoded).toBe('é');
    }
  });
});

describe('generateText with beams', () => {
  const BEAM: GenerationSettings = { ...SETTINGS, method: 'beam', beamWidth: 3, samples: 3, maxTokens: 8 };

  it('sends every step, and gives the texts as tokens whose sums are the scores’', async () => {
    const { result, events } = await generate(BEAM);
    const steps = events.flatMap((event) => (event.type === 'beamStep' ? [event.nodes] : []));
    expect(steps).toHaveLength(8);
    expect(result.hypotheses).toHaveLength(3);
    const nodes = steps.flat();
    for (const [i, { node, tokens, score, logProbability }] of result.hypotheses.entries()) {
      const sum = tokens.reduce((total, token) => total + token.logProbability, 0);
      expect(logProbability).toBeCloseTo(sum, 6);
      expect(score).toBeCloseTo(sum / ((5 + tokens.length) / 6) ** 0.6, 6);
      const last = nodes.find(({ id }) => id === node);
      expect(last).toMatchObject({ kept: true, score, token: tokens.at(-1)?.id, text: tokens.at(-1)?.text });
      expect(result.ends[i]?.reason).toBe(last?.finished);
      expect(tokens.every(({ alternatives }) => alternatives.length === 10)).toBe(true);
    }
  });

  it('gives the texts it has when stopped', async () => {
    const events: GenerationEvent[] = [];
    const controller = new AbortController();
    const result = await generateText(run, { ...BEAM, maxTokens: 500 }, around(controller.signal), (event) => {
      events.push(event);
      if (events.length === 6) controller.abort();
    });
    expect(result.finish).toBe('stopped');
    expect(result.hypotheses[0]?.tokens).toHaveLength(5);
    expect(result.ends).toContain(null);
  });
});

describe('settings that cannot be', () => {
  it.each<[Partial<GenerationSettings>, string, string]>([
    [{ topP: 1.5 }, 'Top-p is 1.5', 'Choose 1.'],
    [{ topK: -2 }, 'Top-k is -2', 'Choose 0.'],
    [{ minP: Number.NaN }, 'Min-p is NaN', 'Choose 0.'],
    [{ temperature: -1 }, 'The temperature is -1', 'Choose 0.'],
    [{ maxTokens: 2.6 }, 'The length is 2.6', 'Choose 3.'],
    [{ samples: 65 }, 'The number of texts is 65', 'Choose 64.'],
    [{ repetitionPenalty: 0.5 }, 'The repetition penalty is 0.5', 'Choose 1.'],
    [{ noRepeatNgram: -1 }, 'n-gram length is -1', 'Choose 0.'],
    [{ stop: ['a', ''] }, 'A stop string is empty', 'Remove'],
    [{ promptTokens: [1, 9999] }, 'no token 9999', 'Its tokens are 0 to'],
    [{ promptTokens: [0.5] }, 'no token 0.5', 'Its tokens are 0 to'],
    [{ method: 'beam', beamWidth: 50, samples: 1 }, 'the size of the vocabulary', 'Choose '],
    [{ method: 'beam', beamWidth: 2, samples: 3 }, 'return 3 texts', 'Choose 2, or a wider beam.'],
    [{ method: 'beam', beamWidth: 0, samples: 1 }, 'The beam width is 0', 'Choose 1.'],
    [{ method: 'beam', lengthPenalty: -1, samples: 1 }, 'The length penalty is -1', 'Choose 0.'],
  ])('are refused before anything is sent: %j', async (part, message, remedy) => {
    const events: GenerationEvent[] = [];
    const { signal } = new AbortController();
    const refused = generateText(run, { ...SETTINGS, ...part }, around(signal), (event) => void events.push(event));
    const fault = toFault(await refused.catch((error: unknown) => error));
    expect(fault.code).toBe('config');
    expect(fault.message).toContain(message);
    expect(fault.remedy).toContain(remedy);
    expect(events).toEqual([]);
  });

  it.each([
    // Keys and values twice, of 16 tokens in one layer of width 8, and logits of 16 tokens.
    ['memory', 'sample', 5, (each: number) => ({ memoryBudgetBytes: 5.5 * each })],
    ['memory', 'beam', 3, (each: number) => ({ memoryBudgetBytes: 3.9 * each })],
    ['a single tensor', 'sample', 4, (_: number, logits: number) => ({ maxTensorBytes: 4 * logits })],
    // By its estimate nothing is left; one text is tried even so.
    ['memory', 'sample', 1, () => ({ memoryBudgetBytes: -1e9 })],
  ] as const)('names the most texts for which there is %s, by %s: %i', async (_, method, most, deviceOf) => {
    const { vocabSize } = run.data.tokenizer;
    const logits = 4 * 16 * vocabSize;
    const changes = deviceOf(2 * 4 * 16 * 2 * 8 + logits, logits);
    const { trainingBytes } = estimate(SMALL_CONFIG, vocabSize, DEVICE);
    const device = { ...DEVICE, ...changes };
    // What the open run takes is not there for texts.
    const beside = { ...device, memoryBudgetBytes: device.memoryBudgetBytes + trainingBytes };
    const ask = (texts: number) => {
      const settings = { ...SETTINGS, method, maxTokens: 2, samples: method === 'beam' ? 1 : texts, beamWidth: texts };
      return generateText(run, settings, { ...around(), device: beside }, () => {});
    };
    const fault = toFault(await ask(most + 1).catch((error: unknown) => error));
    expect(fault).toMatchObject({ code: 'config', remedy: `Choose ${most}.` });
    expect((await ask(most)).finish).toBe('done');
  });

  it('names the vocabulary as the widest beam', async () => {
    const { vocabSize } = run.data.tokenizer;
    const settings = { ...SETTINGS, method: 'beam' as const, samples: 1 };
    const refused = generate({ ...settings, beamWidth: vocabSize + 1 });
    expect(toFault(await refused.catch((error: unknown) => error)).remedy).toBe(`Choose ${vocabSize}.`);
    expect((await generate({ ...settings, beamWidth: vocabSize, maxTokens: 2 })).result.finish).toBe('done');
  });
});

describe('attentionLayer', () => {
  it('gives a layer with its heads and the model’s step', async () => {
    const layer = await attentionLayer(run, idsOf('Once there'), 0, around());
    expect(layer).toMatchObject({ layer: 0, nHead: 2, size: 10, offset: 0, step: 1 });
    expect(layer.weights).toHaveLength(2 * 10 * 10);
    expect(layer.weights.slice(0, 10)).toEqual(Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  });

  it.each([true, false])(
    'says how far a banded layer sees, which is what the model shows (causal: %s)',
    async (causal) => {
      const { model } = SMALL_CONFIG;
      const banded = await make({ ...SMALL_CONFIG, model: { ...model, nLayer: 2, band: 3, causal } });
      const ids = idsOf('Once there');
      const [dense, second] = [
        await attentionLayer(banded, ids, 0, around()),
        await attentionLayer(banded, ids, 1, around()),
      ];
      expect([dense.band, second.band]).toEqual([0, 3]);
      for (const layer of [dense, second]) {
        const reach = layer.band === 0 ? layer.size : layer.band;
        layer.weights.forEach((weight, at) => {
          const ahead = (at % layer.size) - (Math.floor(at / layer.size) % layer.size);
          expect(weight > 0).toBe(ahead > -reach && ahead < (causal ? 1 : reach));
        });
      }
      await banded.dispose();
    },
  );

  it.each([
    { engine: 'eager', of: 'memory' },
    { engine: 'plan', of: 'memory' },
    { engine: 'plan', of: 'a single tensor' },
  ] as const)('refuses more tokens than there is $of for ($engine) with the most that fit', async ({ engine, of }) => {
    // As if the model had so many heads and tokens: nothing is computed where it is refused.
    const model = { ...SMALL_CONFIG.model, nHead: 32, nEmbd: 64, contextLength: 4096 };
    const config = { ...SMALL_CONFIG, model, training: { ...SMALL_CONFIG.training, batchSize: 1 } };
    const large = { ...run, step: 0, config, data: run.data, trainer: { ...run.trainer, model: { config: model } } };
    const asked: number[] = [];
    const vocabSize = 1 + Math.max(...idsOf('Once there'));
    Object.assign(large.trainer.model, {
      vocabSize,
      attentionWeights: async (ids: Int32Array) => {
        asked.push(ids.length);
        return new Float32Array();
      },
    });
    const trainingBytes = estimate(config, run.data.dataset.vocabSize, { ...DEVICE, engine }).trainingBytes;
    const memoryBudgetBytes = of === 'memory' ? 4e8 + (engine === 'plan' ? trainingBytes : 0) : 1e12;
    const device = { ...DEVICE, engine, memoryBudgetBytes, maxTensorBytes: of === 'memory' ? 1e12 : 128 * 2 ** 20 };
    const look = (tokens: number) =>
      // A stand-in has what is asked of a run here.
      attentionLayer(large as unknown as ActiveRun, new Array<number>(tokens).fill(1), 0, { device, turns });
    const fault = toFault(await look(5000).catch((error: unknown) => error));
    expect(fault).toMatchObject({ code: 'config', message: expect.stringContaining('4,096 tokens in 32 heads') });
    const most = Number(/most ([\d,]+) tokens/.exec(fault.remedy)?.[1]?.replace(',', ''));
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThan(4096);
    await look(most);
    expect(asked).toEqual([most]);
    await expect(look(most + 1)).rejects.toThrow(InspectionError);
    // A few tokens are looked at whatever is left.
    const poor = { ...device, memoryBudgetBytes: 0 };
    await attentionLayer(large as unknown as ActiveRun, [1, 2, 3], 0, { device: poor, turns });
    expect(asked).toEqual([most, 3]);
  });

  it.each([
    ['a layer that is not there', [1, 2], 1],
    ['no tokens', [], 0],
    ['tokens of another vocabulary', [50_000], 0],
  ])('refuses %s, and the turn goes on to the next', async (_, tokens, layer) => {
    const refused = attentionLayer(run, tokens, layer, around());
    await expect(refused).rejects.toThrow(InspectionError);
    expect(toFault(await refused.catch((error: unknown) => error))).toMatchObject({ code: 'config' });
    expect(await turns.exclusive(async () => 'next')).toBe('next');
  });
});

it('fifty generations and fifty views of attention leave no tensor behind', async () => {
  const before = tf.memory().numTensors;
  for (let i = 0; i < 50; i++) {
    await generate({ ...SETTINGS, maxTokens: 4, samples: 1 }, i % 2 ? 2 : undefined);
    await attentionLayer(run, idsOf('Once there was'), 0, around());
  }
  expect(tf.memory().numTensors).toBe(before);
});
