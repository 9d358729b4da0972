// What each switch means in the double-precision model, told by what must then be true: who sees whom, what positions
// change, which parameters there are, and values that can be worked out by hand.
import { describe, expect, it } from 'vitest';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import { differenceGradient, largestDeviation } from '../ops/testing/deviation.ts';
import { Random } from '../random/random.ts';
import { erf } from './erf.ts';
import { float64Gradient, float64Logits, float64Loss } from './float64Model.ts';
import { float64Groups, float64Size, type Float64Model } from './parameters.ts';
import { alibiSlope, sinusoids } from './positions.ts';

const VOCAB_SIZE = 7;
const LENGTH = 6;
const IDS = [3, 1, 4, 1, 5, 2];
const TARGETS = [1, 4, 1, 5, 2, 6];
const BATCH = { ids: IDS, targets: TARGETS, length: LENGTH };

const sizesOf = (changes: Partial<ModelConfig> = {}): Float64Model => ({
  model: { ...GPT3_SWITCHES, nLayer: 2, nHead: 4, nEmbd: 16, contextLength: LENGTH, dropout: 0, ...changes },
  vocabSize: VOCAB_SIZE,
});

function parametersOf(sizes: Float64Model): Float64Array {
  const random = new Random(81);
  return Float64Array.from({ length: float64Size(sizes) }, () => 0.4 * random.normal());
}

const attentionOf = (sizes: Float64Model, ids: readonly number[] = IDS): readonly Float64Array[] =>
  float64Logits(sizes, parametersOf(sizes), { ids, length: ids.length }).attention;
const logitsOf = (sizes: Float64Model, parameters: Float64Array, ids: readonly number[] = IDS): Float64Array =>
  float64Logits(sizes, parameters, { ids, length: ids.length }).logits;

/** Copies a group's values to where another model has it. */
function copyGroup(name: string, from: Float64Model, values: Float64Array, to: Float64Model, into: Float64Array): void {
  const source = float64Groups(from).find((group) => group.name === name);
  const target = float64Groups(to).find((group) => group.name === name);
  if (source && target) into.set(values.subarray(source.offset, source.offset + source.size), target.offset);
}

describe('parameters', () => {
  const namesOf = (changes: Partial<ModelConfig>): string[] => float64Groups(sizesOf(changes)).map(({ name }) => name);
  const shapeOf = (name: string, changes: Partial<ModelConfig>): readonly number[] | undefined =>
    float64Groups(sizesOf(changes)).find((group) => group.name === name)?.shape;

  it('are those of GPT-3 unless a switch says otherwise', () => {
    expect(namesOf({ nLayer: 1 })).toEqual([
      'tokenEmbedding',
      'positionEmbedding',
      ...['norm1Gain', 'norm1Bias', 'qkvWeight', 'qkvBias', 'projectionWeight', 'projectionBias'].map(ofBlock),
      ...['norm2Gain', 'norm2Bias', 'expandWeight', 'expandBias', 'contractWeight', 'contractBias'].map(ofBlock),
      'finalNormGain',
      'finalNormBias',
    ]);
  });

  it('are as many and as large as each switch says', () => {
    expect(namesOf({ positions: 'rotary' })).not.toContain('positionEmbedding');
    expect(namesOf({ norm: 'rms' }).filter((name) => /orm.*Bias/.test(name))).toEqual([]);
    expect(namesOf({ norm: 'rms' })).toContain('blocks.1.qkvBias');
    expect(namesOf({ biases: false, tiedOutput: false }).filter((name) => name.endsWith('Bias'))).toEqual([]);
    expect(namesOf({ tiedOutput: false }).slice(-2)).toEqual(['outputWeight', 'outputBias']);
    expect(shapeOf('outputWeight', { tiedOutput: false })).toEqual([16, VOCAB_SIZE]);
    expect(shapeOf('blocks.0.qkvWeight', { nKeyValueHead: 1 })).toEqual([16, 6 * 4]);
    expect(shapeOf('blocks.0.qkvWeight', { nKeyValueHead: 4 })).toEqual([16, 12 * 4]);
    expect(shapeOf('blocks.0.expandWeight', { activation: 'swiglu' })).toEqual([16, 2 * 44]);
    expect(shapeOf('blocks.0.contractWeight', { activation: 'swiglu' })).toEqual([44, 16]);
  });

  it('must be as many as the model has', () => {
    const sizes = sizesOf();
    expect(() => logitsOf(sizes, parametersOf(sizes).subarray(1))).toThrow(RangeError);
    expect(() => logitsOf(sizes, parametersOf(sizes), [VOCAB_SIZE])).toThrow('There is no token 7.');
  });
});
const ofBlock = (name: string): string => `blocks.0.${name}`;

