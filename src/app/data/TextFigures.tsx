// The prepared text in numbers, and the baselines: what a model without any training loses on it.
import type { DataReport } from '../../protocol/messages.ts';
import { explainLoss, formatBytes, formatCount, formatLoss, formatShare } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import { FIGURE_COPY } from './dataCopy.ts';
import styles from './DataPanel.module.css';

export function TextFigures({ data }: { readonly data: DataReport }) {
  const copy = FIGURE_COPY;
  const { trainTokens, validationTokens } = data;
  return (
    <>
      <dl className={styles.figures}>
        <Figure id="documents" {...copy.documents} value={formatCount(data.documents)} />
        <Figure
          id="characters"
          name={copy.characters.name}
          help={copy.characters.help(formatBytes(data.bytes))}
          value={formatCount(data.characters)}
        />
        <Figure id="tokens" {...copy.tokens} value={formatCount(data.tokens)} />
        <Figure id="vocabulary" {...copy.vocabulary} value={formatCount(data.vocabSize)} />
        <Figure id="bytes-per-token" {...copy.bytesPerToken} value={data.bytesPerToken.toFixed(2)} />
        <Figure
          id="split"
          name={copy.split.name}
          help={copy.split.help(formatCount(trainTokens), formatCount(validationTokens))}
          value={`${formatShare(trainTokens / data.tokens)} · ${formatShare(validationTokens / data.tokens)}`}
        />
      </dl>
      <dl className={styles.baselines}>
        <Figure
          id="uniform"
          name={copy.uniform.name}
          help={copy.uniform.help(formatCount(data.vocabSize), explainLoss(data.uniformLoss))}
          value={formatLoss(data.uniformLoss)}
          unit={copy.nats}
        />
        <Figure
          id="unigram"
          name={copy.unigram.name}
          help={copy.unigram.help(explainLoss(data.unigramLoss))}
          value={formatLoss(data.unigramLoss)}
          unit={copy.nats}
        />
      </dl>
    </>
  );
}

interface FigureProps {
  readonly id: string;
  readonly name: string;
  readonly help: string;
  readonly value: string;
  readonly unit?: string;
}

function Figure({ id, name, help, value, unit }: FigureProps) {
  return (
    <div data-figure={id}>
      <dt>
        <HelpTerm help={help}>{name}</HelpTerm>
      </dt>
      <dd>
        {value}
        {unit !== undefined && <span> {unit}</span>}
      </dd>
    </div>
  );
}
