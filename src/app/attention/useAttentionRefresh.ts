// When attention is asked for without a press of the button: after each generation, for a new prompt before the first
// one, and every few seconds while training if that is wanted.
import { useEffect } from 'react';
import { refreshAttention, wantedAttentionKey } from '../../state/attentionActions.ts';
import { useAttentionStore } from '../../state/attentionStore.ts';
import { promptOf, useGenerationStore } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';

/** A prompt is looked at when typing pauses. */
const TYPING_PAUSE_MS = 500;
const KEEP_UP_PAUSE_MS = 3000;

export function useAttentionRefresh(): void {
  const runId = useRunStore((state) => state.run?.runId);
  const isTraining = useRunStore((state) => state.run?.phase === 'running');
  const suggestions = useRunStore((state) => (state.runData ?? state.data)?.suggestedPrompts);
  const generationId = useGenerationStore((state) => state.generation?.id);
  const selectedSample = useGenerationStore((state) => state.selectedSample);
  const prompt = useGenerationStore((state) => promptOf(state.form, suggestions ?? []));
  const generating = useGenerationStore((state) => state.busy);
  const keepUp = useAttentionStore((state) => state.keepUp);

  useEffect(() => {
    if (generating) return;
    const key = wantedAttentionKey();
    const shownKey = () => useAttentionStore.getState().view?.key;
    if (key === undefined || key === shownKey()) return;
    const pauseMs = key.includes('/prompt/') && shownKey() !== undefined ? TYPING_PAUSE_MS : 0;
    const timer = setTimeout(() => void refreshAttention(), pauseMs);
    return () => clearTimeout(timer);
  }, [runId, generationId, selectedSample, prompt, generating]);

  useEffect(() => {
    if (!keepUp || !isTraining || generating) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const again = async () => {
      await refreshAttention();
      if (!ended) timer = setTimeout(() => void again(), KEEP_UP_PAUSE_MS);
    };
    void again();
    return () => {
      ended = true;
      clearTimeout(timer);
      // The last look belongs to the model as it stopped.
      void refreshAttention();
    };
  }, [keepUp, isTraining, generating]);
}
