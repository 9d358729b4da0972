// Tests of the generation actions against a scripted engine.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError, type RequestOptions } from '../client/engineClient.ts';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import {
  PLAIN_DECODING,
  type BeamNode,
  type GeneratedToken,
  type GenerationResult,
  type GenerationSettings,
} from '../protocol/messages.ts';
import { generate, stopGeneration } from './generationActions.ts';
import { useGenerationStore } from './generationStore.ts';
import { useRunStore } from './runStore.ts';

interface Call {
  readonly params: { readonly settings: GenerationSettings };
  readonly options: RequestOptions;
  readonly resolve: (result: GenerationResult) => void;
  readonly reject: (error: unknown) => void;
}
const calls = vi.hoisted((): Call[] => []);
vi.mock('../client/engine.ts', () => ({
  engine: {
    request: (_name: string, params: Call['params'], options: RequestOptions) =>
      new Promise((resolve, reject) => void calls.push({ params, options, resolve, reject })),
  },
}));

const settings: GenerationSettings = { ...PLAIN_DECODING, prompt: 'Once', maxTokens: 5, samples: 2, seed: 1 };
const token = (text: string): GeneratedToken => ({
  id: 1,
  text,
  decoded: text,
  probability: 0.5,
  logProbability: Math.log(0.5),
  alternatives: [],
  endOfText: false,
});
const result = (part: Partial<GenerationResult> = {}): GenerationResult => ({
  finish: 'done',
  ends: [{ reason: 'length' }, { reason: 'end-of-text' }],
  hypotheses: [],
  step: 7,
  lastStep: 7,
  tokensPerSecond: 90,
  ...part,
});
const textsOf = () => useGenerationStore.getState().generation?.samples.map((sample) => sample.map(({ text }) => text));
const initial = useGenerationStore.getState();

function call(index: number): Call {
  const found = calls[index];
  if (found === undefined) throw new Error(`No request ${index}.`);
  return found;
}

beforeEach(() => {
  calls.length = 0;
  useGenerationStore.setState(initial, true);
  const run = {
    runId: 'r1',
    name: 'tales',
    phase: 'running',
    step: 7,
    config: DEFAULT_CONFIG,
    parameterCount: 1,
  } as const;
  useRunStore.setState({ run });
});
afterEach(() => stopGeneration());

describe('generate', () => {
  it('gathers the tokens of each sample and ends with step and speed', async () => {
    const done = generate(settings);
    expect(useGenerationStore.getState().busy).toBe(true);
    call(0).options.onPrompt?.({ tokens: [{ id: 4, text: 'Once' }], before: 3 }, 'Once');
    call(0).options.onToken?.(0, token(' upon'));
    call(0).options.onToken?.(1, token(' there'));
    call(0).resolve(result());
    await done;
    const { generation, busy } = useGenerationStore.getState();
    expect(busy).toBe(false);
    expect(generation).toMatchObject({ runId: 'r1', status: 'done', step: 7, lastStep: 7, tokensPerSecond: 90 });
    expect(textsOf()).toEqual([[' upon'], [' there']]);
    expect(generation?.ends.map((end) => end?.reason)).toEqual(['length', 'end-of-text']);
    expect(generation?.leads).toEqual([
      { text: 'Once', tokens: 0 },
      { text: 'Once', tokens: 0 },
    ]);
  });

  it('keeps the text before it when it fails at once', async () => {
    const first = generate(settings);
    call(0).options.onToken?.(0, token('a'));
    call(0).resolve(result());
    await first;
    const fault = { code: 'vocabulary', message: 'Unknown: ж', remedy: 'Remove it.' } as const;
    const second = generate({ ...settings, prompt: 'ж' });
    call(1).reject(new EngineError(fault));
    await second;
    const state = useGenerationStore.getState();
    expect(state.fault).toEqual(fault);
    expect(state.generation?.settings.prompt).toBe('Once');
    expect(state.busy).toBe(false);
  });

  it('cancels one that is running, whose late tokens no longer count', async () => {
    const first = generate(settings);
    const second = generate({ ...settings, seed: 2 });
    expect(call(0).options.signal?.aborted).toBe(true);
    call(1).options.onToken?.(0, token('new'));
    call(0).options.onToken?.(0, token('old'));
    call(1).resolve(result());
    await second;
    call(0).resolve(result({ finish: 'stopped' }));
    await first;
    const { generation, busy } = useGenerationStore.getState();
    expect(generation?.samples[0]?.map(({ text }) => text)).toEqual(['new']);
    expect(busy).toBe(false);
  });

  it('leaves the choice of sample while texts come, and starts at the first with the next', async () => {
    const first = generate(settings);
    call(0).options.onPrompt?.({ tokens: [], before: 0 }, '');
    useGenerationStore.setState({ selectedSample: 1 });
    call(0).options.onToken?.(1, token('a'));
    call(0).resolve(result());
    await first;
    const before = useGenerationStore.getState();
    expect(before.selectedSample).toBe(1);
    const second = generate(settings);
    call(1).options.onPrompt?.({ tokens: [], before: 0 }, '');
    call(1).resolve(result());
    await second;
    const after = useGenerationStore.getState();
    expect(after.selectedSample).toBe(0);
    expect(after.generation?.id).toBeGreaterThan(before.generation?.id ?? 0);
    expect(after.generation?.root).toBe(after.generation?.id);
  });

  it('shows tokens together, a little after they came, and nothing late once it is over', async () => {
    vi.useFakeTimers();
    const done = generate(settings);
    call(0).options.onPrompt?.({ tokens: [], before: 0 }, '');
    const changes = vi.fn<() => void>();
    const leave = useGenerationStore.subscribe(changes);
    for (const text of ['a', 'b', 'c']) call(0).options.onToken?.(0, token(text));
    expect(changes).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(changes).toHaveBeenCalledTimes(1);
    expect(textsOf()?.[0]).toEqual(['a', 'b', 'c']);
    call(0).options.onToken?.(0, token('d'));
    call(0).resolve(result());
    await done;
    const { generation } = useGenerationStore.getState();
    await vi.advanceTimersByTimeAsync(1000);
    expect(useGenerationStore.getState().generation).toBe(generation);
    expect(generation?.status).toBe('done');
    leave();
    vi.useRealTimers();
  });

  it('that is stopped by the person keeps what was written and is no fault; one that breaks off says why', async () => {
    const first = generate(settings);
    call(0).options.onToken?.(0, token('a'));
    call(0).reject(new EngineError({ code: 'cancelled', message: '', remedy: '' }));
    await first;
    expect(useGenerationStore.getState()).toMatchObject({ busy: false, fault: undefined });
    expect(useGenerationStore.getState().generation).toMatchObject({ status: 'stopped' });
    const second = generate(settings);
    call(1).options.onToken?.(0, token('b'));
    call(1).reject(new EngineError({ code: 'device-lost', message: 'Gone.', remedy: '' }));
    await second;
    expect(useGenerationStore.getState().fault).toMatchObject({ code: 'device-lost' });
    expect(useGenerationStore.getState().generation).toMatchObject({ status: 'failed' });
    expect(textsOf()).toEqual([['b'], []]);
  });

  it('asks for nothing without a run', async () => {
    useRunStore.setState({ run: undefined });
    await generate(settings);
    expect(calls).toHaveLength(0);
  });
});

