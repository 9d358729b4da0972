// Tests of the tree of a beam search: who hangs below whom, where it is drawn, and where keys lead.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BeamHypothesis, BeamNode } from '../../protocol/messages.ts';
import { beamTreeKey, buildBeamTree, layOutBeams, pathTo, type BeamTree } from './beamTree.ts';

const node = (id: number, parent: number, score: number, part: Partial<BeamNode> = {}): BeamNode => ({
  id,
  parent,
  score,
  token: id,
  text: `t${id}`,
  endOfText: false,
  logProbability: score,
  kept: true,
  finished: null,
  ...part,
});
const text = (last: number): BeamHypothesis => ({ node: last, tokens: [], score: 0, logProbability: 0 });

/**
 * 1 ─ 4, 5 ─ 7, 8
 * 2 ─ 6
 * 3 (pruned)
 */
const NODES = [
  node(1, 0, -1),
  node(2, 0, -2),
  node(3, 0, -3, { kept: false }),
  node(4, 1, -4),
  node(5, 1, -5),
  node(6, 2, -6, { kept: false }),
  node(7, 5, -7, { finished: 'length' }),
  node(8, 5, -8, { finished: 'length' }),
];
const all = (): boolean => true;
const idsOf = (nodes: readonly { readonly id: number }[] | undefined): number[] | undefined =>
  nodes?.map(({ id }) => id);

describe('buildBeamTree', () => {
  it('hangs every node below its parent, the winning one first', () => {
    const tree = buildBeamTree(NODES, [text(8), text(7)]);
    expect(idsOf(tree.roots)).toEqual([1, 2, 3]);
    expect(idsOf(tree.byId.get(1)?.children)).toEqual([5, 4]);
    expect(idsOf(tree.byId.get(5)?.children)).toEqual([8, 7]);
    expect([7, 8].map((id) => tree.byId.get(id)?.rank)).toEqual([1, 0]);
    expect([...tree.byId.values()].filter(({ isWinning }) => isWinning).map(({ id }) => id)).toEqual([1, 5, 8]);
    expect(idsOf(pathTo(tree.winner!))).toEqual([1, 5, 8]);
    expect([...tree.byId.values()].map(({ level }) => level)).toEqual([1, 1, 1, 2, 2, 2, 3, 3]);
  });

  it('takes the best that is followed for winning while the search goes on', () => {
    expect(buildBeamTree(NODES.slice(0, 6), []).winner?.id).toBe(4);
    expect(buildBeamTree([], []).winner).toBeUndefined();
  });
});

describe('layOutBeams', () => {
  it('draws the winning path in a straight line and the rest below it', () => {
    const tree = buildBeamTree(NODES, [text(7)]);
    const { placed, columns, rows } = layOutBeams(tree, all);
    expect(placed.map(({ node, row }) => [node.id, row])).toEqual([
      [1, 0],
      [5, 0],
      [7, 0],
      [8, 1],
      [4, 1],
      [2, 1],
      [6, 2],
      [3, 2],
    ]);
    expect([columns, rows]).toEqual([3, 3]);
    expect(placed.find(({ node }) => node.id === 4)).toMatchObject({
      siblings: 2,
      place: 2,
      parentRow: 0,
      isOpen: false,
    });
  });

  it('shows nothing below what is closed', () => {
    const tree = buildBeamTree(NODES, [text(7)]);
    const { placed } = layOutBeams(tree, ({ id }) => id === 1);
    expect(placed.map(({ node }) => node.id)).toEqual([1, 5, 4, 2, 3]);
    expect(placed.find(({ node }) => node.id === 5)?.isOpen).toBe(false);
  });

  it('never puts two nodes in one place, nor a node above its parent, in any tree', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.nat(), (draws, open) => {
        const nodes = draws.map((draw, i) => node(i + 1, draw % (i + 1), -i));
        const tree = buildBeamTree(nodes, nodes.length > 0 ? [text(1 + (open % nodes.length))] : []);
        const { placed, columns, rows } = layOutBeams(tree, ({ id }) => (id * 7 + open) % 3 > 0);
        const places = placed.map(({ node, row }) => `${node.level} ${row}`);
        expect(new Set(places).size).toBe(places.length);
        for (const { node, row, parentRow } of placed) {
          expect(row).toBeGreaterThanOrEqual(parentRow);
          expect(row).toBeLessThan(rows);
          expect(node.level).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });

  it('draws a path of thousands of tokens', () => {
    const nodes = Array.from({ length: 5000 }, (_, i) => node(i + 1, i, -i));
    expect(layOutBeams(buildBeamTree(nodes, [text(5000)]), all)).toMatchObject({ columns: 5000, rows: 1 });
  });
});

describe('beamTreeKey', () => {
  const tree: BeamTree = buildBeamTree(NODES, [text(7)]);
  const closed = new Set([2]);
  const layout = layOutBeams(tree, ({ id }) => !closed.has(id));
  const press = (id: number, key: string) => {
    const led = beamTreeKey(
      layout,
      tree,
      layout.placed.find(({ node }) => node.id === id),
      key,
    );
    if (led?.toggle) return `turn ${led.toggle.id}`;
    return typeof led?.go === 'object' ? led.go.id : led?.go;
  };

  it.each([
    [0, 'ArrowRight', 1],
    [0, 'ArrowLeft', undefined],
    [0, 'ArrowDown', undefined],
    [1, 'ArrowRight', 5],
    [2, 'ArrowRight', 'turn 2'],
    [7, 'ArrowRight', undefined],
    [7, 'ArrowLeft', 5],
    [5, 'ArrowLeft', 'turn 5'],
    [2, 'ArrowLeft', 'prompt'],
    [1, 'ArrowDown', 2],
    [2, 'ArrowDown', 3],
    [3, 'ArrowDown', undefined],
    [2, 'ArrowUp', 1],
    [8, 'Home', 'prompt'],
    [0, 'End', 7],
    [1, 'x', undefined],
  ])('from %i, %s leads to %s', (from, key, to) => {
    expect(press(from, key)).toBe(to);
  });
});
