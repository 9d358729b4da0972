// One model of the experiment: what it is, its figures, what it writes, what its heads look at, and what that says.
import type { ReactNode } from 'react';
import { unlearntLengths } from '../../config/configNotes.ts';
import type { ExperimentSample } from '../../protocol/messages.ts';
import { resultOf, type Experiment } from '../../state/experimentStore.ts';
import { readableLoss, readableSmall } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import styles from './ExperimentPanel.module.css';
import { lastFigures, verdictOf } from './experimentVerdicts.ts';
import { HeadPictures } from './HeadPictures.tsx';
import { VariantLine } from './VariantLine.tsx';
import type { VariantLook } from './variantLooks.ts';

interface VariantCardProps {
  readonly experiment: Experiment;
  readonly look: VariantLook;
}

export function VariantCard({ experiment, look }: VariantCardProps) {
  const { samples, attention } = resultOf(experiment, look.id);
  const figures = lastFigures(experiment, look.id);
  const config = experiment.variants.find(({ id }) => id === look.id)?.config;
  const verdict = verdictOf(experiment, look);
  const { plan } = experiment;
  const latest = samples.at(-1);
  return (
    <article className={styles.card} aria-label={look.name} data-variant={look.id}>
      <h4>
        <VariantLine look={look} /> {look.name}
      </h4>
      <p className={styles.what}>
        {look.description} {config && unlearntLengths(config.model)}
      </p>
      {verdict !== undefined && <p className={styles.verdict}>{verdict}</p>}
      <dl className={styles.figures}>
        <Figure
          name="Comparable loss"
          meaning="Mean loss of the token after each held-out window: the same targets for all four."
        >
          {readableLoss(figures?.comparableLoss)} <span>nats</span>
        </Figure>
        <Figure name="Perplexity" meaning="As unsure as between so many equally likely tokens.">
          {figures === undefined ? '–' : formatPerplexity(figures.perplexity)}
        </Figure>
        <Figure name="Training loss" meaning="Of its own question, so not to be compared with the others’.">
          {readableLoss(figures?.trainingLoss)} <span>nats</span>
        </Figure>
        <Figure name="Questions" meaning="How often it was asked for the next token, out of the tokens that it read.">
          {formatCount(figures?.questions ?? 0)} <span>in {formatCount(figures?.tokens ?? 0)} tokens</span>
        </Figure>
        <Figure name="Step" meaning="Steps taken, the same for all.">
          {formatCount(figures?.step ?? 0)} <span>of {formatCount(plan.steps)}</span>
        </Figure>
        <Figure name="Learning rate" meaning="The highest of its schedule.">
          {readableSmall(config?.training.learningRate)}
        </Figure>
      </dl>
      {latest === undefined ? (
        <p className={styles.what}>
          It writes from the prompt after a quarter of the steps, half of them, and the last.
        </p>
      ) : (
        <>
          <Sample prompt={plan.prompt} sample={latest} />
          {samples.length > 1 && (
            <details className={styles.earlier}>
              <summary>What it wrote before</summary>
              {samples.slice(0, -1).map((sample) => (
                <Sample key={sample.step} prompt={plan.prompt} sample={sample} past />
              ))}
            </details>
          )}
        </>
      )}
      {config &&
        attention.map((layer) => <HeadPictures key={layer.layer} attention={layer} tokens={plan.promptTokens} />)}
    </article>
  );
}

interface SampleProps {
  readonly prompt: string;
  readonly sample: ExperimentSample;
  /** Whether it is one of before, so that its step must be told. */
  readonly past?: boolean;
}

function Sample({ prompt, sample: { step, text, ended }, past = false }: SampleProps) {
  return (
    <p className={styles.sample}>
      {past && <span>step {formatCount(step)} </span>}
      <b>{prompt}</b>
      {text}
      {ended && <span> (end of text)</span>}
    </p>
  );
}

interface FigureProps {
  readonly name: string;
  readonly meaning: string;
  readonly children: ReactNode;
}

function Figure({ name, meaning, children }: FigureProps) {
  return (
    <div title={meaning}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const formatPerplexity = (value: number): string => (value < 100 ? value.toFixed(1) : formatCount(Math.round(value)));
