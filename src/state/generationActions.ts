// Generating text: asks the engine, gathers the tokens as they come, stops on request.
import { engine } from '../client/engine.ts';
import type { GeneratedToken, GenerationSettings, PreviewToken } from '../protocol/messages.ts';
import { useGenerationStore, type Generation, type GenerationForm } from './generationStore.ts';
import { faultOf } from './notices.ts';
import { useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useGenerationStore;
/** Tokens come faster than a screen can show them: the store changes at most this often, */
const SHOW_EVERY_MS = 50;
/** and more rarely the longer the text, whose every line must be laid out anew. */
const SLOWER_PER_TOKEN_MS = 0.12;

let running: AbortController | undefined;

export function editGenerationForm(part: Partial<GenerationForm>): void {
  set({ form: { ...get().form, ...part } });
}

export function selectSample(sample: number): void {
  set({ selectedSample: sample });
}

/** Ends the generation under way; what it wrote stays. */
export function stopGeneration(): void {
  running?.abort();
}

/**
 * Generates with these settings; one already running is ended first. The text on screen is replaced when the first
 * token or the prompt arrives, so that a failure keeps it. Faults go to the store, nothing is thrown.
 */
export async function generate(settings: GenerationSettings): Promise<void> {
  const runId = useRunStore.getState().run?.runId;
  if (runId === undefined) return;
  running?.abort();
  const controller = new AbortController();
  running = controller;
  set({ busy: true, fault: undefined });

  const id = (get().generation?.id ?? 0) + 1;
  let promptTokens: readonly PreviewToken[] = [];
  const samples: GeneratedToken[][] = Array.from({ length: settings.samples }, () => []);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (more: Pick<Generation, 'status'> & Partial<Generation>) => {
    clearTimeout(timer);
    timer = undefined;
    // A newer generation owns the screen.
    if (running !== controller) return;
    const before = get();
    set({
      generation: {
        id,
        runId,
        settings,
        promptTokens,
        samples: samples.map((tokens) => [...tokens]),
        step: undefined,
        lastStep: undefined,
        tokensPerSecond: undefined,
        ...more,
      },
      selectedSample: before.generation?.id === id ? before.selectedSample : 0,
    });
  };
  let written = 0;
  const showSoon = () => {
    timer ??= setTimeout(() => show({ status: 'running' }), SHOW_EVERY_MS + written * SLOWER_PER_TOKEN_MS);
  };

  try {
    const result = await engine.request(
      'generate',
      { settings },
      {
        signal: controller.signal,
        onPrompt: (tokens) => {
          promptTokens = tokens;
          show({ status: 'running' });
        },
        onToken: (sample, token) => {
          samples[sample]?.push(token);
          written++;
          showSoon();
        },
      },
    );
    show({
      status: result.finish,
      step: result.step,
      lastStep: result.lastStep,
      tokensPerSecond: result.tokensPerSecond,
    });
  } catch (error) {
    const fault = faultOf(error);
    const began = promptTokens.length > 0 || samples.some((tokens) => tokens.length > 0);
    if (began) show({ status: fault.code === 'cancelled' ? 'stopped' : 'failed' });
    if (running === controller && fault.code !== 'cancelled') set({ fault });
  } finally {
    clearTimeout(timer);
    if (running === controller) {
      running = undefined;
      set({ busy: false });
    }
  }
}
