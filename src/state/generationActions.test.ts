// Tests of the generation actions against a scripted engine.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError, type RequestOptions } from '../client/engineClient.ts';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import type { GeneratedToken, GenerationResult, GenerationSettings } from '../protocol/messages.ts';
import { generate, stopGeneration } from './generationActions.ts';
import { useGenerationStore } from './generationStore.ts';
import { useRunStore } from './runStore.ts';

interface Call {
  readonly options: RequestOptions;
  readonly resolve: (result: GenerationResult) => void;
  readonly reject: (error: unknown) => void;
}
const calls = vi.hoisted((): Call[] => []);
vi.mock('../client/engine.ts', () => ({
  engine: {
    request: (_name: string, _params: unknown, options: RequestOptions) =>
      new Promise((resolve, reject) => void calls.push({ options, resolve, reject })),
  },
}));

const settings: GenerationSettings = {
  prompt: 'Once',
  maxTokens: 5,
  temperature: 1,
  topK: 0,
  topP: 1,
  samples: 2,
  seed: 1,
};
const token = (text: string): GeneratedToken => ({
  id: 1,
  text,
  decoded: text,
  probability: 0.5,
  alternatives: [],
  endOfText: false,
});
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
    call(0).options.onPrompt?.([{ id: 4, text: 'Once' }]);
    call(0).options.onToken?.(0, token(' upon'));
    call(0).options.onToken?.(1, token(' there'));
    call(0).resolve({ finish: 'done', step: 7, lastStep: 7, tokensPerSecond: 90 });
    await done;
    const { generation, busy } = useGenerationStore.getState();
    expect(busy).toBe(false);
    expect(generation).toMatchObject({ runId: 'r1', status: 'done', step: 7, lastStep: 7, tokensPerSecond: 90 });
    expect(generation?.samples.map((sample) => sample.map(({ text }) => text))).toEqual([[' upon'], [' there']]);
  });

  it('keeps the text before it when it fails at once', async () => {
    const first = generate(settings);
    call(0).options.onToken?.(0, token('a'));
    call(0).resolve({ finish: 'done', step: 7, lastStep: 7, tokensPerSecond: 90 });
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
    call(1).resolve({ finish: 'done', step: 8, lastStep: 8, tokensPerSecond: 90 });
    await second;
    call(0).resolve({ finish: 'stopped', step: 8, lastStep: 8, tokensPerSecond: 90 });
    await first;
    const { generation, busy } = useGenerationStore.getState();
    expect(generation?.samples[0]?.map(({ text }) => text)).toEqual(['new']);
    expect(busy).toBe(false);
  });

  it('asks for nothing without a run', async () => {
    useRunStore.setState({ run: undefined });
    await generate(settings);
    expect(calls).toHaveLength(0);
  });
});
