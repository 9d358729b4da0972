// What is refused and why, and that following the offered fixes always ends at a config that can be run.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimate, type DeviceSpeed } from './estimate.ts';
import { DEFAULT_CONFIG, type ModelConfig, type RunConfig, type TrainingConfig } from './runConfig.ts';
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

function smallIsTooLarge(config: RunConfig, limits: Required<ConfigLimits>): boolean {
  const contextLength = Math.min(128, config.model.contextLength);
  const small = withModel({ nLayer: 1, nHead: 8, nEmbd: 8, contextLength }, { batchSize: 1 });
  const { largestTensorBytes, trainingBytes } = estimate(small, limits.vocabSize, { ...EAGER, engine: limits.engine });
  return largestTensorBytes > limits.maxTensorBytes || trainingBytes > limits.memoryBudgetBytes;
}

describe('validateConfig', () => {
  it('finds nothing wrong with the default, also under generous limits', () => {
    expect(validateConfig(DEFAULT_CONFIG, {})).toEqual([]);
    const limits = { vocabSize: 1024, trainTokens: 200_000, maxTensorBytes: 128 * 2 ** 20, memoryBudgetBytes: 1.6e9 };
    expect(validateConfig(DEFAULT_CONFIG, limits)).toEqual([]);
  });

  it.each<[string, RunConfig, string, string]>([
    ['below the range', withTraining({ batchSize: 0 }), 'training.batchSize', 'The batch size must be at least 1.'],
    ['above the range', withModel({ nLayer: 97 }), 'model.nLayer', 'The number of layers must be at most 96.'],
    [
      'a share',
      withTraining({ validationFraction: 0.9 }),
      'training.validationFraction',
      'The validation share must be at most 0.5.',
    ],
    ['a fraction', withTraining({ steps: 1.5 }), 'training.steps', 'The number of steps must be a whole number.'],
    [
      'no number',
      withTraining({ learningRate: Number.NaN }),
      'training.learningRate',
      'The learning rate must be a number.',
    ],
    [
      'a long prompt',
      withTraining({ samplePrompt: 'a'.repeat(2001) }),
      'training.samplePrompt',
      'The sample prompt must be at most 2000 characters long.',
    ],
    ['a seed', { ...DEFAULT_CONFIG, seed: -1 }, 'seed', 'The seed must be at least 0.'],
    [
      'the vocabulary',
      { ...DEFAULT_CONFIG, tokenizer: { kind: 'trained', vocabSize: 12 } },
      'tokenizer.vocabSize',
      'The vocabulary size must be at least 258.',
    ],
    [
      'the text',
      { ...DEFAULT_CONFIG, text: { kind: 'tales', seed: 1, kilobytes: 60_000 } },
      'text.kilobytes',
      'The size of the text in kB must be at most 51200.',
    ],
  ])('says a range as a sentence: %s', (_, config, field, message) => {
    expect(only(config)).toEqual({ field, message });
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
    expect(problem.message).toContain(`${nEmbd} ÷ ${nHead}`);
    expect(problem.fix?.label).toBe(`Use a width of ${expected}`);
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
    expect(problem).toEqual({ field: 'text', message: expect.stringContaining('Add more text') });
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

  it('finds each fix free of the problem it fixes, and ends with no problem at all when they are followed', () => {
    const sizes = fc.record({
      nLayer: fc.integer({ min: 1, max: 96 }),
      nHead: fc.integer({ min: 1, max: 128 }),
      nEmbd: fc.oneof(fc.integer({ min: 4, max: 40 }), fc.integer({ min: 4, max: 12_288 })),
      contextLength: fc.integer({ min: 4, max: 4096 }),
      dropout: fc.constant(0),
    });
    const limitsOf = fc.record({
      vocabSize: fc.integer({ min: 2, max: 50_257 }),
      trainTokens: fc.integer({ min: 5, max: 20_000 }),
      maxTensorBytes: fc.integer({ min: 1_000, max: 2 ** 31 }),
      memoryBudgetBytes: fc.integer({ min: 20_000, max: 2 ** 32 }),
      engine: fc.constantFrom('plan' as const, 'eager' as const),
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 1024 }), limitsOf, fc.nat(), (model, batchSize, limits, pick) => {
        let config = withModel(model, { batchSize });
        for (let round = 0; round < 4; round++) {
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
