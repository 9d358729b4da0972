// What the experiment's figures say, in words: every case of the sentences, from figures made up for it.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../config/runConfig.ts';
import type { AttentionLayer } from '../../protocol/messages.ts';
import type { Experiment } from '../../state/experimentStore.ts';
import { experimentVariants, VARIANT_IDS, type VariantId } from '../../state/experimentVariants.ts';
import { experimentCsv } from './experimentCsv.ts';
import { measuredSteps, plottedLosses } from './experimentPlot.ts';
import { choiceEffects, lastFigures, overallVerdict, verdictOf } from './experimentVerdicts.ts';
import { lookAhead } from './lookAhead.ts';
import { VARIANT_LOOKS } from './variantLooks.ts';

type Losses = readonly [trainingLoss: number, comparableLoss: number];
const USUAL: Readonly<Record<VariantId, Losses>> = {
  gpt3: [1.5, 1.6],
  'blog-last': [5.1, 5],
  'blog-mean': [5, 4.7],
  'gpt3-unmasked': [0.4, 2.9],
};

function experiment(losses: Partial<Record<VariantId, Losses>> = {}, changes: Partial<Experiment> = {}): Experiment {
  const settings = { steps: 100, rates: 'same', size: 'draft' } as const;
  const text = { trainTokens: 50_000, vocabSize: 1024 };
  const points = ([trainingLoss, comparableLoss]: Losses) => [
    { step: 0, trainingLoss: null, comparableLoss: 6.9 },
    { step: 100, trainingLoss, comparableLoss },
  ];
  return {
    settings,
    variants: experimentVariants(DEFAULT_CONFIG, settings, text),
    plan: {
      textName: 'Tiny tales',
      vocabSize: 1024,
      steps: 100,
      tokensPerStep: 512,
      windows: 256,
      windowLength: 64,
      uniformLoss: 6.93,
      unigramLoss: 4.9,
      prompt: 'Once',
      promptTokens: [],
      parameterCounts: [{ variant: 'gpt3', count: 169_728 }],
    },
    results: Object.fromEntries(
      VARIANT_IDS.map((id) => [
        id,
        { points: points(losses[id] ?? USUAL[id]), samples: [], attention: [], divergedAt: undefined },
      ]),
    ),
    status: 'done',
    seconds: 60,
    ...changes,
  };
}
const look = (id: VariantId) => VARIANT_LOOKS.find((candidate) => candidate.id === id)!;
const verdict = (of: Experiment, id: VariantId) => verdictOf(of, look(id));

describe('verdictOf', () => {
  it('says by how much the paper’s recipe is better or worse', () => {
    expect(verdict(experiment(), 'gpt3')).toBe(
      '1.60 nats: 3.40 lower than (a) last, 3.10 lower than (b) mean, 1.30 lower than no mask.',
    );
    expect(verdict(experiment({ 'blog-last': [1.2, 1.2], 'blog-mean': [1.6, 1.62] }), 'gpt3')).toBe(
      '1.60 nats: 0.40 higher than (a) last, about as high as (b) mean, 1.30 lower than no mask.',
    );
  });

  it('says how often the blog’s models were asked, and where guessing by frequency is better', () => {
    expect(verdict(experiment(), 'blog-last')).toBe(
      '5.00 nats, 3.40 higher than GPT-3’s recipe. From the same 51,200 tokens it was asked 800 times, GPT-3’s recipe ' +
        '51,200 times. It is still worse than guessing by how often tokens occur (4.90).',
    );
    expect(verdict(experiment(), 'blog-mean')).not.toContain('still worse');
  });

  it('names a learning rate that is lower than the paper’s', () => {
    const own = experiment();
    const variants = experimentVariants(DEFAULT_CONFIG, { ...own.settings, rates: 'own' }, undefined);
    expect(verdict({ ...own, variants }, 'blog-last')).toMatch(/Its own learning rate is \d+ times lower\.$/);
    expect(verdict(own, 'blog-last')).not.toContain('learning rate');
  });

  it('tells a copied answer by the gap that the masked model does not have', () => {
    expect(verdict(experiment(), 'gpt3-unmasked')).toBe(
      'Training loss 0.40, but 2.90 nats where the answer is not in view: it learnt to copy the answer that is in view.',
    );
    expect(verdict(experiment({ 'gpt3-unmasked': [2.6, 2.8] }), 'gpt3-unmasked')).toContain('has not found the answer');
    // A model that only learns by heart has the gap, too.
    const byHeart = experiment({ gpt3: [0.5, 3], 'gpt3-unmasked': [0.4, 3] });
    expect(verdict(byHeart, 'gpt3-unmasked')).toContain('has not found the answer');
  });

  it('says where training broke down, and nothing before the first step', () => {
    const { results } = experiment();
    const broken = { ...results, 'blog-mean': { ...results['blog-mean']!, divergedAt: 42 } };
    expect(verdict(experiment({}, { results: broken }), 'blog-mean')).toContain('broke down at step 42');
    const fresh = Object.fromEntries(
      Object.entries(results).map(([id, result]) => [id, { ...result, points: result.points.slice(0, 1) }]),
    );
    for (const id of VARIANT_IDS) expect(verdict(experiment({}, { results: fresh }), id)).toBeUndefined();
    expect(overallVerdict(experiment({}, { results: fresh }))).toBeUndefined();
    expect(choiceEffects(experiment({}, { results: fresh }))).toEqual([]);
    expect(overallVerdict(experiment({}, { results: {} }))).toBeUndefined();
  });
});

