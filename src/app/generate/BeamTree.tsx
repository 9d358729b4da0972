// A beam search drawn as a tree that can be opened: one column a token, kept and pruned hypotheses with their scores, the
// winning path marked. It scrolls inside itself and draws only the columns in sight.
import { memo, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { readableShare } from '../charts/readableNumber.ts';
import styles from './BeamTree.module.css';
import { beamTreeKey, layOutBeams, pathTo, type BeamTree, type PlacedNode, type TreeNode } from './beamTree.ts';
import { BEAM_COPY, END_COPY } from './generationCopy.ts';
import { signedNumber } from './signedNumber.ts';
import { quotedToken, tokenLabel } from './tokenText.ts';

interface BeamTreeViewProps {
  readonly tree: BeamTree;
  /** The end of what stands before the search. */
  readonly promptEnd: string;
  /** The node that is looked at. */
  readonly chosen: number | undefined;
  readonly onChoose: (node: TreeNode) => void;
}

/** Keep in step with BeamTree.module.css. */
const COLUMN_PX = 104;
const ROW_PX = 42;
const NODE_WIDTH_PX = 82;
const NODE_HEIGHT_PX = 36;
const MARGIN_PX = 10;
/** Columns drawn beyond each edge, so that scrolling shows no gap. */
const SPARE_COLUMNS = 4;
const PROMPT = 0;

export function BeamTreeView({ tree, promptEnd, chosen, onChoose }: BeamTreeViewProps) {
  // What the person opened or closed; by itself, what leads to the best text and to the one looked at is open.
  const [opened, setOpened] = useState<ReadonlyMap<number, boolean>>(new Map());
  const [focused, setFocused] = useState(PROMPT);
  const [sight, setSight] = useState({ first: 0, last: 20 });
  const box = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const layout = useMemo(() => {
    const lookedAt = tree.byId.get(chosen ?? PROMPT);
    const leading = new Set(lookedAt && pathTo(lookedAt).slice(0, -1));
    return layOutBeams(tree, (node) => opened.get(node.id) ?? (node.isWinning || leading.has(node)));
  }, [tree, opened, chosen]);
  const present = layout.placed.find(({ node }) => node.id === focused);
  const tabbable = present?.node.id ?? PROMPT;

  const look = () => {
    const element = box.current;
    if (element === null) return;
    const first = Math.floor(element.scrollLeft / COLUMN_PX) - SPARE_COLUMNS;
    const last = Math.ceil((element.scrollLeft + element.clientWidth) / COLUMN_PX) + SPARE_COLUMNS;
    if (first !== sight.first || last !== sight.last) setSight({ first, last });
  };
  useLayoutEffect(() => {
    look();
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  });
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    box.current?.querySelector<HTMLElement>(`[data-node="${focused}"]`)?.focus();
  }, [focused]);

  const chosenAt = layout.placed.find(({ node }) => node.id === chosen);
  const [chosenColumn, chosenRow] = [chosenAt?.node.level, chosenAt?.row];
  // A text chosen elsewhere comes into sight.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || chosenColumn === undefined || chosenRow === undefined) return;
    element.scrollTo({
      left: nearestScroll(element.scrollLeft, element.clientWidth, chosenColumn * COLUMN_PX, COLUMN_PX),
      top: nearestScroll(element.scrollTop, element.clientHeight, chosenRow * ROW_PX, ROW_PX),
    });
  }, [chosen, chosenColumn, chosenRow]);

  const toggle = (id: number) => {
    const isOpen = layout.placed.find(({ node }) => node.id === id)?.isOpen ?? false;
    setOpened(new Map(opened).set(id, !isOpen));
  };
  const onClick = (event: MouseEvent) => {
    const node = tree.byId.get(nodeOfEvent(event.target) ?? PROMPT);
    if (node === undefined) return;
    if (event.target instanceof Element && event.target.closest('[data-toggle]')) toggle(node.id);
    else onChoose(node);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if ((event.key === 'Enter' || event.key === ' ') && present !== undefined) {
      event.preventDefault();
      if (!event.repeat) onChoose(present.node);
      return;
    }
    const led = beamTreeKey(layout, tree, present, event.key);
    if (led === undefined) return;
    event.preventDefault();
    if (led.toggle) toggle(led.toggle.id);
    if (led.go) {
      wantsFocus.current = true;
      setFocused(led.go === 'prompt' ? PROMPT : led.go.id);
    }
  };

  const inSight = layout.placed.filter(
    ({ node }) => (node.level >= sight.first && node.level <= sight.last) || node.id === tabbable,
  );
  const size = { width: (layout.columns + 1) * COLUMN_PX, height: layout.rows * ROW_PX };
  return (
    <div ref={box} className={styles.box} onScroll={look}>
      <div
        role="tree"
        aria-label={BEAM_COPY.tree}
        className={styles.tree}
        style={size}
        tabIndex={-1}
        onClick={onClick}
        onKeyDown={onKeyDown}
        onFocus={(event) => setFocused(nodeOfEvent(event.target) ?? focused)}
      >
        <svg className={styles.edges} width={size.width} height={size.height} aria-hidden="true">
          {inSight.map((placed) => (
            <path
              key={placed.node.id}
              d={edgePath(placed)}
              data-kept={placed.node.kept}
              data-winning={placed.node.isWinning}
            />
          ))}
        </svg>
        <div
          role="treeitem"
          aria-level={1}
          aria-expanded={tree.roots.length > 0}
          aria-selected={false}
          tabIndex={tabbable === PROMPT ? 0 : -1}
          data-node={PROMPT}
          className={`${styles.node} ${styles.prompt}`}
        >
          <span className={styles.token} dir="auto">
            {promptEnd === '' ? BEAM_COPY.newText : `…${tokenLabel(promptEnd)}`}
          </span>
          <span className={styles.score}>{BEAM_COPY.prompt}</span>
        </div>
        {inSight.map((placed) => (
          <NodeBox
            key={placed.node.id}
            placed={placed}
            isChosen={placed.node.id === chosen}
            isTabbable={placed.node.id === tabbable}
          />
        ))}
      </div>
    </div>
  );
}

