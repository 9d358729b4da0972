// Where the columns of a query head, and of the key and value head that it reads, begin in each tensor, as WGSL.
import { groupSize, qkvWidth, type HeadShape } from './heads.ts';
import type { Owner } from './visibility.wgsl.ts';

/** All but `declarations` and `eachQueryHead` give expressions; `token` is one of a token within the sequence. */
export interface HeadPlaces {
  /** Statements at the beginning: `head`, and where heads are shared `shared_head`. */
  readonly declarations: string;
  /** Heads that workgroups are made for. */
  readonly count: number;
  /** The query head's number. */
  readonly queryHead: string;
  /** In qkv. */
  readonly query: (token: string) => string;
  readonly key: (token: string) => string;
  readonly value: (token: string) => string;
  /** In the output and its gradient. */
  readonly output: (token: string) => string;
  /** In what there is one of for each query. */
  readonly row: (token: string) => string;
  /** Statements that run `body` for every query head that the workgroup's own head concerns. */
  readonly eachQueryHead: (body: string) => string;
}

/** Where threads own queries a workgroup is for one query head, where they own keys for one key head. */
export function headPlaces(shape: HeadShape, owner: Owner): HeadPlaces {
  const { length, nHead, nKeyValueHead, headSize } = shape;
  const group = groupSize(shape);
  const isShared = group > 1;
  const meetsGroup = isShared && owner === 'key';
  const queryHead = meetsGroup ? 'query_head' : 'group.y';
  const shared = isShared ? 'shared_head' : 'head';
  const inQkv = (first: number, column: string) => (token: string) =>
    `(start + ${token}) * ${qkvWidth(shape)}u + ${first * headSize}u + ${column}`;
  const own = `let head = group.y * ${headSize}u;`;
  return {
    declarations: meetsGroup
      ? `let shared_head = group.y * ${headSize}u;`
      : isShared
        ? `${own}\nlet shared_head = group.y / ${group}u * ${headSize}u;`
        : own,
    count: owner === 'query' ? nHead : nKeyValueHead,
    queryHead,
    query: inQkv(0, 'head'),
    key: inQkv(nHead, shared),
    value: inQkv(nHead + nKeyValueHead, shared),
    output: (token) => `(start + ${token}) * ${nHead * headSize}u + head`,
    row: (token) => `(group.z * ${nHead}u + ${queryHead}) * ${length}u + ${token}`,
    eachQueryHead: (body) =>
      meetsGroup
        ? `for (var query_head = group.y * ${group}u; query_head < (group.y + 1u) * ${group}u; query_head++) {
let head = query_head * ${headSize}u;
${body}
}`
        : body,
  };
}
