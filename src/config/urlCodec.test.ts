// Links: every config survives the address bar, own texts stay at home, and damaged links say so.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  DEFAULT_CONFIG,
  NORM_PLACEMENTS,
  NORMS,
  OPTIMIZERS,
  parseRunConfig,
  POSITIONS,
  PREDICTIONS,
  SCHEDULES,
  TOKENIZER_KINDS,
  type RunConfig,
} from './runConfig.ts';
import { decodeConfig, describeLinkProblems, encodeConfig } from './urlCodec.ts';

const whole = (min: number, max: number) => fc.integer({ min, max });
/** Without −0, which an address writes as 0. */
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);
const wellFormed = fc.string({ unit: 'grapheme', maxLength: 60 });
const seed = whole(0, 2 ** 32 - 1);
const builtIn = fc.record({
  kind: fc.constantFrom('tales' as const, 'arithmetic' as const, 'word-games' as const),
  seed,
  kilobytes: whole(1, 51_200),
});
const configs: fc.Arbitrary<RunConfig> = fc.record({
  text: fc.oneof(builtIn, fc.record({ kind: fc.constant('url' as const), url: fc.oneof(fc.webUrl(), wellFormed) })),
  tokenizer: fc.record({ kind: fc.constantFrom(...TOKENIZER_KINDS), vocabSize: whole(258, 32_768) }),
  model: fc.record({
    nLayer: whole(1, 96),
    nHead: whole(1, 128),
    nEmbd: whole(4, 12_288),
    contextLength: whole(4, 4096),
    dropout: between(0, 0.9),
    nKeyValueHead: whole(0, 128),
    band: whole(0, 4096),
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
  }),
  training: fc.record({
    batchSize: whole(1, 1024),
    accumulation: whole(1, 64),
    steps: whole(1, 1_000_000),
    learningRate: between(0, 1),
    warmupTokens: whole(0, 1e9),
    optimizer: fc.constantFrom(...OPTIMIZERS),
    beta1: between(0, 0.9999),
    beta2: between(0, 0.99999),
    schedule: fc.constantFrom(...SCHEDULES),
    decayTokens: whole(0, 1e9),
    rampTokens: whole(0, 1e9),
    zLoss: between(0, 1),
    labelSmoothing: between(0, 0.9),
    weightDecay: between(0, 10),
    clipNorm: between(0, 1e6),
    validationFraction: between(0.01, 0.5),
    evalEvery: whole(1, 1_000_000),
    sampleEvery: whole(1, 1_000_000),
    samplePrompt: wellFormed,
    sampleLength: whole(1, 1000),
  }),
  seed,
});

describe('encodeConfig', () => {
  it('writes nothing for the default, else what differs from it and the warm-up', () => {
    expect(encodeConfig(DEFAULT_CONFIG)).toBe('');
    const config = { ...DEFAULT_CONFIG, model: { ...DEFAULT_CONFIG.model, nLayer: 7 }, seed: 5 };
    expect(encodeConfig(config)).toBe('model.nLayer=7&training.warmupTokens=25600&seed=5');
  });

  it('gives every config back exactly, with and without the sign in front', () => {
    fc.assert(
      fc.property(configs, (config) => {
        expect(parseRunConfig(config)).toEqual(config);
        const encoded = encodeConfig(config);
        expect(decodeConfig(encoded)).toMatchObject({ config, problems: [] });
        expect(decodeConfig(`#${encoded}`)).toMatchObject({ config, problems: [] });
        // As an address bar holds it.
        expect(decodeConfig(new URL(`https://example.org/#${encoded}`).hash)).toMatchObject({ config, problems: [] });
      }),
      { numRuns: 500 },
    );
  });

  it('lets nothing of a person’s own text travel', () => {
    const own = { kind: 'own', id: 'c0ffee-123-1', name: 'My diary.txt' } as const;
    fc.assert(
      fc.property(configs, (config) => {
        const encoded = encodeConfig({ ...config, text: own });
        expect(encoded).not.toMatch(/own|c0ffee|diary|text\./);
        expect(decodeConfig(encoded).config).toEqual({ ...config, text: DEFAULT_CONFIG.text });
      }),
      { numRuns: 50 },
    );
  });
});

