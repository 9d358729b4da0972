// What is refused and why, and that following the offered fixes always ends at a config that can be run.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimate, type DeviceSpeed } from './estimate.ts';
import { inWords } from './inWords.ts';
import {
  ACTIVATIONS,
  DEFAULT_CONFIG,
  NORM_PLACEMENTS,
  NORMS,
  OPTIMIZERS,
  POSITIONS,
  PREDICTIONS,
  SCHEDULES,
  type ModelConfig,
  type RunConfig,
  type TrainingConfig,
} from './runConfig.ts';
import { validateConfig, type ConfigLimits } from './validateConfig.ts';

const withModel = (model: Partial<ModelConfig>, training: Partial<TrainingConfig> = {}): RunConfig => ({
  ...DEFAULT_CONFIG,
  model: { ...DEFAULT_CONFIG.model, ...model },
  training: { ...DEFAULT_CONFIG.training, ...training },
});
/** Memory does not depend on the speed. */
const EAGER: DeviceSpeed = { gigaflopsPerSecond: 0, secondsPerOperation: 0, engine: 'eager' };
const PLAN: DeviceSpeed = { ...EAGER, engine: 'plan' };
const withTraining = (training: Partial<TrainingConfig>): RunConfig => withModel({}, training);
const only = (config: RunConfig, limits: ConfigLimits = {}) => {
  const problems = validateConfig(config, limits);
  expect(problems).toHaveLength(1);
  return problems[0]!;
};
const fixOf = (config: RunConfig, limits: ConfigLimits = {}): RunConfig => {
  const { fix } = only(config, limits);
  if (fix === undefined) throw new Error('there is no fix');
  return fix.config;
};

function smallIsTooLarge({ model, training }: RunConfig, limits: Required<ConfigLimits>): boolean {
  const contextLength = Math.min(128, model.contextLength);
  const sizes = { nLayer: 1, nHead: 8, nEmbd: 16, contextLength, nKeyValueHead: 0, band: 0 };
  const small = withModel({ ...model, ...sizes }, { ...training, batchSize: 1 });
  const { largestTensorBytes, trainingBytes } = estimate(small, limits.vocabSize, { ...EAGER, engine: limits.engine });
  return largestTensorBytes > limits.maxTensorBytes || trainingBytes > limits.memoryBudgetBytes;
}

