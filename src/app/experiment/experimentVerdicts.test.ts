// What the experiment's figures say, in words: every case of the sentences, from figures made up for it.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../config/runConfig.ts';
import type { AttentionLayer } from '../../protocol/messages.ts';
import type { Experiment } from '../../state/experimentStore.ts';
import { experimentVariants, VARIANT_IDS, type VariantId } from '../../state/experimentVariants.ts';
import { experimentCsv } from './experimentCsv.ts';
import { VERDICT_COPY } from './experimentCopy.ts';
import { measuredSteps, plottedLosses } from './experimentPlot.ts';
import { choiceEffects, lastFigures, overallVerdict, verdictOf } from './experimentVerdicts.ts';
import { laterAttention } from './laterAttention.ts';
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
    const { lower, higher, same } = VERDICT_COPY;
    const names = [look('blog-last').short, look('blog-mean').short, look('gpt3-unmasked').short];
    const compared = (...words: string[]) =>
      `${VERDICT_COPY.loss('1.60')}: ${words.map((word, at) => `${word} ${names[at]}`).join(', ')}.`;
    expect(verdict(experiment(), 'gpt3')).toBe(compared(lower('3.40'), lower('3.10'), lower('1.30')));
    expect(verdict(experiment({ 'blog-last': [1.2, 1.2], 'blog-mean': [1.6, 1.62] }), 'gpt3')).toBe(
      compared(higher('0.40'), same, lower('1.30')),
    );
  });

  it('counts what the blog’s models learned from, and says where the token-frequency loss is better', () => {
    expect(verdict(experiment(), 'blog-last')).toBe(
      [
        VERDICT_COPY.against(VERDICT_COPY.loss('5.00'), VERDICT_COPY.higher('3.40')),
        VERDICT_COPY.predictions('51,200', '800', '51,200'),
        VERDICT_COPY.worseThanBaseline('4.90'),
      ].join(' '),
    );
    expect(verdict(experiment(), 'blog-mean')).not.toContain(VERDICT_COPY.worseThanBaseline('4.90'));
  });

  it('names a learning rate that is lower than the paper’s', () => {
    const own = experiment();
    const variants = experimentVariants(DEFAULT_CONFIG, { ...own.settings, rates: 'own' }, undefined);
    const [paper, blog] = variants.map(({ config }) => config.training.learningRate);
    const times = VERDICT_COPY.lowerRate(String(Math.round(paper! / blog!)));
    expect(verdict({ ...own, variants }, 'blog-last')).toContain(times);
    expect(verdict(own, 'blog-last')).not.toContain(VERDICT_COPY.lowerRate('').slice(0, 20));
  });

  it('tells a copied answer by the gap that the masked model does not have', () => {
    expect(verdict(experiment(), 'gpt3-unmasked')).toBe(VERDICT_COPY.copied('0.40', '2.90'));
    expect(verdict(experiment({ 'gpt3-unmasked': [2.6, 2.8] }), 'gpt3-unmasked')).toBe(
      VERDICT_COPY.notCopied('2.60', '2.80'),
    );
    // A model that only memorises has the gap, too.
    const memorised = experiment({ gpt3: [0.5, 3], 'gpt3-unmasked': [0.4, 3] });
    expect(verdict(memorised, 'gpt3-unmasked')).toBe(VERDICT_COPY.notCopied('0.40', '3.00'));
  });

  it('says where training failed, and nothing before the first step', () => {
    const { results } = experiment();
    const broken = { ...results, 'blog-mean': { ...results['blog-mean']!, divergedAt: 42 } };
    expect(verdict(experiment({}, { results: broken }), 'blog-mean')).toBe(VERDICT_COPY.diverged('42'));
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
  const { best, loss, final, soFar, leftOut, atStep, only, nothing } = VERDICT_COPY;
  const others = (...losses: readonly (readonly [VariantId, string])[]) =>
    losses.map(([id, nats]) => `${look(id).short} ${nats}`).join(', ');

  it('name the best, whichever it is, and whether it is final', () => {
    expect(overallVerdict(experiment())).toBe(
      best(
        final,
        look('gpt3').name,
        loss('1.60'),
        others(['blog-last', '5.00'], ['blog-mean', '4.70'], ['gpt3-unmasked', '2.90']),
      ),
    );
    expect(overallVerdict(experiment({ 'blog-last': [1, 1] }, { status: 'stopped' }))).toBe(
      best(
        soFar('100'),
        look('blog-last').name,
        loss('1.00'),
        others(['gpt3', '1.60'], ['blog-mean', '4.70'], ['gpt3-unmasked', '2.90']),
      ),
    );
  });

  it('leave out models whose training failed, and name them', () => {
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
    const failed = (...steps: readonly (readonly [VariantId, string])[]) =>
      leftOut(steps.map(([id, step]) => atStep(look(id).short, step)).join(', '));
    expect(overallVerdict(brokenAt({ gpt3: 42, 'blog-mean': 60 }))).toBe(
      best(final, look('gpt3-unmasked').name, loss('2.90'), others(['blog-last', '5.00'])) +
        failed(['gpt3', '42'], ['blog-mean', '60']),
    );
    expect(overallVerdict(brokenAt({ gpt3: 1, 'blog-mean': 2, 'blog-last': 3 }))).toBe(
      only(look('gpt3-unmasked').name, loss('2.90')) + failed(['gpt3', '1'], ['blog-last', '3'], ['blog-mean', '2']),
    );
    expect(overallVerdict(brokenAt({ gpt3: 1, 'blog-mean': 2, 'blog-last': 3, 'gpt3-unmasked': 4 }))).toBe(
      nothing + failed(['gpt3', '1'], ['blog-last', '3'], ['blog-mean', '2'], ['gpt3-unmasked', '4']),
    );
    // One that failed before it was measured keeps the others from nothing.
    const { results } = experiment();
    const early = { ...results, 'blog-last': { ...results['blog-last']!, points: [], divergedAt: 3 } };
    expect(overallVerdict(experiment({}, { results: early }))).toContain(`${look('gpt3').name} `);
  });

  it('go from the paper’s recipe to the blog’s, choice by choice', () => {
    const { choices, effect, effectHigher, effectSame } = VERDICT_COPY;
    expect(choiceEffects(experiment({ 'blog-mean': [5, 5.02] }))).toEqual([
      effect(choices.mask, effectHigher('1.30'), '1.60', '2.90'),
      effect(choices.oneTarget, effectHigher('2.10'), '2.90', '5.00'),
      effect(choices.mean, effectSame, '5.00', '5.02'),
    ]);
  });
});

it('figures count tokens and predictions', () => {
  expect(lastFigures(experiment(), 'gpt3')).toMatchObject({ tokens: 51_200, predictions: 51_200, trainingLoss: 1.5 });
  expect(lastFigures(experiment(), 'blog-mean')).toMatchObject({ tokens: 51_200, predictions: 800 });
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
  expect(laterAttention(layer)).toEqual({ later: 0.625, next: 0.375 });
  expect(laterAttention({ ...layer, size: 1, weights: Float32Array.of(1) })).toEqual({ later: 0, next: 0 });
});
