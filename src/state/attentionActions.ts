// Fetching attention: one request in flight, layer by layer, the layer on screen first.
// The text is the selected sample of the last generation, or the prompt before there is one.
import { engine } from '../client/engine.ts';
import type { TextEndTokens } from '../protocol/messages.ts';
import { useAttentionStore, type AttentionStore, type AttentionView } from './attentionStore.ts';
import { promptOf, useGenerationStore } from './generationStore.ts';
import { faultOf } from './notices.ts';
import { useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useAttentionStore;

let round = new AbortController();
let atWork: Promise<void> | undefined;

export function chooseAttention(part: Partial<Pick<AttentionStore, 'layer' | 'head' | 'token' | 'keepUp'>>): void {
  set(part);
}

/**
 * Fetches all layers for the present text and model. A call while another is at work replaces it: the request in
 * flight is cancelled and the work begins again, so there is never more than one. Faults go to the store.
 */
export function refreshAttention(): Promise<void> {
  round.abort();
  round = new AbortController();
  atWork ??= workOff().finally(() => (atWork = undefined));
  return atWork;
}

/** The key of the text that a refresh would show; undefined while there is no run. */
export function wantedAttentionKey(): string | undefined {
  return wantedText()?.key;
}

async function workOff(): Promise<void> {
  set({ loading: true });
  let served: AbortController;
  do {
    served = round;
    await fetchLayers(served.signal);
  } while (served !== round);
  set({ loading: false });
}

async function fetchLayers(signal: AbortSignal): Promise<void> {
  const run = useRunStore.getState().run;
  const wanted = wantedText();
  if (run === undefined || wanted === undefined) {
    set({ view: undefined });
    return;
  }
  const { nLayer, nHead } = run.config.model;
  try {
    const { tokens: allTokens, before } =
      wanted.end ?? (await engine.request('tokenize', { text: wanted.text }, { signal }));
    if (signal.aborted) return;
    const promptLength = wanted.end === undefined ? allTokens.length : wanted.promptLength;
    show({ key: wanted.key, source: wanted.source, allTokens, before, promptLength, nHead }, nLayer);
    if (allTokens.length === 0) return;
    const tokens = allTokens.map((token) => token.id);
    const first = Math.min(get().layer, nLayer - 1);
    for (const layer of [first, ...Array.from({ length: nLayer }, (_, at) => at).filter((at) => at !== first)]) {
      const weights = await engine.request('attention', { tokens, layer }, { signal });
      const { view } = get();
      if (signal.aborted || view?.key !== wanted.key) return;
      const layers = view.layers.with(layer, weights);
      const token = get().token ?? weights.size - 1;
      set({ view: { ...view, layers }, token: Math.min(token, weights.size - 1), fault: undefined });
    }
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code !== 'cancelled') set({ fault });
  }
}

/** Puts the tokens on screen: with the old weights if they are the same tokens, else with none yet. */
function show(fresh: Omit<AttentionView, 'layers'>, nLayer: number): void {
  const { view, layer, head } = get();
  const kept = view?.key === fresh.key && view.layers.length === nLayer;
  set({
    view: { ...fresh, layers: kept ? view.layers : Array.from({ length: nLayer }, () => undefined) },
    layer: Math.min(layer, nLayer - 1),
    head: Math.min(head, fresh.nHead - 1),
    ...(!kept && { token: undefined }),
    fault: undefined,
  });
}

interface WantedText {
  readonly key: string;
  readonly source: AttentionView['source'];
  /** Undefined where the text must be tokenized first. */
  readonly end: TextEndTokens | undefined;
  readonly text: string;
  readonly promptLength: number;
}

function wantedText(): WantedText | undefined {
  const { run, runData, data } = useRunStore.getState();
  if (run === undefined) return undefined;
  const { generation, selectedSample, form } = useGenerationStore.getState();
  // Tokens of another run's vocabulary would mean something else to this one.
  if (generation?.runId === run.runId && generation.status !== 'running') {
    const written = generation.samples[selectedSample] ?? [];
    return {
      key: `${run.runId}/${generation.id}/${selectedSample}`,
      source: 'generation',
      end: {
        tokens: [...generation.promptTokens, ...written.map(({ id, text }) => ({ id, text }))],
        before: generation.promptBefore,
      },
      text: '',
      promptLength: generation.promptTokens.length,
    };
  }
  const text = promptOf(form, (runData ?? data)?.suggestedPrompts ?? []);
  return { key: `${run.runId}/prompt/${text}`, source: 'prompt', end: undefined, text, promptLength: 0 };
}
