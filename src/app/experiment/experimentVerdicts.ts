// What the experiment found, in sentences made of its figures alone: one for each model, and one for the whole.
import { resultOf, type Experiment } from '../../state/experimentStore.ts';
import type { VariantId } from '../../state/experimentVariants.ts';
import { formatCount } from '../formatNumber.ts';
import { VERDICT_COPY } from './experimentCopy.ts';
import { VARIANT_LOOKS, type VariantLook } from './variantLooks.ts';

/** A difference below this is within what another seed would change. */
const NOTICEABLE = 0.05;
/** The gap between training loss and comparable loss that, beyond the masked model's own, tells of an answer in view. */
const COPYING = 0.3;

/** The last figures of a model, with what they took. */
export interface LastFigures {
  readonly step: number;
  readonly comparableLoss: number;
  readonly trainingLoss: number | undefined;
  readonly perplexity: number;
  /** Tokens read, and how many predictions they were trained with. */
  readonly tokens: number;
  readonly predictions: number;
}

/** @returns undefined before the model's first point */
export function lastFigures(experiment: Experiment, id: VariantId): LastFigures | undefined {
  const point = resultOf(experiment, id).points.at(-1);
  const config = experiment.variants.find((variant) => variant.id === id)?.config;
  if (point === undefined || config === undefined) return undefined;
  const { step, comparableLoss, trainingLoss } = point;
  const tokens = step * experiment.plan.tokensPerStep;
  return {
    step,
    comparableLoss,
    trainingLoss: trainingLoss ?? undefined,
    perplexity: Math.exp(comparableLoss),
    tokens,
    predictions: config.model.prediction === 'every' ? tokens : step * config.training.batchSize,
  };
}

const nats = (loss: number): string => loss.toFixed(2);

/** "3.10 lower than", "about the same as". */
function compared(loss: number, other: number): string {
  const difference = loss - other;
  if (Math.abs(difference) < NOTICEABLE) return VERDICT_COPY.same;
  const size = nats(Math.abs(difference));
  return difference < 0 ? VERDICT_COPY.lower(size) : VERDICT_COPY.higher(size);
}

/** What a model's figures say; undefined before its first step is measured. */
export function verdictOf(experiment: Experiment, { id }: VariantLook): string | undefined {
  const { divergedAt } = resultOf(experiment, id);
  if (divergedAt !== undefined) {
    return VERDICT_COPY.diverged(formatCount(divergedAt));
  }
  const own = lastFigures(experiment, id);
  if (own === undefined || own.step === 0) return undefined;
  if (id === 'gpt3') return paperVerdict(experiment, own);
  return id === 'gpt3-unmasked' ? unmaskedVerdict(experiment, own) : blogVerdict(experiment, id, own);
}

function paperVerdict(experiment: Experiment, own: LastFigures): string {
  const others = VARIANT_LOOKS.filter(({ id }) => id !== 'gpt3').flatMap(({ id, short }) => {
    const figures = lastFigures(experiment, id);
    return figures?.step === own.step ? [`${compared(own.comparableLoss, figures.comparableLoss)} ${short}`] : [];
  });
  const sentence = VERDICT_COPY.loss(nats(own.comparableLoss));
  return others.length === 0 ? `${sentence}.` : `${sentence}: ${others.join(', ')}.`;
}

function blogVerdict(experiment: Experiment, id: VariantId, own: LastFigures): string {
  const paper = lastFigures(experiment, 'gpt3');
  const loss = VERDICT_COPY.loss(nats(own.comparableLoss));
  const sentences = [`${loss}.`];
  if (paper?.step === own.step) {
    sentences[0] = VERDICT_COPY.against(loss, compared(own.comparableLoss, paper.comparableLoss));
    sentences.push(
      VERDICT_COPY.predictions(formatCount(own.tokens), formatCount(own.predictions), formatCount(paper.predictions)),
    );
  }
  const { unigramLoss } = experiment.plan;
  if (own.comparableLoss > unigramLoss) {
    sentences.push(VERDICT_COPY.worseThanBaseline(nats(unigramLoss)));
  }
  const [paperRate, ownRate] = ['gpt3', id].map(
    (name) => experiment.variants.find((variant) => variant.id === name)?.config.training.learningRate ?? 0,
  );
  if (paperRate !== undefined && ownRate !== undefined && ownRate > 0 && ownRate < paperRate) {
    sentences.push(VERDICT_COPY.lowerRate(formatCount(Math.round(paperRate / ownRate))));
  }
  return sentences.join(' ');
}

