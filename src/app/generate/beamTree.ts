// The nodes of a beam search as a tree, and where its visible part is drawn: columns are tokens, rows are packed so that
// the winning path is a straight line with what else came up hanging below it.
import type { BeamHypothesis, BeamNode } from '../../protocol/messages.ts';

export interface TreeNode extends BeamNode {
  /** Undefined where it stands for a first token. */
  readonly up: TreeNode | undefined;
  /** Best first, but the one on the winning path before all. */
  readonly children: readonly TreeNode[];
  /** Tokens from the prompt: 1 and up. */
  readonly level: number;
  readonly isWinning: boolean;
  /** Place among the texts found, from 0; undefined where it is none of their ends. */
  readonly rank: number | undefined;
}

export interface BeamTree {
  readonly roots: readonly TreeNode[];
  readonly byId: ReadonlyMap<number, TreeNode>;
  /** Last node of the winning path; undefined while there is no node. */
  readonly winner: TreeNode | undefined;
}

type Growing = { -readonly [K in keyof TreeNode]: TreeNode[K] } & { children: Growing[]; up: Growing | undefined };

/**
 * @param nodes step by step, parents before children
 * @param hypotheses the texts found; while there are none, the best that is followed counts as winning
 */
export function buildBeamTree(nodes: readonly BeamNode[], hypotheses: readonly BeamHypothesis[]): BeamTree {
  const byId = new Map<number, Growing>();
  const roots: Growing[] = [];
  const ranks = new Map(hypotheses.map(({ node }, rank) => [node, rank]));
  for (const node of nodes) {
    const up = byId.get(node.parent);
    const level = (up?.level ?? 0) + 1;
    const grown: Growing = { ...node, up, children: [], level, isWinning: false, rank: ranks.get(node.id) };
    byId.set(node.id, grown);
    (up?.children ?? roots).push(grown);
  }
  const deepest = byId.get(nodes.at(-1)?.id ?? 0)?.level;
  const foremost = [...byId.values()].filter(({ kept, level }) => kept && level === deepest);
  const best = hypotheses[0]?.node ?? foremost.toSorted((a, b) => b.score - a.score)[0]?.id ?? 0;
  const winner = byId.get(best);
  for (let node = winner; node !== undefined; node = node.up) {
    node.isWinning = true;
    const siblings = node.up?.children ?? roots;
    siblings.splice(siblings.indexOf(node), 1);
    siblings.unshift(node);
  }
  return { roots, byId, winner };
}

/** From the first token to this one. */
export function pathTo(node: TreeNode): TreeNode[] {
  const path: TreeNode[] = [];
  for (let at: TreeNode | undefined = node; at !== undefined; at = at.up) path.unshift(at);
  return path;
}

export interface PlacedNode {
  readonly node: TreeNode;
  /** From 0, below the prompt at row 0. */
  readonly row: number;
  readonly parentRow: number;
  readonly isOpen: boolean;
  /** How many siblings it has with itself, and its place among them from 1. */
  readonly siblings: number;
  readonly place: number;
}

export interface BeamLayout {
  /** In reading order: every node is followed by what it holds. */
  readonly placed: readonly PlacedNode[];
  /** Levels and rows in use, the prompt's not counted. */
  readonly columns: number;
  readonly rows: number;
}

/** @param isOpen whether a node's children are shown */
export function layOutBeams({ roots }: BeamTree, isOpen: (node: TreeNode) => boolean): BeamLayout {
  const placed: PlacedNode[] = [];
  /** First free row of each level. */
  const free: number[] = [];
  // Depth first without recursion: a path may be thousands of tokens long.
  const waiting = asWaiting(roots, 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parentRow, siblings, place } = next;
    const row = Math.max(parentRow, free[node.level] ?? 0);
    free[node.level] = row + 1;
    const open = node.children.length > 0 && isOpen(node);
    placed.push({ node, row, parentRow, isOpen: open, siblings, place });
    if (open) waiting.push(...asWaiting(node.children, row));
  }
  return { placed, columns: Math.max(0, free.length - 1), rows: Math.max(1, ...free.filter((row) => row > 0)) };
}

type Waiting = Omit<PlacedNode, 'row' | 'isOpen'>;

/** The first one last, where it is taken from first. */
const asWaiting = (nodes: readonly TreeNode[], parentRow: number): Waiting[] =>
  nodes.map((node, at) => ({ node, parentRow, siblings: nodes.length, place: at + 1 })).toReversed();

/**
 * The node that a key leads to, and whether it opens or closes the present one. Left and right go along a text, up and
 * down between what stands in the same column.
 * @param present undefined for the prompt
 */
export function beamTreeKey(
  layout: BeamLayout,
  tree: BeamTree,
  present: PlacedNode | undefined,
  key: string,
): { readonly go?: TreeNode | 'prompt'; readonly toggle?: TreeNode } | undefined {
  const below = (level: number): PlacedNode[] => layout.placed.filter(({ node }) => node.level === level);
  switch (key) {
    case 'ArrowRight': {
      if (present === undefined) return goTo(tree.roots[0]);
      if (present.node.children.length === 0) return undefined;
      return present.isOpen ? goTo(present.node.children[0]) : { toggle: present.node };
    }
    case 'ArrowLeft':
      if (present === undefined) return undefined;
      return present.isOpen ? { toggle: present.node } : { go: present.node.up ?? 'prompt' };
    case 'ArrowUp':
    case 'ArrowDown': {
      if (present === undefined) return undefined;
      const column = below(present.node.level).toSorted((a, b) => a.row - b.row);
      const at = column.findIndex(({ node }) => node.id === present.node.id);
      return goTo(column[at + (key === 'ArrowUp' ? -1 : 1)]?.node);
    }
    case 'Home':
      return { go: 'prompt' };
    case 'End':
      return goTo(layout.placed.findLast(({ node }) => node.isWinning)?.node);
    default:
      return undefined;
  }
}

const goTo = (node: TreeNode | undefined): { readonly go: TreeNode } | undefined => node && { go: node };
