// The double-precision model's own gradient against finite differences of its own loss: with every switch, every pair of
// switches, and dropout. Nothing here runs on tensors.
import { describe, expect, it } from 'vitest';
import { changed, CHOICES, pairsOf, type Choice } from '../../scripts/switchChoices.ts';
import { differenceGradient, largestDeviation } from '../ops/testing/deviation.ts';
import { Random } from '../random/random.ts';
import type { Float64Masks } from './decoder.ts';
import { float64Gradient, float64Loss, type Float64Batch } from './float64Model.ts';
import type { Float64Objective } from './objective.ts';
import { float64Groups, float64Size, type Float64Model } from './parameters.ts';

const VOCAB_SIZE = 5;
const LENGTH = 4;
const BATCH = 2;
const STEP = 1e-6;

interface Case {
  readonly sizes: Float64Model;
  readonly weights: Float64Objective;
  readonly parameters: Float64Array;
  readonly batch: Float64Batch;
}

/** Factors like dropout's, a quarter of them 0. */
function someMasks({ model }: Float64Model): Float64Masks {
  const random = new Random(71);
  const draw = (size: number): Float64Array =>
    Float64Array.from({ length: size }, () => (random.uniform() < 0.25 ? 0 : 4 / 3));
  const perLayer = (size: number): Float64Array[] => Array.from({ length: model.nLayer }, () => draw(size));
  const stream = BATCH * LENGTH * model.nEmbd;
  return {
    embedding: draw(stream),
    attention: perLayer(BATCH * model.nHead * LENGTH ** 2),
    mixed: perLayer(stream),
    contracted: perLayer(stream),
  };
}

function caseOf(...choices: readonly Choice[]): Case {
  const { model, objective: weights } = changed(...choices);
  const sizes = { model, vocabSize: VOCAB_SIZE };
  const random = new Random(72);
  const parameters = Float64Array.from(
    float64Groups(sizes).flatMap(({ name, size }) =>
      Array.from({ length: size }, () => (name.endsWith('Gain') ? 1 : 0) + 0.4 * random.normal()),
    ),
  );
  const draw = (): Int32Array => Int32Array.from({ length: BATCH * LENGTH }, () => random.integer(VOCAB_SIZE));
  const masks = model.dropout > 0 ? someMasks(sizes) : undefined;
  const batch = { ids: draw(), targets: draw(), length: LENGTH, ...(masks && { masks }) };
  return { sizes, weights, parameters, batch };
}

describe('the gradient in double precision', () => {
  it.each([[], ...CHOICES.map((choice) => [choice])].map((choices) => ({ choices, name: nameOf(choices) })))(
    'is that of finite differences in every entry: $name',
    ({ choices }) => {
      const { sizes, weights, parameters, batch } = caseOf(...choices);
      const { gradient, objective } = float64Gradient(sizes, parameters, batch, weights);
      const valueOf = (p: Float64Array): number => float64Loss(sizes, p, batch, weights).objective;
      expect(objective).toBe(valueOf(parameters));
      const numeric = differenceGradient(valueOf, parameters, STEP);
      for (const { name, offset, size } of float64Groups(sizes)) {
        const part = (values: Float64Array): Float64Array => values.subarray(offset, offset + size);
        // A group that nothing depends on would prove nothing.
        expect(Math.max(...part(numeric).map(Math.abs)), name).toBeGreaterThan(1e-4);
        expect(largestDeviation(part(gradient), part(numeric)), name).toBeLessThan(1e-6);
      }
    },
  );

  it.each(pairsOf(CHOICES).map((choices) => ({ choices, name: nameOf(choices) })))(
    'is that of finite differences along random directions of every group: $name',
    ({ choices }) => {
      const { sizes, weights, parameters, batch } = caseOf(...choices);
      const { gradient } = float64Gradient(sizes, parameters, batch, weights);
      expect(gradient.length).toBe(float64Size(sizes));
      const valueOf = (p: Float64Array): number => float64Loss(sizes, p, batch, weights).objective;
      const random = new Random(73);
      for (const { name, offset, size } of float64Groups(sizes)) {
        const direction = Float64Array.from({ length: size }, () => random.normal());
        const moved = (step: number): Float64Array =>
          parameters.map((value, i) => value + step * (direction[i - offset] ?? 0));
        const numeric = (valueOf(moved(STEP)) - valueOf(moved(-STEP))) / (2 * STEP);
        const along = direction.reduce((sum, part, i) => sum + part * (gradient[offset + i] ?? Number.NaN), 0);
        const length = Math.hypot(...gradient.subarray(offset, offset + size));
        expect(Math.abs(along - numeric), name).toBeLessThan(1e-6 * length + 1e-8);
      }
    },
  );
});

function nameOf(choices: readonly Choice[]): string {
  return choices.length === 0 ? 'GPT-3' : choices.map(({ name }) => name).join(', ');
}