describe('decodeConfig', () => {
  it('reads an empty address as the default, without a problem', () => {
    for (const hash of ['', '#'])
      expect(decodeConfig(hash)).toEqual({ config: DEFAULT_CONFIG, problems: [], understood: 0 });
  });

  it('reads a warm-up in steps, as links had it once', () => {
    const { config } = decodeConfig('#training.warmupSteps=10&training.batchSize=4&training.accumulation=2');
    expect(config.training.warmupTokens).toBe(10 * 4 * 2 * DEFAULT_CONFIG.model.contextLength);
    expect(config.training).not.toHaveProperty('warmupSteps');
  });

  it('reads a link without a warm-up as one from when 50 steps of any size were the default', () => {
    const { config, problems } = decodeConfig('#model.contextLength=128&training.batchSize=16&training.accumulation=2');
    expect(problems).toEqual([]);
    expect(config.training).toEqual({
      ...DEFAULT_CONFIG.training,
      batchSize: 16,
      accumulation: 2,
      warmupTokens: 50 * 16 * 2 * 128,
    });
    expect(decodeConfig('#training.batchSize=16&training.warmupTokens=300').config.training.warmupTokens).toBe(300);
    expect(decodeConfig('#seed=1').config).toEqual(DEFAULT_CONFIG);
  });

  it.each([
    ['neither true nor false', '#model.causal=perhaps', 'model.causal=perhaps'],
    ['garbage', '#qwertz', 'qwertz'],
    ['a heading', '#top', 'top'],
    ['NaN', '#model.nLayer=NaN', 'model.nLayer=NaN'],
    ['Infinity', '#training.learningRate=Infinity', 'learningRate=Infinity'],
    ['no value', '#model.nLayer=', 'model.nLayer='],
    ['a word for a number', '#seed=seven', 'seed=seven'],
    ['an unknown name', '#model.nLayers=3', 'model.nLayers'],
    ['an unknown group', '#optimizer.rate=3', 'optimizer.rate'],
    ['a name of every object', '#__proto__.nLayer=3', '__proto__.nLayer'],
    ['too small', '#model.nLayer=0', 'model.nLayer=0'],
    ['too large', '#training.batchSize=5000', 'training.batchSize=5000'],
    ['a fraction', '#model.nHead=2.5', 'model.nHead=2.5'],
    ['an unknown tokenizer', '#tokenizer.kind=words', 'tokenizer.kind=words'],
    ['an unknown text', '#text.kind=bible', 'text.kind=bible'],
    ['an own text', '#text.kind=own&text.id=1&text.name=mine', 'text.id'],
    ['an address without one', '#text.kind=url', 'text.kind=url'],
    ['a broken escape in a number', '#model.nLayer=%zz', '%zz'],
    ['a broken escape in a name', '#model.%E0%A4=3', '%E0%A4'],
    ['half a character in a prompt', '#training.samplePrompt=%E0%A4', '%E0%A4'],
    ['an escape cut off', '#training.samplePrompt=Once%2', 'Once%2'],
    ['a very long value', `#model.nLayer=${'a'.repeat(5000)}`, 'model.nLayer=aaa'],
    ['a prompt beyond the limit', `#training.samplePrompt=${'a'.repeat(2001)}`, 'training.samplePrompt=aaa'],
  ])('takes the default where nothing can be used, and names the culprit: %s', (_, hash, culprit) => {
    const link = decodeConfig(hash);
    expect(link.config).toEqual(DEFAULT_CONFIG);
    expect(link.understood).toBe(0);
    expect(link.problems.length).toBeGreaterThan(0);
    expect(describeLinkProblems(link)).toContain(culprit);
    expect(describeLinkProblems(link).length).toBeLessThan(300);
  });

  it('keeps every good setting, and says of each bad one what is used instead', () => {
    const link = decodeConfig(
      '#model.nLayer=900&model.nHead=2&model.nEmbd=32&training.steps=60&model.nLayers=3&seed=5&seed=6&training.samplePrompt=%E0%A4&model.norm=none',
    );
    expect(link.config.model).toMatchObject({ nLayer: DEFAULT_CONFIG.model.nLayer, nHead: 2, nEmbd: 32 });
    expect(link.config).toMatchObject({ seed: 5, training: { steps: 60 } });
    expect(link.understood).toBe(4);
    expect(link.problems.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'model.nLayer', value: '900', kind: 'invalid', used: '2' },
      { name: 'model.nLayers', value: '3', kind: 'unknown', used: undefined },
      { name: 'model.norm', value: 'none', kind: 'invalid', used: DEFAULT_CONFIG.model.norm },
      { name: 'seed', value: '6', kind: 'repeated', used: '5' },
      { name: 'training.samplePrompt', value: '%E0%A4', kind: 'damaged', used: '' },
    ]);
    const sentence = describeLinkProblems(link);
    for (const part of ['model.nLayer=900 (2 is used)', 'model.nLayers=3', 'seed=6', '1 more'])
      expect(sentence).toContain(part);
  });

  it('takes the first of two kinds of text', () => {
    const link = decodeConfig('#text.kind=url&text.url=x&text.kind=tales');
    expect(link.config.text).toEqual({ kind: 'url', url: 'x' });
    expect(link.problems).toMatchObject([{ name: 'text.kind', value: 'tales', kind: 'repeated' }]);
  });

  it('keeps the rest of a text of which one setting is wrong', () => {
    const seeded = decodeConfig('#text.kind=arithmetic&text.kilobytes=9999999&text.seed=7&text.url=x');
    expect(seeded.config.text).toEqual({ kind: 'arithmetic', seed: 7, kilobytes: 1024 });
    expect(seeded.problems).toEqual([
      { name: 'text.kilobytes', value: '9999999', kind: 'invalid', used: '1024' },
      { name: 'text.url', value: 'x', kind: 'unknown', used: undefined },
    ]);
    const steps = decodeConfig('#training.warmupSteps=1e9&training.batchSize=1024&model.contextLength=4096&seed=3');
    expect(steps.config).toMatchObject({ seed: 3, training: { batchSize: 1024 }, model: { contextLength: 4096 } });
    expect(steps.problems.map(({ name }) => name)).toEqual(['training.warmupSteps']);
  });

  it('loses only the setting that is spoilt, whichever it is', () => {
    fc.assert(
      fc.property(configs, fc.nat(), (config, at) => {
        const parts = encodeConfig(config).split('&');
        const spoilt = at % parts.length;
        const name = parts[spoilt]?.split('=')[0] ?? '';
        // Prompts and addresses may be anything; without its kind a text has other settings.
        if (name === '' || ['training.samplePrompt', 'text.url', 'text.kind'].includes(name)) return;
        const link = decodeConfig(parts.with(spoilt, `${name}=?`).join('&'));
        expect(link.problems).toMatchObject([{ name, value: '?', kind: 'invalid' }]);
        expect(link.understood).toBe(parts.length - 1);
        const unspoilt = new URLSearchParams(encodeConfig(link.config));
        for (const part of parts.toSpliced(spoilt, 1)) {
          for (const [key, value] of new URLSearchParams(part)) expect(unspoilt.get(key) ?? value).toBe(value);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, and what it gives can always be run as a config', () => {
    const nearMiss = fc
      .tuple(configs, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([config, at, noise]) => {
        const encoded = encodeConfig(config);
        const place = at % (encoded.length + 1);
        return encoded.slice(0, place) + noise + encoded.slice(place + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearMiss), (hash) => {
        const link = decodeConfig(hash);
        expect(parseRunConfig(link.config)).toEqual(link.config);
      }),
      { numRuns: 500 },
    );
  });
});
