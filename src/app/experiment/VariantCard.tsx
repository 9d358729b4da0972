// One model of the experiment: what it is, its figures, its samples, what its heads attend to, and what that says.
import type { ReactNode } from 'react';
import { unlearntLengths } from '../../config/configNotes.ts';
import type { ExperimentSample } from '../../protocol/messages.ts';
import { resultOf, type Experiment } from '../../state/experimentStore.ts';
import { readableLoss, readableSmall } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import { CARD_COPY } from './experimentCopy.ts';
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
  const copy = CARD_COPY.figures;
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
        <Figure {...copy.comparable}>
          {readableLoss(figures?.comparableLoss)} <span>{CARD_COPY.nats}</span>
        </Figure>
        <Figure {...copy.perplexity}>{figures === undefined ? '–' : formatPerplexity(figures.perplexity)}</Figure>
        <Figure {...copy.training}>
          {readableLoss(figures?.trainingLoss)} <span>{CARD_COPY.nats}</span>
        </Figure>
        <Figure {...copy.predictions}>
          {formatCount(figures?.predictions ?? 0)} <span>{CARD_COPY.inTokens(formatCount(figures?.tokens ?? 0))}</span>
        </Figure>
        <Figure {...copy.step}>
          {formatCount(figures?.step ?? 0)} <span>{CARD_COPY.ofSteps(formatCount(plan.steps))}</span>
        </Figure>
        <Figure {...copy.rate}>{readableSmall(config?.training.learningRate)}</Figure>
      </dl>
      {latest === undefined ? (
        <p className={styles.what}>{CARD_COPY.noSample}</p>
      ) : (
        <>
          <Sample prompt={plan.prompt} sample={latest} />
          {samples.length > 1 && (
            <details className={styles.earlier}>
              <summary>{CARD_COPY.earlier}</summary>
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
  /** Whether it is an earlier one, so that its step must be told. */
  readonly past?: boolean;
}

function Sample({ prompt, sample: { step, text, ended }, past = false }: SampleProps) {
  return (
    <p className={styles.sample}>
      {past && <span>{CARD_COPY.step(formatCount(step))} </span>}
      <b>{prompt}</b>
      {text}
      {ended && <span> {CARD_COPY.ended}</span>}
    </p>
  );
}

interface FigureProps {
  readonly name: string;
  readonly help: string;
  readonly children: ReactNode;
}

function Figure({ name, help, children }: FigureProps) {
  return (
    <div>
      <dt>
        <HelpTerm help={help}>{name}</HelpTerm>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

const formatPerplexity = (value: number): string => (value < 100 ? value.toFixed(1) : formatCount(Math.round(value)));
