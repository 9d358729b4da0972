// One of a token's alternatives: name, bar, share.
import type { GeneratedToken } from '../../protocol/messages.ts';
import { readableShare } from '../charts/readableNumber.ts';
import styles from './AlternativesCard.module.css';
import { ALTERNATIVES_COPY } from './generationCopy.ts';
import { TokenName } from './TokenPieces.tsx';

export interface RankedAlternative {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
  readonly endOfText: boolean;
  readonly chosen: boolean;
  /** Set where it is not one of the most probable. */
  readonly apart: boolean;
}

/** The most probable tokens and, if it is none of them, the one chosen. */
export function rankedAlternatives(token: GeneratedToken): RankedAlternative[] {
  const { id, text, probability, endOfText } = token;
  const listed = token.alternatives.map((alternative) => ({
    ...alternative,
    chosen: alternative.id === id,
    apart: false,
  }));
  if (listed.some(({ chosen }) => chosen)) return listed;
  return [...listed, { id, text, probability, endOfText, chosen: true, apart: listed.length > 0 }];
}

interface AlternativeRowProps {
  readonly row: RankedAlternative;
  /** The greatest probability, whose bar is whole. */
  readonly most: number;
}

export function AlternativeRow({ row, most }: AlternativeRowProps) {
  return (
    <>
      <span className={styles.name}>
        <TokenName text={row.text} endOfText={row.endOfText} />
      </span>
      <span className={styles.track} aria-hidden="true">
        <span style={{ width: `${(100 * row.probability) / Math.max(most, 1e-9)}%` }} />
      </span>
      <span className={styles.share}>{readableShare(row.probability)}</span>
      <span className={styles.mark}>{row.chosen ? ALTERNATIVES_COPY.chosen : ''}</span>
    </>
  );
}