describe('attention', () => {
  it.each([
    { name: 'itself and before', changes: {}, sees: (t: number, s: number) => s <= t },
    { name: 'all, not causal', changes: { causal: false }, sees: () => true },
    {
      name: 'in every second layer those near',
      changes: { band: 2 },
      sees: (t: number, s: number, layer: number) => s <= t && (layer === 0 || t - s < 2),
    },
    {
      name: 'those near on both sides',
      changes: { band: 3, causal: false },
      sees: (t: number, s: number, layer: number) => layer === 0 || Math.abs(t - s) < 3,
    },
  ])('sees $name', ({ changes, sees }) => {
    attentionOf(sizesOf(changes)).forEach((weights, layer) => {
      expect(weights.length).toBe(4 * LENGTH * LENGTH);
      weights.forEach((weight, i) => {
        expect(weight > 0).toBe(sees(Math.floor(i / LENGTH) % LENGTH, i % LENGTH, layer));
      });
      for (let row = 0; row < 4 * LENGTH; row++) {
        const sum = weights.subarray(row * LENGTH, (row + 1) * LENGTH).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(1, 12);
      }
    });
  });

  it('with a band as long as the context is dense', () => {
    const parameters = parametersOf(sizesOf());
    expect(logitsOf(sizesOf({ band: LENGTH }), parameters)).toEqual(logitsOf(sizesOf(), parameters));
    expect(logitsOf(sizesOf({ band: LENGTH - 1 }), parameters)).not.toEqual(logitsOf(sizesOf(), parameters));
  });

  it('that shares key and value heads is one whose heads are equal', () => {
    const shared = sizesOf({ nKeyValueHead: 2 });
    const whole = sizesOf();
    const few = parametersOf(shared);
    const many = new Float64Array(float64Size(whole));
    for (const { name } of float64Groups(whole)) copyGroup(name, shared, few, whole, many);
    // Columns of queries stay; head h takes the keys and values of head ⌊h/2⌋.
    const columnOf = (column: number): number => {
      if (column < 16) return column;
      const [part, within] = [Math.floor(column / 16), column % 16];
      return 16 + (part - 1) * 8 + Math.floor(within / 8) * 4 + (within % 4);
    };
    const of = (sizes: Float64Model, name: string): { offset: number; size: number } =>
      float64Groups(sizes).find((group) => group.name === name) ?? { offset: 0, size: 0 };
    for (const name of ['blocks.0.qkvWeight', 'blocks.0.qkvBias', 'blocks.1.qkvWeight', 'blocks.1.qkvBias']) {
      const [source, target] = [of(shared, name), of(whole, name)];
      for (let i = 0; i < target.size; i++) {
        const place = Math.floor(i / 48) * 32 + columnOf(i % 48);
        many[target.offset + i] = few[source.offset + place] ?? Number.NaN;
      }
    }
    expect(largestDeviation(logitsOf(whole, many), logitsOf(shared, few))).toBeLessThan(1e-13);
  });
});

