// The headline figures of a measured step, each with a sentence on what it is.
import type { ReactNode } from 'react';
import type { EngineReport } from '../../protocol/messages.ts';
import { readableCompact, readableShare } from '../charts/readableNumber.ts';
import { formatBytes, formatCount, formatFlops } from '../formatNumber.ts';
import styles from './EnginePanel.module.css';
import { formatMilliseconds } from './formatMilliseconds.ts';
import { stepFigures } from './stepFigures.ts';

export function StepFigureList({ report }: { readonly report: EngineReport }) {
  const { tokensPerSecond, gigaflopsPerSecond, shareOfBest, savedMemory } = stepFigures(report);
  const { stepMilliseconds, tokensPerStep, stepFlops, encodeMilliseconds, dispatches } = report;
  const { gemmGigaflops, plannedBytes, uncolouredBytes } = report;
  return (
    <dl className={styles.figures}>
      <Figure name="One step" value={`${formatMilliseconds(stepMilliseconds)} ms`}>
        By the clock: several steps in a row, divided.
      </Figure>
      <Figure name="Tokens/s" value={readableCompact(tokensPerSecond ?? undefined)}>
        {formatCount(tokensPerStep)} tokens in each step, saving and evaluation left out.
      </Figure>
      <Figure
        name="Arithmetic"
        value={gigaflopsPerSecond === null ? '–' : `${formatFlops(gigaflopsPerSecond * 1e9)}/s`}
      >
        {formatFlops(stepFlops)} a step
        {shareOfBest === null
          ? '.'
          : `: ${readableShare(shareOfBest)} of the ${formatFlops(gemmGigaflops * 1e9)}/s of this device’s best matrix product.`}
      </Figure>
      <Figure name="Encoding" value={`${formatMilliseconds(encodeMilliseconds)} ms`}>
        The processor’s part: writing down a step’s commands and handing them over.
      </Figure>
      <Figure name="Dispatches" value={formatCount(dispatches.length)}>
        Kernels that the GPU starts one after another in a step.
      </Figure>
      <Figure name="Planned memory" value={formatBytes(plannedBytes)}>
        Activations and temporaries
        {savedMemory === null
          ? '.'
          : `; without taking turns in the same memory ${formatBytes(uncolouredBytes)}: ${readableShare(savedMemory)} saved.`}
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
