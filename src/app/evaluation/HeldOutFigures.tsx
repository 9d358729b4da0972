// How well the held-out text is predicted: headline figures, each with a sentence on what it is.
import type { ReactNode } from 'react';
import type { DataReport, HeldOutReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { readableLoss, readableShare } from '../charts/readableNumber.ts';
import { explainLoss, formatCount, formatLoss, formatShort } from '../formatNumber.ts';
import styles from './EvaluationPanel.module.css';

interface HeldOutFiguresProps {
  readonly heldOut: HeldOutReport;
  /** The text that it is held out of, for the losses of guessing. */
  readonly data: DataReport | undefined;
}

export function HeldOutFigures({ heldOut, data }: HeldOutFiguresProps) {
  const { predictions, validationTokens, windowLength, loss, bitsPerByte, top1, top5, whyAtEnds } = heldOut;
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>Predicting held-out text</h3>
      <p className={controls.note}>
        {formatCount(predictions)} predictions on {formatCount(validationTokens)} tokens that were never trained on, in
        windows of {formatCount(windowLength)}.{whyAtEnds !== undefined && ` ${whyAtEnds}`}
      </p>
      <dl className={styles.figures}>
        <Figure name="Validation loss" value={`${readableLoss(loss)} nats`}>
          Mean surprise at each next token: {explainLoss(loss)}.
          {data !== undefined &&
            ` Knowing only frequencies: ${formatLoss(data.unigramLoss)}; guessing: ${formatLoss(data.uniformLoss)}.`}
        </Figure>
        <Figure name="Perplexity" value={formatShort(Math.exp(loss))}>
          e to the loss: the number of equally likely tokens that it is as unsure between.
        </Figure>
        <Figure name="Bits per byte" value={readableLoss(bitsPerByte)}>
          The same loss per byte of text, so that tokenizers compare fairly.
        </Figure>
        <Figure name="Right at first" value={readableShare(top1)}>
          How often the most probable token was the one that came. Always the commonest token:{' '}
          {readableShare(heldOut.commonestTop1)}.
        </Figure>
        <Figure name="Among the first five" value={readableShare(top5)}>
          How often it was one of the five most probable. Always the five commonest:{' '}
          {readableShare(heldOut.commonestTop5)}.
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
