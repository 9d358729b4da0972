// What the attention panel shows: the tokens looked at, the weights of each layer as far as they have come, and what
// is chosen. Only declarations; asking the engine is `attentionActions.ts`.
import { create } from 'zustand';
import type { AttentionLayer, Fault, PreviewToken } from '../protocol/messages.ts';

export interface AttentionView {
  /** Names run and text: views of equal keys show the same tokens. */
  readonly key: string;
  readonly source: 'generation' | 'prompt';
  /** The text, or its end; a long one is shown from `offset` on. */
  readonly allTokens: readonly PreviewToken[];
  /** Tokens of the text before all of these. */
  readonly before: number;
  /** How many of `allTokens` are the prompt. */
  readonly promptLength: number;
  readonly nHead: number;
  /** By layer; undefined until it has come. On a refresh the old weights stay until the new ones come. */
  readonly layers: readonly (AttentionLayer | undefined)[];
}

export interface AttentionStore {
  view: AttentionView | undefined;
  /** True while layers are being asked for. */
  loading: boolean;
  fault: Fault | undefined;
  layer: number;
  head: number;
  /** The chosen token, counted within the tokens shown. */
  token: number | undefined;
  /** Ask again every few seconds while the run trains. */
  keepUp: boolean;
}

export const useAttentionStore = create<AttentionStore>(() => ({
  view: undefined,
  loading: false,
  fault: undefined,
  layer: 0,
  head: 0,
  token: undefined,
  keepUp: false,
}));

/** How many leading tokens the model could not see; rows and columns of the weights stand for those after them. */
export function tokenOffset(view: AttentionView): number {
  return view.layers.find((layer) => layer !== undefined)?.offset ?? 0;
}
