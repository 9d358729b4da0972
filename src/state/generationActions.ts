// Generating text: asks the engine, gathers what is written as it comes, goes on from a text on screen, stops on request.
import { engine } from '../client/engine.ts';
import type { GenerationSettings } from '../protocol/messages.ts';
import { useGenerationStore, type Generation, type GenerationForm } from './generationStore.ts';
import { TextsInProgress, type Origin } from './generationTexts.ts';
import { faultOf } from './notices.ts';
import { useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useGenerationStore;
/** Tokens come faster than a screen can show them: the store changes at most this often, */
const SHOW_EVERY_MS = 50;
/** and more rarely the longer the text, whose every line must be laid out anew. */
const SLOWER_PER_TOKEN_MS = 0.12;
/** Of a longer text only the end is drawn. */
const MOST_DRAWN = 2000;

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
 * Generates with these settings, from the prompt or from a text on screen; one already running is ended first. The text on screen is replaced when the first
 * token or the prompt arrives, so that a failure keeps it. Faults go to the store, nothing is thrown.
 */
export async function generate(settings: GenerationSettings, origin?: Origin): Promise<void> {
  const runId = useRunStore.getState().run?.runId;
  if (runId === undefined) return;
  running?.abort();
  const controller = new AbortController();
  running = controller;
  set({ busy: true, fault: undefined });

  const before = get().generation;
  const texts = new TextsInProgress(settings, origin, before);
  const id = (before?.id ?? 0) + 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (more: Pick<Generation, 'status'> & Partial<Generation>) => {
    clearTimeout(timer);
    timer = undefined;
    // A newer generation owns the screen.
    if (running !== controller) return;
    const { generation, selectedSample } = get();
    set({
      generation: {
        id,
        root: (origin && before?.root) ?? id,
        runId,
        settings,
        step: undefined,
        lastStep: undefined,
        tokensPerSecond: undefined,
        ...texts.shown(),
        ...more,
      },
      selectedSample: generation?.id === id ? selectedSample : (origin?.sample ?? 0),
    });
  };
  const showSoon = () => {
    timer ??= setTimeout(
      () => show({ status: 'running' }),
      SHOW_EVERY_MS + Math.min(texts.written, MOST_DRAWN) * SLOWER_PER_TOKEN_MS,
    );
  };

  try {
    const result = await engine.request(
      'generate',
      { settings: texts.request },
      {
        signal: controller.signal,
        onPrompt: (prompt, text) => {
          texts.begin(prompt, text);
          show({ status: 'running' });
        },
        onToken: (sample, token) => {
          texts.add(sample, token);
          showSoon();
        },
        onBeamStep: (nodes) => {
          texts.addStep(nodes);
          showSoon();
        },
      },
    );
    texts.end(result);
    show({
      status: result.finish,
      step: result.step,
      lastStep: result.lastStep,
      tokensPerSecond: result.tokensPerSecond,
    });
  } catch (error) {
    const fault = faultOf(error);
    if (texts.hasBegun) show({ status: fault.code === 'cancelled' ? 'stopped' : 'failed' });
    if (running === controller && fault.code !== 'cancelled') set({ fault });
  } finally {
    clearTimeout(timer);
    if (running === controller) {
      running = undefined;
      set({ busy: false });
    }
  }
}
