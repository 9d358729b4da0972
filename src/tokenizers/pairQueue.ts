// A priority queue of token pairs for training: greatest count first, then least left id, then least right id.
// Entries are snapshots; whoever pops one checks whether the count still holds.

interface CountedPair {
  readonly count: number;
  readonly left: number;
  readonly right: number;
}

export class PairQueue {
  readonly #heap: CountedPair[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(pair: CountedPair): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(pair);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const held = heap[parent];
      if (held === undefined || !comesFirst(pair, held)) break;
      heap[at] = held;
      at = parent;
    }
    heap[at] = pair;
  }

  pop(): CountedPair | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return last;
    let at = 0;
    for (;;) {
      const leftChild = heap[2 * at + 1];
      const rightChild = heap[2 * at + 2];
      if (leftChild === undefined) break;
      const useRight = rightChild !== undefined && comesFirst(rightChild, leftChild);
      const child = useRight ? rightChild : leftChild;
      if (!comesFirst(child, last)) break;
      heap[at] = child;
      at = 2 * at + (useRight ? 2 : 1);
    }
    heap[at] = last;
    return top;
  }
}

function comesFirst(a: CountedPair, b: CountedPair): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}