describe('overallVerdict and choiceEffects', () => {
  it('name the best, whichever it is, and whether it is final', () => {
    expect(overallVerdict(experiment())).toBe(
      'At equal tokens, GPT-3’s recipe predicts best: 1.60 nats; (a) last 5.00, (b) mean 4.70, no mask 2.90.',
    );
    expect(overallVerdict(experiment({ 'blog-last': [1, 1] }, { status: 'stopped' }))).toBe(
      'So far, at step 100, (a) Blog model, last position predicts best: 1.00 nats; GPT-3 1.60, (b) mean 4.70, no mask 2.90.',
    );
  });

  it('leave out models whose training broke down, and name them', () => {
    const brokenAt = (steps: Partial<Record<VariantId, number>>) => {
      const { results } = experiment();
      return experiment(
        {},
        {
          results: Object.fromEntries(
            VARIANT_IDS.map((id) => [
              id,
              steps[id] === undefined ? results[id]! : { ...results[id]!, divergedAt: steps[id] },
            ]),
          ),
        },
      );
    };
    expect(overallVerdict(brokenAt({ gpt3: 42, 'blog-mean': 60 }))).toBe(
      'At equal tokens, GPT-3 without its mask predicts best: 2.90 nats; (a) last 5.00. ' +
        'Left out, as training broke down: GPT-3 at step 42, (b) mean at step 60.',
    );
    expect(overallVerdict(brokenAt({ gpt3: 1, 'blog-mean': 2, 'blog-last': 3 }))).toMatch(
      /^Only GPT-3 without its mask is left: 2\.90 nats\. Left out/,
    );
    expect(overallVerdict(brokenAt({ gpt3: 1, 'blog-mean': 2, 'blog-last': 3, 'gpt3-unmasked': 4 }))).toMatch(
      /^There is nothing to compare\. Left out.*no mask at step 4\.$/,
    );
    // One that broke down before it was measured keeps the others from nothing.
    const { results } = experiment();
    const early = { ...results, 'blog-last': { ...results['blog-last']!, points: [], divergedAt: 3 } };
    expect(overallVerdict(experiment({}, { results: early }))).toContain('GPT-3’s recipe predicts best');
  });

  it('go from the paper’s recipe to the blog’s, choice by choice', () => {
    expect(choiceEffects(experiment({ 'blog-mean': [5, 5.02] }))).toEqual([
      'No mask: 1.30 higher (1.60 → 2.90).',
      'One target per window, with post-norm, sinusoids, dropout and plain Adam: 2.10 higher (2.90 → 5.00).',
      'The mean of all positions instead of the last, with ReLU: about the same (5.00 → 5.02).',
    ]);
  });
});

it('figures count tokens and questions', () => {
  expect(lastFigures(experiment(), 'gpt3')).toMatchObject({ tokens: 51_200, questions: 51_200, trainingLoss: 1.5 });
  expect(lastFigures(experiment(), 'blog-mean')).toMatchObject({ tokens: 51_200, questions: 800 });
  expect(lastFigures(experiment(), 'gpt3')?.perplexity).toBeCloseTo(Math.exp(1.6), 9);
});

it('plots have every step, with gaps where a model has none', () => {
  const { results } = experiment();
  const ahead = {
    ...results['gpt3']!,
    points: [...results['gpt3']!.points, { step: 110, trainingLoss: 1, comparableLoss: 1.5 }],
  };
  const of = experiment({}, { results: { ...results, gpt3: ahead } });
  expect(measuredSteps(of)).toEqual([0, 100, 110]);
  const [steps, paper, last] = plottedLosses(of, 'comparableLoss');
  expect([steps, paper, last]).toEqual([
    [0, 100, 110],
    [6.9, 1.6, 1.5],
    [6.9, 5, null],
  ]);
  expect(plottedLosses(of, 'trainingLoss')[1]).toEqual([null, 1.5, 1]);
});

it('CSV has a line for each measurement of each model', () => {
  const lines = experimentCsv(experiment()).trimEnd().split('\r\n');
  expect(lines).toHaveLength(9);
  const [header = '', ...rows] = lines.map((line) => line.split(','));
  expect(rows.every(({ length }) => length === header.length)).toBe(true);
  expect(rows[0]?.slice(0, 5)).toEqual(['gpt3', '0', '0', '', '6.9']);
  expect(rows[1]?.slice(0, 6)).toEqual(['gpt3', '100', '51200', '1.5', '1.6', '4.953032']);
  expect(rows[1]?.[7]).toBe('169728');
});

it('attention ahead is that on later tokens, and on the very next one', () => {
  const layer: AttentionLayer = {
    layer: 0,
    nHead: 1,
    size: 3,
    offset: 0,
    causal: false,
    band: 0,
    weights: Float32Array.of(0.25, 0.25, 0.5, 0, 0.5, 0.5, 0, 0, 1),
    step: 1,
  };
  expect(lookAhead(layer)).toEqual({ later: 0.625, next: 0.375 });
  expect(lookAhead({ ...layer, size: 1, weights: Float32Array.of(1) })).toEqual({ later: 0, next: 0 });
});
