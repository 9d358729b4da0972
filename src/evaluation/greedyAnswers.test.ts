// Answers read side by side are those of each prompt alone, on every engine, and end where they should.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestModel, noGpuProblems, TEST_ENGINES } from '../../scripts/testEngine.ts';
import { parameterCount } from '../config/estimate.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import { randomOperand } from '../ops/testing/deviation.ts';
import { Random } from '../random/random.ts';
import { answerGreedily, samplesAtOnce, type Prompt } from './greedyAnswers.ts';
import { indexOfHighest } from '../ops/tokenChoice/drawToken.ts';
import { scriptedModel } from './scriptedModel.ts';

const CONFIG: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 8, contextLength: 24, dropout: 0 };
const VOCAB_SIZE = 13;
const END = 4;

const answering = (samples: number, onAnswered: (count: number) => void = () => {}) => ({
  samples,
  endsAnswer: (id: number) => id === END,
  filler: 0,
  exclusive: <T>(work: () => Promise<T>) => work(),
  onAnswered,
});

describe.each(TEST_ENGINES)('answerGreedily on %s', { timeout: 120_000 }, (engine) => {
  afterEach(noGpuProblems);

  it('answers prompts of unequal lengths as whole sequences would be continued', async () => {
    const random = new Random(6);
    const { values } = randomOperand(random, [parameterCount(CONFIG, VOCAB_SIZE)], 0.6);
    const model = await newTestModel(engine, CONFIG, VOCAB_SIZE, values);
    const prompts: Prompt[] = [3, 20, 1, 18, 7, 7, 24].map((length) => ({
      ids: Array.from({ length }, () => random.integer(VOCAB_SIZE)),
      mostAnswerTokens: 5,
    }));
    let answered = 0;
    const answers = await answerGreedily(
      model,
      prompts,
      answering(4, (count) => (answered += count)),
    );
    expect(answered).toBe(prompts.length);
    for (const [i, { ids, mostAnswerTokens }] of prompts.entries()) {
      const expected: number[] = [];
      while (expected.length < mostAnswerTokens && expected.at(-1) !== END) {
        const text = [...ids, ...expected];
        if (text.length > CONFIG.contextLength) break;
        // Nothing looks ahead, so one plan for all lengths does.
        const padded = new Int32Array(CONFIG.contextLength);
        padded.set(text);
        const logits = await model.logits(padded, CONFIG.contextLength);
        expected.push(indexOfHighest(logits.subarray((text.length - 1) * VOCAB_SIZE, text.length * VOCAB_SIZE)));
      }
      expect(answers[i], `prompt ${i}`).toEqual({ ids: expected, ended: expected.at(-1) === END });
    }
    model.dispose();
  });
});

describe('answerGreedily', () => {
  const counting = (onRead?: (count: number) => void): LanguageModel =>
    scriptedModel(CONFIG, VOCAB_SIZE, (ids) => Math.max(0, (ids.at(-1) ?? 0) - 1), onRead);
  const prompt = (ids: readonly number[], mostAnswerTokens = 20): Prompt => ({ ids, mostAnswerTokens });

  it('ends at the ending token, at the most tokens, or where the context ends', async () => {
    const long = Array.from({ length: 22 }, () => 12);
    const [ends, cut, full] = await answerGreedily(
      counting(),
      [prompt([9, 7]), prompt([12], 3), prompt(long)],
      answering(3),
    );
    expect(ends).toEqual({ ids: [6, 5, 4], ended: true });
    expect(cut).toEqual({ ids: [11, 10, 9], ended: false });
    // 22 read, 2 more fit, and a third is predicted from them.
    expect(full).toEqual({ ids: [11, 10, 9], ended: false });
  });

  it('reads what all prompts of a batch have at once, then token by token, and stops with the last answer', async () => {
    const reads: number[] = [];
    await answerGreedily(
      counting((count) => reads.push(count)),
      [prompt([9, 9, 6]), prompt([9, 9, 9, 9, 7])],
      answering(2),
    );
    // 3 together; 2 more of the longer prompt; its answer 6, 5, 4 needs two readings more.
    expect(reads).toEqual([3, 1, 1, 1, 1]);
  });
});

describe('samplesAtOnce', () => {
  it('keeps caches and logits within 64 MB, with at least one prompt', () => {
    const model = (nLayer: number, nEmbd: number, contextLength: number, vocabSize: number) =>
      samplesAtOnce(scriptedModel({ ...CONFIG, nLayer, nEmbd, contextLength }, vocabSize, () => 0));
    expect(model(2, 64, 64, 1024)).toBe(32);
    expect(model(2, 64, 64, 50_257)).toBe(20);
    expect(model(12, 768, 1024, 50_257)).toBe(1);
    expect(model(48, 1600, 1024, 50_257)).toBe(1);
  });
});