describe('validateConfig', () => {
  it('finds nothing wrong with the default, also under generous limits', () => {
    expect(validateConfig(DEFAULT_CONFIG, {})).toEqual([]);
    const limits = { vocabSize: 1024, trainTokens: 200_000, maxTensorBytes: 128 * 2 ** 20, memoryBudgetBytes: 1.6e9 };
    expect(validateConfig(DEFAULT_CONFIG, limits)).toEqual([]);
  });

  it.each<[string, RunConfig, string, RegExp]>([
    ['below the range', withTraining({ batchSize: 0 }), 'training.batchSize', /\bbatch size\b.*\bat least 1\./],
    ['above the range', withModel({ nLayer: 97 }), 'model.nLayer', /\blayers\b.*\bat most 96\./],
    [
      'a share',
      withTraining({ validationFraction: 0.9 }),
      'training.validationFraction',
      /\bvalidation share\b.*\bat most 0\.5\./,
    ],
    ['a fraction', withTraining({ steps: 1.5 }), 'training.steps', /\bsteps\b.*\bwhole number\b/],
    [
      'no number',
      withTraining({ learningRate: Number.NaN }),
      'training.learningRate',
      /\blearning rate\b.*\ba number\b/,
    ],
    [
      'a long prompt',
      withTraining({ samplePrompt: 'a'.repeat(2001) }),
      'training.samplePrompt',
      /\bsample prompt\b.*\bat most 2,000 characters\b/,
    ],
    ['a decay', withTraining({ beta1: 1 }), 'training.beta1', /β₁.*at most 0\.9999\./],
    ['another decay', withTraining({ beta2: -0.1 }), 'training.beta2', /β₂.*at least 0\./],
    ['a seed', { ...DEFAULT_CONFIG, seed: -1 }, 'seed', /\bseed\b.*\bat least 0\./],
    [
      'the vocabulary',
      { ...DEFAULT_CONFIG, tokenizer: { kind: 'trained', vocabSize: 12 } },
      'tokenizer.vocabSize',
      /\bvocabulary size\b.*\bat least 258\./,
    ],
    [
      'the text',
      { ...DEFAULT_CONFIG, text: { kind: 'tales', seed: 1, kilobytes: 60_000 } },
      'text.kilobytes',
      /\btext\b.*\bat most 51,200\./,
    ],
  ])('names the setting and its limit: %s', (_, config, field, message) => {
    expect(only(config)).toEqual({ field, message: expect.stringMatching(message) });
  });

  it('names every field that is out of range', () => {
    const config = withModel({ nLayer: 0 }, { steps: 0 });
    expect(validateConfig(config, {}).map(({ field }) => field)).toEqual(['model.nLayer', 'training.steps']);
  });

  it.each([
    [64, 5, 65],
    [100, 3, 99],
    [4, 3, 6],
    [12_288, 5, 12_285],
    [5, 128, 128],
  ])('offers the nearest shared width: %i for %i heads → %i', (nEmbd, nHead, expected) => {
    const config = withModel({ nEmbd, nHead });
    const problem = only(config);
    expect(problem.field).toBe('model.nEmbd');
    expect(problem.message).toContain(`${inWords(nEmbd)} ÷ ${nHead}`);
    expect(problem.fix?.label).toContain(inWords(expected));
    expect(problem.fix?.config).toEqual(withModel({ nEmbd: expected, nHead }));
    expect(validateConfig(fixOf(config), {})).toEqual([]);
  });

  it('refuses a context that the text cannot fill, and offers the longest that it can', () => {
    const limits = { trainTokens: 64 };
    const problem = only(DEFAULT_CONFIG, limits);
    expect(problem.field).toBe('model.contextLength');
    expect(problem.message).toContain('64 tokens');
    expect(fixOf(DEFAULT_CONFIG, limits).model.contextLength).toBe(63);
    expect(validateConfig(fixOf(DEFAULT_CONFIG, limits), limits)).toEqual([]);
    expect(validateConfig(DEFAULT_CONFIG, { trainTokens: 65 })).toEqual([]);
  });

  it('asks for more text where no context would do', () => {
    const problem = only(DEFAULT_CONFIG, { trainTokens: 4 });
    expect(problem).toEqual({ field: 'text', message: expect.stringContaining('only 4 tokens') });
    expect(fixOf(DEFAULT_CONFIG, { trainTokens: 5 }).model.contextLength).toBe(4);
  });

  it('tells a tensor beyond the device from a total beyond the memory, with both sizes', () => {
    const large = withModel({ nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024 });
    const cost = estimate(large, 50_257, EAGER);
    const tensor = only(large, { vocabSize: 50_257, maxTensorBytes: 128 * 2 ** 20 });
    expect(tensor.field).toBe('model');
    expect(tensor.message).toContain(`${(cost.largestTensorBytes / 1e9).toFixed(1)} GB`);
    expect(tensor.message).toContain('134 MB');
    const memory = only(large, { vocabSize: 50_257, memoryBudgetBytes: 2e9 });
    expect(memory.message).toContain(`${(cost.trainingBytes / 1e9).toFixed(1)} GB`);
    expect(memory.message).toContain('2.0 GB');
  });

  it('asks less of a device that runs a step as a plan', () => {
    const large = withModel({ nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024 });
    const limits = { vocabSize: 1024, memoryBudgetBytes: estimate(large, 1024, PLAN).trainingBytes };
    expect(only(large, limits).field).toBe('model');
    expect(validateConfig(large, { ...limits, engine: 'plan' })).toEqual([]);
    expect(validateConfig(large, { ...limits, engine: 'plan', memoryBudgetBytes: 1e9 })).toHaveLength(1);
  });

  it('shrinks the batch first and by as few halvings as needed', () => {
    const config = withTraining({ batchSize: 64 });
    const bytes = (batchSize: number) => estimate(withTraining({ batchSize }), 1024, EAGER).trainingBytes;
    const limits = { vocabSize: 1024, memoryBudgetBytes: bytes(16) };
    expect(fixOf(config, limits)).toEqual(withTraining({ batchSize: 16 }));
    expect(fixOf(config, { ...limits, memoryBudgetBytes: bytes(16) - 1 })).toEqual(withTraining({ batchSize: 8 }));
  });

  it('then the context, the heads at their size, and the depth', () => {
    const config = withModel({ nLayer: 8, nHead: 8, nEmbd: 512, contextLength: 512 }, { batchSize: 1 });
    const bytesOf = (candidate: RunConfig) => estimate(candidate, 1024, EAGER).trainingBytes;
    const shorter = withModel({ nLayer: 8, nHead: 8, nEmbd: 512, contextLength: 256 }, { batchSize: 1 });
    expect(fixOf(config, { vocabSize: 1024, memoryBudgetBytes: bytesOf(shorter) })).toEqual(shorter);
    const narrower = withModel({ nLayer: 8, nHead: 4, nEmbd: 256, contextLength: 128 }, { batchSize: 1 });
    expect(fixOf(config, { vocabSize: 1024, memoryBudgetBytes: bytesOf(narrower) })).toEqual(narrower);
    const shallower = withModel({ nLayer: 4, nHead: 1, nEmbd: 64, contextLength: 128 }, { batchSize: 1 });
    expect(fixOf(config, { vocabSize: 1024, memoryBudgetBytes: bytesOf(shallower) })).toEqual(shallower);
  });

  it('offers nothing where nothing fits', () => {
    expect(only(DEFAULT_CONFIG, { memoryBudgetBytes: 1000 })).not.toHaveProperty('fix');
  });

  it.each<[string, Partial<ModelConfig>, string, Partial<ModelConfig>, string]>([
    ['keys shared unequally', { nHead: 8, nKeyValueHead: 3 }, 'model.nKeyValueHead', { nKeyValueHead: 4 }, '8 ÷ 3'],
    [
      'keys shared by one',
      { nHead: 5, nEmbd: 65, nKeyValueHead: 2 },
      'model.nKeyValueHead',
      { nKeyValueHead: 1 },
      '5 ÷ 2',
    ],
    [
      'more keys than heads',
      { nKeyValueHead: 9 },
      'model.nKeyValueHead',
      { nKeyValueHead: 4 },
      '9 key/value heads are more than the 4 heads',
    ],
    ['a wide band', { band: 100 }, 'model.band', { band: 64 }, '100 tokens is longer than the context of 64'],
    ['odd heads that turn', { nEmbd: 60, positions: 'rotary' }, 'model.nEmbd', { nEmbd: 64 }, 'head size of 15'],
    ['unequal heads that turn', { nEmbd: 58, positions: 'rotary' }, 'model.nEmbd', { nEmbd: 56 }, '58 ÷ 4'],
    ['odd sinusoids', { nHead: 3, nEmbd: 63, positions: 'sinusoidal' }, 'model.nEmbd', { nEmbd: 66 }, '63 is odd'],
    [
      'dropout after no norm',
      { dropoutAfterNorm: true },
      'model.dropoutAfterNorm',
      { dropoutAfterNorm: false },
      'pre-norm',
    ],
  ])('refuses %s and offers the nearest that can be', (_, model, field, fixed, sentence) => {
    const config = withModel(model);
    const problem = only(config);
    expect(problem.field).toBe(field);
    expect(problem.message).toContain(sentence);
    expect(problem.fix?.config).toEqual(withModel({ ...model, ...fixed }));
    expect(validateConfig(fixOf(config), {})).toEqual([]);
  });

  it.each<[string, Partial<ModelConfig>]>([
    ['ALiBi without a mask', { positions: 'alibi', causal: false }],
    ['sinusoids of odd heads in an even width', { nHead: 2, nEmbd: 6, positions: 'sinusoidal' }],
    ['a band as wide as the context', { band: 64 }],
    ['one head of keys for all', { nKeyValueHead: 1 }],
    ['one answer from the mean, masked', { prediction: 'mean' }],
    ['dropout after the norm', { normPlacement: 'post', dropoutAfterNorm: true }],
    ['no mask and an answer everywhere, which is only noted', { causal: false }],
  ])('lets %s be', (_, model) => {
    expect(validateConfig(withModel(model), {})).toEqual([]);
  });

  it('refuses a batch ramp where a step has one batch', () => {
    const config = withTraining({ rampTokens: 1000 });
    expect(only(config).field).toBe('training.rampTokens');
    expect(fixOf(config)).toEqual(DEFAULT_CONFIG);
  });

  it('lets a run be shorter than its batch ramp, which is only noted', () => {
    expect(validateConfig(withTraining({ accumulation: 4, steps: 100, rampTokens: 1e9 }), {})).toEqual([]);
  });

  it('refuses a fall that would end within the warm-up, but where nothing falls', () => {
    const settings = { warmupTokens: 5000, decayTokens: 5000 };
    const problem = only(withTraining(settings));
    expect(problem.field).toBe('training.decayTokens');
    expect(problem.message).toMatch(/after 5,000 tokens.*warm-up of 5,000 tokens/);
    expect(fixOf(withTraining(settings))).toEqual(withTraining({ ...settings, decayTokens: 0 }));
    expect(validateConfig(withTraining({ ...settings, schedule: 'constant' }), {})).toEqual([]);
    expect(validateConfig(withTraining({ ...settings, decayTokens: 5001 }), {})).toEqual([]);
  });

  it('finds each fix free of the problem it fixes, and ends with no problem at all when they are followed', () => {
    const models: fc.Arbitrary<ModelConfig> = fc.record({
      nLayer: fc.integer({ min: 1, max: 96 }),
      nHead: fc.integer({ min: 1, max: 128 }),
      nEmbd: fc.oneof(fc.integer({ min: 4, max: 40 }), fc.integer({ min: 4, max: 12_288 })),
      contextLength: fc.integer({ min: 4, max: 4096 }),
      dropout: fc.constantFrom(0, 0.1),
      nKeyValueHead: fc.integer({ min: 0, max: 128 }),
      band: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4096 })),
      causal: fc.boolean(),
      positions: fc.constantFrom(...POSITIONS),
      norm: fc.constantFrom(...NORMS),
      normPlacement: fc.constantFrom(...NORM_PLACEMENTS),
      activation: fc.constantFrom(...ACTIVATIONS),
      tiedOutput: fc.boolean(),
      biases: fc.boolean(),
      dropEmbedding: fc.boolean(),
      dropAttention: fc.boolean(),
      dropResidual: fc.boolean(),
      dropoutAfterNorm: fc.boolean(),
      prediction: fc.constantFrom(...PREDICTIONS),
    });
    const share = fc.double({ min: 0, max: 0.9, noNaN: true });
    const tokens = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1e9 }));
    const recipes: fc.Arbitrary<Partial<TrainingConfig>> = fc.record({
      batchSize: fc.integer({ min: 1, max: 1024 }),
      accumulation: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 64 })),
      steps: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 1_000_000 })),
      learningRate: share,
      warmupTokens: tokens,
      decayTokens: tokens,
      rampTokens: tokens,
      optimizer: fc.constantFrom(...OPTIMIZERS),
      schedule: fc.constantFrom(...SCHEDULES),
      beta1: share,
      beta2: share,
      zLoss: share,
      labelSmoothing: share,
    });
    const limitsOf = fc.record({
      vocabSize: fc.integer({ min: 2, max: 50_257 }),
      trainTokens: fc.integer({ min: 5, max: 20_000 }),
      maxTensorBytes: fc.integer({ min: 1_000, max: 2 ** 31 }),
      memoryBudgetBytes: fc.integer({ min: 20_000, max: 2 ** 32 }),
      engine: fc.constantFrom('plan' as const, 'eager' as const),
    });
    fc.assert(
      fc.property(models, recipes, limitsOf, fc.nat(), (model, recipe, limits, pick) => {
        let config = withModel(model, recipe);
        for (let round = 0; round < 10; round++) {
          const problems = validateConfig(config, limits);
          if (problems.length === 0) return;
          // What nothing can make fit has no fix; then a model near the smallest is too large as well.
          const hopeless = problems.some(({ fix }) => fix === undefined);
          expect(!hopeless || smallIsTooLarge(config, limits)).toBe(true);
          if (hopeless) return;
          for (const { field, fix } of problems) {
            expect(validateConfig(fix!.config, limits).map((problem) => problem.field)).not.toContain(field);
          }
          config = problems[pick % problems.length]!.fix!.config;
        }
        expect(validateConfig(config, limits)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
