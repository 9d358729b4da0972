// Tests of fetching attention against a scripted engine.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError, type RequestOptions } from '../client/engineClient.ts';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import { PLAIN_DECODING, type AttentionLayer } from '../protocol/messages.ts';
import { refreshAttention } from './attentionActions.ts';
import { tokenOffset, useAttentionStore } from './attentionStore.ts';
import { useGenerationStore } from './generationStore.ts';
import { useRunStore } from './runStore.ts';

interface AttentionParams {
  readonly tokens: readonly number[];
  readonly layer: number;
}
const worker = vi.hoisted(() => ({ asked: [] as string[], inFlight: 0, mostInFlight: 0, context: 4, step: 5 }));

vi.mock('../client/engine.ts', () => ({
  engine: {
    request: async (name: string, params: AttentionParams & { text: string }, { signal }: RequestOptions) => {
      worker.mostInFlight = Math.max(worker.mostInFlight, ++worker.inFlight);
      worker.asked.push(name === 'tokenize' ? `tokenize ${params.text}` : `layer ${params.layer}`);
      await Promise.resolve();
      worker.inFlight--;
      if (signal?.aborted === true) throw new EngineError({ code: 'cancelled', message: '', remedy: '' });
      if (name === 'tokenize') {
        return { tokens: [...params.text].map((text) => ({ id: text.charCodeAt(0), text })), before: 0 };
      }
      const size = Math.min(worker.context, params.tokens.length);
      const weights = new Float32Array(4 * size * size);
      const { layer, tokens } = params;
      return {
        layer,
        nHead: 4,
        size,
        offset: tokens.length - size,
        causal: true,
        band: 0,
        weights,
        step: worker.step,
      } satisfies AttentionLayer;
    },
  },
}));

const initialAttention = useAttentionStore.getState();
const initialGeneration = useGenerationStore.getState();

beforeEach(() => {
  Object.assign(worker, { asked: [], inFlight: 0, mostInFlight: 0, context: 4, step: 5 });
  useAttentionStore.setState(initialAttention, true);
  useGenerationStore.setState(initialGeneration, true);
  const config = { ...DEFAULT_CONFIG, model: { ...DEFAULT_CONFIG.model, nLayer: 3, nHead: 4 } };
  useRunStore.setState({ run: { runId: 'r1', name: 'tales', phase: 'ready', step: 0, config, parameterCount: 1 } });
  useGenerationStore.setState({ form: { ...initialGeneration.form, prompt: 'abc' } });
});

describe('refreshAttention', () => {
  it('tokenizes the prompt before there is a generation and asks for the layer on screen first', async () => {
    useAttentionStore.setState({ layer: 1 });
    await refreshAttention();
    expect(worker.asked).toEqual(['tokenize abc', 'layer 1', 'layer 0', 'layer 2']);
    const { view, loading, token } = useAttentionStore.getState();
    expect(view?.layers.map((layer) => layer?.layer)).toEqual([0, 1, 2]);
    expect([loading, token, view?.source]).toEqual([false, 2, 'prompt']);
  });

  it('shows the last tokens of a text longer than the context', async () => {
    useGenerationStore.setState({ form: { ...initialGeneration.form, prompt: 'abcdef' } });
    await refreshAttention();
    const { view } = useAttentionStore.getState();
    expect(view?.allTokens).toHaveLength(6);
    expect(view && tokenOffset(view)).toBe(2);
  });

  it('begins again when called while at work, with never more than one request in flight', async () => {
    const first = refreshAttention();
    useGenerationStore.setState({ form: { ...initialGeneration.form, prompt: 'xyz' } });
    await Promise.all([first, refreshAttention()]);
    expect(worker.mostInFlight).toBe(1);
    // Nothing more is asked about the text that is no longer wanted.
    expect(worker.asked).toEqual(['tokenize abc', 'tokenize xyz', 'layer 0', 'layer 1', 'layer 2']);
    const { view, loading } = useAttentionStore.getState();
    expect(view?.allTokens.map(({ text }) => text).join('')).toBe('xyz');
    expect(loading).toBe(false);
  });

  it('keeps the choice of token when the same text is looked at by a later model', async () => {
    await refreshAttention();
    useAttentionStore.setState({ token: 0 });
    worker.step = 9;
    await refreshAttention();
    const { view, token } = useAttentionStore.getState();
    expect([token, view?.layers[2]?.step]).toEqual([0, 9]);
  });

  it("ignores another run's generation, whose token ids mean something else", async () => {
    const settings = { ...PLAIN_DECODING, prompt: 'q', maxTokens: 1, samples: 1, seed: 1 };
    const promptTokens = [{ id: 1, text: 'q' }];
    const generation = {
      id: 1,
      root: 1,
      settings,
      promptTokens,
      promptBefore: 9,
      samples: [[]],
      leads: [],
      ends: [],
      beams: undefined,
      step: 1,
      lastStep: 1,
      tokensPerSecond: 1,
      status: 'done',
    } as const;
    useGenerationStore.setState({ generation: { ...generation, runId: 'other' } });
    await refreshAttention();
    expect(useAttentionStore.getState().view?.source).toBe('prompt');
    useGenerationStore.setState({ generation: { ...generation, runId: 'r1' } });
    await refreshAttention();
    expect(useAttentionStore.getState().view).toMatchObject({ allTokens: promptTokens, before: 9 });
  });

  it('asks for no layer of an empty text', async () => {
    useGenerationStore.setState({ form: { ...initialGeneration.form, prompt: '' } });
    await refreshAttention();
    expect(worker.asked).toEqual(['tokenize ']);
  });
});
