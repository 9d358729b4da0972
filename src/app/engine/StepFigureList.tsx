// The headline figures of a measured step, each with a sentence on what it is.
import type { ReactNode } from 'react';
import type { EngineReport } from '../../protocol/messages.ts';
import { readableCompact, readableShare } from '../charts/readableNumber.ts';
import { formatBytes, formatCount, formatFlops } from '../formatNumber.ts';
import { FIGURE_COPY } from './engineCopy.ts';
import styles from './EnginePanel.module.css';
import { formatMilliseconds } from './formatMilliseconds.ts';
import { stepFigures } from './stepFigures.ts';

export function StepFigureList({ report }: { readonly report: EngineReport }) {
  const { tokensPerSecond, gigaflopsPerSecond, shareOfBest, savedMemory } = stepFigures(report);
  const { stepMilliseconds, tokensPerStep, stepFlops, encodeMilliseconds, dispatches } = report;
  const { gemmGigaflops, plannedBytes, uncolouredBytes } = report;
  const { step, tokens, arithmetic, encoding, memory } = FIGURE_COPY;
  return (
    <dl className={styles.figures} data-testid="step-figures">
      <Figure name={step.name} value={`${formatMilliseconds(stepMilliseconds)} ms`}>
        {step.meaning}
      </Figure>
      <Figure name={tokens.name} value={readableCompact(tokensPerSecond ?? undefined)}>
        {tokens.meaning(formatCount(tokensPerStep))}
      </Figure>
      <Figure
        name={arithmetic.name}
        value={gigaflopsPerSecond === null ? '–' : `${formatFlops(gigaflopsPerSecond * 1e9)}/s`}
      >
        {shareOfBest === null
          ? arithmetic.meaning(formatFlops(stepFlops))
          : arithmetic.ofBest(formatFlops(stepFlops), readableShare(shareOfBest), formatFlops(gemmGigaflops * 1e9))}
      </Figure>
      <Figure name={encoding.name} value={`${formatMilliseconds(encodeMilliseconds)} ms`}>
        {encoding.meaning}
      </Figure>
      <Figure name={FIGURE_COPY.dispatches.name} value={formatCount(dispatches.length)}>
        {FIGURE_COPY.dispatches.meaning}
      </Figure>
      <Figure name={memory.name} value={formatBytes(plannedBytes)}>
        {savedMemory === null ? memory.meaning : memory.saved(formatBytes(uncolouredBytes), readableShare(savedMemory))}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  /** What the figure means. */
  readonly children: ReactNode;
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd className={styles.small}>{children}</dd>
    </div>
  );
}