describe('generate from a text on screen', () => {
  const promptTokens = [{ id: 4, text: 'Once' }];
  const kept = [{ ...token(' up'), id: 8 }];

  it('sends exact ids, keeps the prompt as it was, and puts what is new behind what is kept', async () => {
    const done = generate(settings, { promptTokens, promptBefore: 7, kept, sample: undefined });
    expect(call(0).params.settings).toMatchObject({ promptTokens: [4, 8], samples: 2 });
    call(0).options.onPrompt?.(
      {
        tokens: [
          { id: 4, text: 'Once' },
          { id: 8, text: ' up' },
        ],
        before: 0,
      },
      'Once up',
    );
    call(0).options.onToken?.(1, token('on'));
    call(0).resolve(result());
    await done;
    const { generation } = useGenerationStore.getState();
    expect(generation).toMatchObject({ promptTokens, promptBefore: 7 });
    expect(textsOf()).toEqual([[' up'], [' up', 'on']]);
    expect(generation?.leads[1]).toEqual({ text: 'Once up', tokens: 1 });
  });

  it('writes one sample anew and leaves the others', async () => {
    const first = generate(settings);
    call(0).options.onPrompt?.({ tokens: promptTokens, before: 0 }, 'Once');
    call(0).options.onToken?.(0, token(' a'));
    call(0).options.onToken?.(1, token(' b'));
    call(0).resolve(result());
    await first;
    const second = generate(settings, { promptTokens, promptBefore: 7, kept, sample: 1 });
    expect(call(1).params.settings).toMatchObject({ promptTokens: [4, 8], samples: 1 });
    call(1).options.onPrompt?.({ tokens: promptTokens, before: 0 }, 'Once up');
    call(1).options.onToken?.(0, token('on'));
    call(1).resolve(result({ ends: [{ reason: 'stop-string', stop: { text: 'n', at: 1 } }] }));
    await second;
    const { generation, selectedSample } = useGenerationStore.getState();
    expect(textsOf()).toEqual([[' a'], [' up', 'on']]);
    expect(generation?.ends.map((end) => end?.reason)).toEqual(['length', 'stop-string']);
    expect(generation?.leads).toEqual([
      { text: 'Once', tokens: 0 },
      { text: 'Once up', tokens: 1 },
    ]);
    expect(selectedSample).toBe(1);
  });

  it('gathers the steps of a beam search, and at its end its texts behind what is kept', async () => {
    const beam: GenerationSettings = { ...settings, method: 'beam', beamWidth: 2 };
    const done = generate(beam, { promptTokens, promptBefore: 7, kept, sample: undefined });
    call(0).options.onPrompt?.({ tokens: promptTokens, before: 0 }, 'Once up');
    const node: BeamNode = {
      id: 1,
      parent: 0,
      token: 5,
      text: 'on',
      endOfText: false,
      logProbability: -1,
      score: -1,
      kept: true,
      finished: null,
    };
    call(0).options.onBeamStep?.([node]);
    call(0).options.onBeamStep?.([{ ...node, id: 2, parent: 1, finished: 'length' }]);
    call(0).resolve(
      result({
        ends: [{ reason: 'length' }],
        hypotheses: [{ node: 2, tokens: [token('on'), token('ce')], score: -2, logProbability: -2 }],
      }),
    );
    await done;
    const { generation } = useGenerationStore.getState();
    expect(generation?.beams?.nodes.map(({ id }) => id)).toEqual([1, 2]);
    expect(textsOf()).toEqual([[' up', 'on', 'ce']]);
    expect(generation?.leads).toEqual([{ text: 'Once up', tokens: 1 }]);
    expect(generation?.ends).toEqual([{ reason: 'length' }]);
  });
});
