// Writing far beyond the context, for every kind of positions: the same text and the same probabilities eagerly and as
// plans, where the device draws and where the CPU does, and as from a reader that reads the whole window anew each time.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestModel, noGpuProblems, type TestEngine } from '../../scripts/testEngine.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import { initialParameters, parameterLayout } from '../model/parameters.ts';
import { Random } from '../random/random.ts';
import { writeText, type WritingSettings } from './generate.ts';
import { chooseToken, logProbabilitiesOf } from './sampling.ts';

afterEach(noGpuProblems);

const VOCAB_SIZE = 12;
const CONTEXT = 8;
/** Tokens that are read again when the context is full and cannot slide. */
const KEPT = 6;
const PLAIN: WritingSettings = {
  temperature: 1,
  topK: 0,
  topP: 1,
  maxTokens: 3 * CONTEXT + 2,
  samples: 2,
  seed: 3,
  stopAtEndOfText: false,
};
/** Penalties are worked out on the CPU, so that the device draws nothing. */
const ON_CPU: WritingSettings = { ...PLAIN, repetitionPenalty: 1.2 };

/** What slides has one layer: there, keys and values do not depend on what has dropped out of the context. */
const KINDS: readonly { readonly switches: Partial<ModelConfig>; readonly slides: boolean }[] = [
  { switches: { positions: 'learned', nLayer: 2 }, slides: false },
  { switches: { positions: 'sinusoidal', nLayer: 2, tiedOutput: false }, slides: false },
  { switches: { positions: 'rotary' }, slides: true },
  { switches: { positions: 'alibi' }, slides: true },
  { switches: { positions: 'none' }, slides: true },
  { switches: { positions: 'learned', nLayer: 2, causal: false, prediction: 'last' }, slides: true },
];

const configOf = (switches: Partial<ModelConfig>): ModelConfig => ({
  ...GPT3_SWITCHES,
  nLayer: 1,
  nHead: 2,
  nEmbd: 16,
  contextLength: CONTEXT,
  dropout: 0,
  ...switches,
});

interface Written {
  readonly ids: number[][];
  readonly logProbabilities: number[][];
}

const modelOf = (engine: TestEngine, config: ModelConfig) => {
  const values = initialParameters(parameterLayout(config, VOCAB_SIZE), 5);
  return newTestModel(
    engine,
    config,
    VOCAB_SIZE,
    // Opinions, so that another window would mean another text.
    values.map((value) => (Math.abs(value) === 1 ? value : 7 * value)),
  );
};

async function written(
  engine: TestEngine,
  config: ModelConfig,
  prompt: Int32Array,
  settings: WritingSettings,
  endOfText: number,
) {
  const model = await modelOf(engine, config);
  const result: Written = { ids: [[], []], logProbabilities: [[], []] };
  try {
    for await (const { sample, id, logProbability } of writeText(model, prompt, endOfText, settings, (work) =>
      work(),
    )) {
      result.ids[sample]?.push(id);
      result.logProbabilities[sample]?.push(logProbability);
    }
  } finally {
    model.dispose();
  }
  return result;
}

/** From the whole window at once for every token. */
async function reread(config: ModelConfig, slides: boolean, prompt: Int32Array, settings: WritingSettings) {
  const model = await modelOf('cpu', config);
  const result: Written = { ids: [[], []], logProbabilities: [[], []] };
  for (let sample = 0; sample < 2; sample++) {
    const text = [...prompt];
    const random = new Random(settings.seed, sample);
    let start = Math.max(0, text.length - CONTEXT);
    while (text.length < prompt.length + settings.maxTokens) {
      if (text.length - start > CONTEXT) start = text.length - (slides ? CONTEXT : KEPT);
      const window = Int32Array.from(text.slice(start));
      const logits = (await model.logits(window, window.length, 'last')).slice(-VOCAB_SIZE);
      const id = chooseToken(logits, settings, random, text);
      text.push(id);
      result.ids[sample]?.push(id);
      result.logProbabilities[sample]?.push(logProbabilitiesOf(logits)[id] ?? Number.NaN);
    }
  }
  model.dispose();
  return result;
}

describe.each(KINDS)('beyond the context, with %o', { timeout: 60_000 }, ({ switches, slides }) => {
  const config = configOf(switches);
  it.each([
    ['from a short prompt', 3, PLAIN],
    ['from a prompt that fills the context', CONTEXT, PLAIN],
    ['from a prompt longer than the context', CONTEXT + 5, PLAIN],
    ['drawn on the CPU', 3, ON_CPU],
  ] as const)('every engine writes the same %s', async (_, length, settings) => {
    const prompt = Int32Array.from({ length }, (_, i) => (5 * i + 2) % VOCAB_SIZE);
    const expected = await reread(config, slides, prompt, settings);
    expect(new Set(expected.ids.flat()).size).toBeGreaterThan(VOCAB_SIZE / 2);
    // The text goes on behind an end of text, too.
    const endOfText = expected.ids[0]?.[4] ?? 0;
    for (const engine of ['plan', 'wasm'] as const) {
      const found = await written(engine, config, prompt, settings, endOfText);
      expect(found.ids, engine).toEqual(expected.ids);
      found.logProbabilities.flat().forEach((value, i) => {
        expect(value).toBeCloseTo(expected.logProbabilities.flat()[i] ?? Number.NaN, 4);
      });
    }
  });
});
