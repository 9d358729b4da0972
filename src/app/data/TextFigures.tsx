// The prepared text in numbers, and what a model that has learnt nothing would lose on it.
import type { DataReport } from '../../protocol/messages.ts';
import { explainLoss, formatBytes, formatCount, formatLoss, formatShare } from '../formatNumber.ts';
import styles from './DataPanel.module.css';

export function TextFigures({ data }: { readonly data: DataReport }) {
  const figures: readonly (readonly [string, string, string])[] = [
    ['Documents', formatCount(data.documents), 'Pieces of text that do not continue one another.'],
    ['Characters', formatCount(data.characters), `${formatBytes(data.bytes)} as UTF-8`],
    ['Tokens', formatCount(data.tokens), 'The text as the model reads it, with a mark between documents.'],
    ['Vocabulary', formatCount(data.vocabSize), 'Different tokens the model can read and write.'],
    [
      'Bytes per token',
      data.bytesPerToken.toFixed(2),
      'How much text one token stands for; losses are also shown per byte, so that tokenizers compare fairly.',
    ],
    [
      'Train · validation',
      `${formatShare(data.trainTokens / data.tokens)} · ${formatShare(data.validationTokens / data.tokens)}`,
      `${formatCount(data.trainTokens)} tokens to train on, ${formatCount(data.validationTokens)} held out`,
    ],
  ];
  return (
    <>
      <dl className={styles.figures}>
        {figures.map(([name, value, meaning]) => (
          <div key={name} title={meaning}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <dl className={styles.baselines}>
        <div title={`ln ${formatCount(data.vocabSize)}: ${explainLoss(data.uniformLoss)}.`}>
          <dt>Loss of guessing blindly</dt>
          <dd>
            {formatLoss(data.uniformLoss)} <span>nats</span>
          </dd>
        </div>
        <div title={`Predicting every token by how often it occurs: ${explainLoss(data.unigramLoss)}.`}>
          <dt>… knowing only frequencies</dt>
          <dd>
            {formatLoss(data.unigramLoss)} <span>nats</span>
          </dd>
        </div>
      </dl>
    </>
  );
}
