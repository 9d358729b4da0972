// What a beam search found: the texts with their scores, and the tree of all candidates. The chosen text is the output;
// generation can continue from any place in the tree.
import { useMemo, useState } from 'react';
import type { GeneratedToken } from '../../protocol/messages.ts';
import { selectSample } from '../../state/generationActions.ts';
import { useGenerationStore, type Generation } from '../../state/generationStore.ts';
import controls from '../charts/controls.module.css';
import { ActionButton } from '../fields/ActionButton.tsx';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { buildBeamTree, pathTo, type TreeNode } from './beamTree.ts';
import { BeamTreeView } from './BeamTree.tsx';
import styles from './BeamTree.module.css';
import { BEAM_COPY } from './generationCopy.ts';
import { signedNumber } from './signedNumber.ts';
import { continueFrom } from './startGeneration.ts';
import { endWords, wholeText } from './stoppedText.ts';
import { TokenName } from './TokenPieces.tsx';

interface BeamSearchViewProps {
  readonly generation: Generation;
  /** Whether its run is still the open one, and nothing is being written. */
  readonly canGoOn: boolean;
}

/** A node of one search; another search has other nodes. */
interface LookedAt {
  readonly generation: number;
  readonly node: number;
}

const SNIPPET_LENGTH = 240;
/** As much of the prompt as its box holds. */
const PROMPT_END_LENGTH = 8;

export function BeamSearchView({ generation, canGoOn }: BeamSearchViewProps) {
  const { beams, leads, settings } = generation;
  const selectedSample = useGenerationStore((state) => state.selectedSample);
  const [lookedAt, setLookedAt] = useState<LookedAt>();
  const nodes = beams?.nodes;
  const hypotheses = beams?.hypotheses;
  const tree = useMemo(() => buildBeamTree(nodes ?? [], hypotheses ?? []), [nodes, hypotheses]);
  if (beams === undefined || nodes === undefined || hypotheses === undefined) return null;

  const chosenText = hypotheses[selectedSample];
  const chosen = (lookedAt?.generation === generation.id ? lookedAt.node : undefined) ?? chosenText?.node;
  const node = chosen === undefined ? undefined : tree.byId.get(chosen);
  const choose = (next: TreeNode) => {
    setLookedAt({ generation: generation.id, node: next.id });
    if (next.rank !== undefined) selectSample(next.rank);
  };
  const lead = leads[0];
  return (
    <div className={styles.view}>
      {hypotheses.length > 0 && (
        <ol className={styles.hypotheses} aria-label={BEAM_COPY.texts} data-testid="hypotheses">
          {hypotheses.map((hypothesis, rank) => (
            <li key={hypothesis.node}>
              <button
                type="button"
                aria-pressed={rank === selectedSample}
                onClick={() => {
                  setLookedAt(undefined);
                  selectSample(rank);
                }}
              >
                <span className={styles.place}>{rank + 1}</span>
                <span className={styles.snippet} dir="auto">
                  {snippetOf(generation, rank)}
                </span>
                <span className={styles.figures}>
                  {BEAM_COPY.figures(
                    signedNumber(hypothesis.score),
                    signedNumber(hypothesis.logProbability),
                    endWords(generation.ends[rank] ?? null, settings.stop) || BEAM_COPY.unfinished,
                  )}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
      <BeamTreeView
        tree={tree}
        promptEnd={lead?.text.slice(-PROMPT_END_LENGTH) ?? ''}
        chosen={chosen}
        onChoose={choose}
      />
      <ul className={styles.legend} aria-label={BEAM_COPY.legend}>
        <li data-kind="winning">{BEAM_COPY.winning}</li>
        <li data-kind="kept">{BEAM_COPY.kept}</li>
        <li data-kind="pruned">{BEAM_COPY.pruned}</li>
        <li data-kind="ended">{BEAM_COPY.ended}</li>
        <li data-kind="score" className={styles.noBox}>
          {BEAM_COPY.scores}
        </li>
      </ul>
      <div className={styles.looked}>
        {node === undefined ? (
          <p className={controls.note}>{BEAM_COPY.chooseToken}</p>
        ) : (
          <p>
            <strong>
              <TokenName text={node.text} endOfText={node.endOfText} />
            </strong>
            :{' '}
            {BEAM_COPY.chosenToken(
              readableShare(Math.exp(node.logProbability)),
              signedNumber(node.logProbability),
              counted(node.level, 'token'),
              signedNumber(node.score),
            )}
            {node.finished === null && `, ${node.kept ? BEAM_COPY.kept : BEAM_COPY.pruned}`}
          </p>
        )}
        <ActionButton
          data-size="small"
          available={canGoOn && node !== undefined}
          data-testid="continue-here"
          help={BEAM_COPY.continueHelp}
          onClick={() => node && continueFrom(generation, tokensTo(generation, node), 0)}
        >
          {BEAM_COPY.continue}
        </ActionButton>
      </div>
    </div>
  );
}

/** What the search has added in a text, on one line. */
function snippetOf({ samples, leads, ends }: Generation, rank: number): string {
  const lead = leads[rank];
  const text = wholeText(samples[rank] ?? [], lead, ends[rank] ?? null).slice(lead?.text.length ?? 0);
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? BEAM_COPY.emptyText : line.slice(0, SNIPPET_LENGTH);
}

/** Tokens of the text that ends with a node, those kept from before the search too. */
function tokensTo(generation: Generation, node: TreeNode): GeneratedToken[] {
  const { beams, samples, leads } = generation;
  const path = pathTo(node);
  const kept = samples[0]?.slice(0, leads[0]?.tokens ?? 0) ?? [];
  // Along a text that was found, its tokens are known with their alternatives.
  const rank =
    beams?.hypotheses.findIndex(({ tokens }) => path.every(({ token }, at) => tokens[at]?.id === token)) ?? -1;
  const found = beams?.hypotheses[rank]?.tokens.slice(0, path.length);
  if (found) return [...kept, ...found];
  return [
    ...kept,
    ...path.map(({ token, text, logProbability, endOfText }) => ({
      id: token,
      text,
      decoded: text,
      probability: Math.exp(logProbability),
      logProbability,
      alternatives: [],
      endOfText,
    })),
  ];
}