describe('positions', () => {
  /** Whether exchanging two earlier tokens changes what the last one gives. */
  const feelsOrder = (changes: Partial<ModelConfig>): boolean => {
    const sizes = sizesOf({ nLayer: 1, ...changes });
    const parameters = parametersOf(sizes);
    const lastRow = (ids: readonly number[]): Float64Array => logitsOf(sizes, parameters, ids).slice(-VOCAB_SIZE);
    return largestDeviation(lastRow([1, 3, 4, 2]), lastRow([3, 1, 4, 2])) > 1e-9;
  };
  it.each(['learned', 'sinusoidal', 'rotary', 'alibi'] as const)('as %s tell the order of tokens', (positions) => {
    expect(feelsOrder({ positions })).toBe(true);
  });
  it('that are absent do not', () => expect(feelsOrder({ positions: 'none' })).toBe(false));

  it('as rotations and slopes count only by their distance', () => {
    for (const positions of ['rotary', 'alibi'] as const) {
      const sizes = sizesOf({ nLayer: 1, positions });
      // The same five tokens one place further on: ratios of weights among them stay.
      const [early = new Float64Array()] = attentionOf(sizes, [1, 4, 2, 5, 3]);
      const [late = new Float64Array()] = attentionOf(sizes, [6, 1, 4, 2, 5, 3]);
      const ratio = (weights: Float64Array, size: number, t: number): number =>
        (weights[t * size + t] ?? 0) / (weights[t * size + t - 2] ?? 0);
      expect(ratio(late, 6, 5)).toBeCloseTo(ratio(early, 5, 4), 12);
    }
  });

  it('as sinusoids are those of the paper, and as slopes halve from head to head', () => {
    const table = sinusoids(3, 4, 3);
    expect([...table.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    expect([...table.subarray(8, 12)]).toEqual([Math.sin(2), Math.cos(2), Math.sin(0.02), Math.cos(0.02)]);
    expect(Array.from({ length: 8 }, (_, head) => alibiSlope(head, 8))).toEqual(
      Array.from({ length: 8 }, (_, head) => 2 ** -(head + 1)),
    );
  });
});

describe('norms', () => {
  it.each(['pre', 'post'] as const)('placed %s: a first layer that ends in a norm of nothing', (normPlacement) => {
    const sizes = sizesOf({ normPlacement, biases: false });
    const parameters = parametersOf(sizes);
    const gain = float64Groups(sizes).find(({ name }) => name === 'blocks.0.norm2Gain');
    parameters.fill(0, gain?.offset, (gain?.offset ?? 0) + (gain?.size ?? 0));
    const [, second = new Float64Array()] = float64Logits(sizes, parameters, { ids: IDS, length: LENGTH }).attention;
    // After the sum it takes the whole stream away, so that the next layer can prefer no token; before, one branch.
    const uniform = second.every((weight, i) => {
      const [t, s] = [Math.floor(i / LENGTH) % LENGTH, i % LENGTH];
      return Math.abs(weight - (s <= t ? 1 / (t + 1) : 0)) < 1e-12;
    });
    expect(uniform).toBe(normPlacement === 'post');
  });

  it('as RMS do not take the mean away', () => {
    const sizes = sizesOf({ norm: 'rms', nLayer: 1, biases: false });
    const parameters = parametersOf(sizes);
    const sumOfLast = (): number => {
      const ones = { ...sizes, model: { ...sizes.model, tiedOutput: false } };
      const values = new Float64Array(float64Size(ones));
      for (const { name } of float64Groups(sizes)) copyGroup(name, sizes, parameters, ones, values);
      values.fill(1, float64Size(sizes));
      return Math.max(...logitsOf(ones, values).map(Math.abs));
    };
    expect(sumOfLast()).toBeGreaterThan(0.1);
  });
});

describe('the activation', () => {
  it('by the normal distribution agrees with tables of the error function', () => {
    expect(erf(0.5)).toBeCloseTo(0.520_499_877_813_046_5, 15);
    expect(erf(1)).toBeCloseTo(0.842_700_792_949_714_9, 15);
    expect(erf(-2)).toBeCloseTo(-0.995_322_265_018_952_7, 15);
    expect(erf(3)).toBeCloseTo(0.999_977_909_503_001_4, 15);
    // The two ways of computing it meet.
    expect(erf(2.5 - 1e-12)).toBeCloseTo(erf(2.5), 11);
    const slope = differenceGradient(([x = 0]) => erf(x), Float64Array.of(2.5), 1e-4);
    expect(slope[0]).toBeCloseTo((2 / Math.sqrt(Math.PI)) * Math.exp(-6.25), 8);
    expect([erf(0), erf(40), erf(-40)]).toEqual([0, 1, -1]);
    expect(erf(Number.NaN)).toBeNaN();
  });
});

describe('a prediction', () => {
  const every = sizesOf();
  const parameters = parametersOf(every);
  const rowsOf = (changes: Partial<ModelConfig>): Float64Array => logitsOf(sizesOf(changes), parameters);

  it('from the last token is the last of all, with the last of the targets', () => {
    expect(rowsOf({ prediction: 'last' })).toEqual(rowsOf({}).slice(-VOCAB_SIZE));
    const { loss } = float64Loss(sizesOf({ prediction: 'last' }), parameters, BATCH);
    const other = { ...BATCH, targets: [0, 0, 0, 0, 0, 6] };
    expect(float64Loss(sizesOf({ prediction: 'last' }), parameters, other).loss).toBe(loss);
    expect(float64Loss(every, parameters, other).loss).not.toBe(float64Loss(every, parameters, BATCH).loss);
  });

  it('from the mean is that of all with a linear output', () => {
    const all = rowsOf({});
    const mean = Array.from({ length: VOCAB_SIZE }, (_, id) =>
      Array.from({ length: LENGTH }, (_, t) => (all[t * VOCAB_SIZE + id] ?? 0) / LENGTH).reduce((a, b) => a + b, 0),
    );
    expect(largestDeviation(rowsOf({ prediction: 'mean' }), mean)).toBeLessThan(1e-13);
  });
});

describe('the objective', () => {
  const sizes = sizesOf({ nLayer: 1 });
  const parameters = parametersOf(sizes);
  it('adds the mean squared log-sum-exp and spreads targets as it is told', () => {
    const { logits, loss } = float64Loss(sizes, parameters, BATCH);
    const rows = Array.from({ length: LENGTH }, (_, t) => [...logits.subarray(t * VOCAB_SIZE, (t + 1) * VOCAB_SIZE)]);
    const sums = rows.map((row) => Math.log(row.reduce((sum, score) => sum + Math.exp(score), 0)));
    const squares = sums.reduce((sum, z) => sum + z * z, 0) / LENGTH;
    const spread =
      rows.reduce((sum, row, t) => sum + row.reduce((part, score) => part + (sums[t] ?? 0) - score, 0), 0) /
      (LENGTH * VOCAB_SIZE);
    const weighed = float64Loss(sizes, parameters, BATCH, { zLoss: 0.1, labelSmoothing: 0.2 });
    expect(weighed.loss).toBe(loss);
    expect(weighed.objective).toBeCloseTo(0.8 * loss + 0.2 * spread + 0.1 * squares, 12);
    expect(float64Loss(sizes, parameters, BATCH).objective).toBeCloseTo(loss, 14);
  });

  it('has a gradient that leaves out tokens and positions that do not occur', () => {
    const untied = sizesOf({ nLayer: 1, tiedOutput: false, contextLength: 9 });
    const { gradient } = float64Gradient(untied, parametersOf(untied), BATCH);
    const [tokens, positions] = float64Groups(untied);
    for (let id = 0; id < VOCAB_SIZE; id++) {
      const row = gradient.subarray((tokens?.offset ?? 0) + id * 16, (tokens?.offset ?? 0) + (id + 1) * 16);
      expect(row.some((value) => value !== 0)).toBe(IDS.includes(id));
    }
    for (let t = 0; t < 9; t++) {
      const start = (positions?.offset ?? 0) + t * 16;
      expect(gradient.subarray(start, start + 16).some((value) => value !== 0)).toBe(t < LENGTH);
    }
  });
});