interface NodeBoxProps {
  readonly placed: PlacedNode;
  readonly isChosen: boolean;
  readonly isTabbable: boolean;
}

/** Memoised: choosing and walking change two boxes of many. */
const NodeBox = memo(function NodeBox({ placed, isChosen, isTabbable }: NodeBoxProps) {
  const { node, row, isOpen, siblings, place } = placed;
  const hasChildren = node.children.length > 0;
  return (
    <div
      role="treeitem"
      aria-level={node.level + 1}
      aria-setsize={siblings}
      aria-posinset={place}
      aria-expanded={hasChildren ? isOpen : undefined}
      aria-selected={isChosen}
      aria-label={nodeLabel(node)}
      tabIndex={isTabbable ? 0 : -1}
      data-node={node.id}
      data-kept={node.kept}
      data-winning={node.isWinning}
      data-ended={node.finished !== null}
      className={styles.node}
      style={{ left: node.level * COLUMN_PX, top: row * ROW_PX }}
    >
      <span className={styles.token} dir="auto">
        {node.endOfText ? BEAM_COPY.end : tokenLabel(node.text)}
      </span>
      <span className={styles.score}>{signedNumber(node.score)}</span>
      {node.rank !== undefined && <span className={styles.rank}>{node.rank + 1}</span>}
      {hasChildren && (
        <span className={styles.toggle} aria-hidden="true" data-toggle={isOpen ? 'close' : 'open'}>
          {isOpen ? '−' : '+'}
        </span>
      )}
    </div>
  );
});

/** The node that an event happened in. */
function nodeOfEvent(target: EventTarget | null): number | undefined {
  const box = target instanceof Element ? target.closest<HTMLElement>('[data-node]') : null;
  return box === null ? undefined : Number(box.dataset.node);
}

/** "“ fox”, 59 %, score −1.20, kept". */
function nodeLabel(node: TreeNode): string {
  const { logProbability, score, kept, finished, rank, isWinning } = node;
  const fate = finished !== null ? BEAM_COPY.endedBy(END_COPY[finished]) : kept ? BEAM_COPY.kept : BEAM_COPY.pruned;
  return [
    node.endOfText ? BEAM_COPY.endLabel : quotedToken(node.text),
    readableShare(Math.exp(logProbability)),
    BEAM_COPY.score(signedNumber(score)),
    fate,
    ...(rank === undefined ? [] : [BEAM_COPY.text(rank + 1)]),
    ...(isWinning ? [BEAM_COPY.onWinningPath] : []),
  ].join(', ');
}

/** Where to scroll so that a box comes into sight: no further than it takes. */
function nearestScroll(scrolled: number, room: number, start: number, size: number): number {
  return Math.min(Math.max(scrolled, start + size + 2 * MARGIN_PX - room), start);
}

function edgePath({ node, row, parentRow }: PlacedNode): string {
  const from = { x: (node.level - 1) * COLUMN_PX + NODE_WIDTH_PX, y: parentRow * ROW_PX + NODE_HEIGHT_PX / 2 };
  const to = { x: node.level * COLUMN_PX, y: row * ROW_PX + NODE_HEIGHT_PX / 2 };
  const middle = (from.x + to.x) / 2;
  return `M ${from.x} ${from.y} C ${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
}