function unmaskedVerdict(experiment: Experiment, own: LastFigures): string {
  const { trainingLoss } = own;
  if (trainingLoss === undefined) return VERDICT_COPY.hidden(nats(own.comparableLoss));
  const gap = own.comparableLoss - trainingLoss;
  const paper = lastFigures(experiment, 'gpt3');
  const paperGap = paper?.trainingLoss === undefined ? 0 : Math.max(0, paper.comparableLoss - paper.trainingLoss);
  const sentence = gap > paperGap + COPYING ? VERDICT_COPY.copied : VERDICT_COPY.notCopied;
  return sentence(nats(trainingLoss), nats(own.comparableLoss));
}

/**
 * The whole in one sentence; undefined before the first step is measured. Models whose training broke down have read
 * fewer tokens: they are named, not compared.
 */
export function overallVerdict(experiment: Experiment): string | undefined {
  const broken = VARIANT_LOOKS.flatMap(({ id, short }) => {
    const { divergedAt } = resultOf(experiment, id);
    return divergedAt === undefined ? [] : [VERDICT_COPY.atStep(short, formatCount(divergedAt))];
  });
  const measured = VARIANT_LOOKS.flatMap((look) => {
    const figures = lastFigures(experiment, look.id);
    const isCompared =
      figures !== undefined && figures.step > 0 && resultOf(experiment, look.id).divergedAt === undefined;
    return isCompared ? [{ look, figures }] : [];
  });
  if (measured.length + broken.length < VARIANT_LOOKS.length) return undefined;
  const leftOut = broken.length === 0 ? '' : VERDICT_COPY.leftOut(broken.join(', '));
  const [best] = measured.toSorted((a, b) => a.figures.comparableLoss - b.figures.comparableLoss);
  if (best === undefined) return `${VERDICT_COPY.nothing}${leftOut}`;
  const step = Math.min(...measured.map(({ figures }) => figures.step));
  const when = experiment.status === 'done' ? VERDICT_COPY.final : VERDICT_COPY.soFar(formatCount(step));
  const rest = measured
    .filter(({ look }) => look.id !== best.look.id)
    .map(({ look, figures }) => `${look.short} ${nats(figures.comparableLoss)}`);
  const loss = VERDICT_COPY.loss(nats(best.figures.comparableLoss));
  if (rest.length === 0) return `${VERDICT_COPY.only(best.look.name, loss)}${leftOut}`;
  return `${VERDICT_COPY.best(when, best.look.name, loss, rest.join(', '))}${leftOut}`;
}

/** Pairs of models that differ in as little as these four can: what was changed, from which to which. */
const CHOICES: readonly { readonly choice: string; readonly from: VariantId; readonly to: VariantId }[] = [
  { choice: VERDICT_COPY.choices.mask, from: 'gpt3', to: 'gpt3-unmasked' },
  {
    choice: VERDICT_COPY.choices.oneTarget,
    from: 'gpt3-unmasked',
    to: 'blog-last',
  },
  { choice: VERDICT_COPY.choices.mean, from: 'blog-last', to: 'blog-mean' },
];

/** What each choice did to the comparable loss, step by step from the paper's recipe; empty before all are measured. */
export function choiceEffects(experiment: Experiment): string[] {
  return CHOICES.flatMap(({ choice, from, to }) => {
    const [before, after] = [lastFigures(experiment, from), lastFigures(experiment, to)];
    if (before === undefined || after === undefined || after.step === 0 || before.step !== after.step) return [];
    const difference = after.comparableLoss - before.comparableLoss;
    const size = nats(Math.abs(difference));
    const noticed = difference < 0 ? VERDICT_COPY.effectLower(size) : VERDICT_COPY.effectHigher(size);
    const effect = Math.abs(difference) < NOTICEABLE ? VERDICT_COPY.effectSame : noticed;
    return [VERDICT_COPY.effect(choice, effect, nats(before.comparableLoss), nats(after.comparableLoss))];
  });
}
