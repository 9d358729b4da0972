// How well the held-out text is predicted: headline figures, each with a sentence on what it is.
import type { ReactNode } from 'react';
import type { DataReport, HeldOutReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { readableLoss, readableShare } from '../charts/readableNumber.ts';
import { explainLoss, formatCount, formatLoss, formatShort } from '../formatNumber.ts';
import { HELD_OUT_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';

interface HeldOutFiguresProps {
  readonly heldOut: HeldOutReport;
  /** The text that it is held out of, for the baselines. */
  readonly data: DataReport | undefined;
}

export function HeldOutFigures({ heldOut, data }: HeldOutFiguresProps) {
  const { predictions, validationTokens, windowLength, loss, bitsPerByte, top1, top5, whyAtEnds } = heldOut;
  const copy = HELD_OUT_COPY;
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>{copy.title}</h3>
      <p className={controls.note}>
        {copy.note(formatCount(predictions), formatCount(validationTokens), formatCount(windowLength))}
        {whyAtEnds !== undefined && ` ${whyAtEnds}`}
      </p>
      <dl className={styles.figures} data-testid="held-out-figures">
        <Figure name={copy.loss.name} value={`${readableLoss(loss)} nats`}>
          {copy.loss.meaning(explainLoss(loss))}
          {data !== undefined && ` ${copy.loss.baselines(formatLoss(data.unigramLoss), formatLoss(data.uniformLoss))}`}
        </Figure>
        <Figure name={copy.perplexity.name} value={formatShort(Math.exp(loss))}>
          {copy.perplexity.meaning}
        </Figure>
        <Figure name={copy.bitsPerByte.name} value={readableLoss(bitsPerByte)}>
          {copy.bitsPerByte.meaning}
        </Figure>
        <Figure name={copy.top1.name} value={readableShare(top1)}>
          {copy.top1.meaning(readableShare(heldOut.commonestTop1))}
        </Figure>
        <Figure name={copy.top5.name} value={readableShare(top5)}>
          {copy.top5.meaning(readableShare(heldOut.commonestTop5))}
        </Figure>
      </dl>
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  /** What the figure means. */
  readonly children: ReactNode;
}

export function Figure({ name, value, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd className={styles.small}>{children}</dd>
    </div>
  );
}
