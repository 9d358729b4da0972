// When attention is asked for without a press of the button: after each generation, for a new prompt before the first
// one, every few seconds while training if that is wanted, and when training comes to rest.
import { useEffect } from 'react';
import { refreshAttention, wantedAttentionKey } from '../../state/attentionActions.ts';
import { useAttentionStore } from '../../state/attentionStore.ts';
import { promptOf, useGenerationStore } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';

/** A prompt is looked at when typing pauses. */
const TYPING_PAUSE_MS = 500;
const KEEP_UP_PAUSE_MS = 3000;
/** Steps pressed one after another count as one. */
const SETTLING_MS = 250;

export function useAttentionRefresh(): void {
  const runId = useRunStore((state) => state.run?.runId);
  const isTraining = useRunStore((state) => state.run?.phase === 'running');
  const restingStep = useRunStore((state) => (state.run?.phase === 'running' ? undefined : state.run?.step));
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
    };
  }, [keepUp, isTraining, generating]);

  // A model at rest is shown as it is, not as it was when it was last looked at.
  useEffect(() => {
    if (restingStep === undefined || generating) return;
    const timer = setTimeout(() => {
      const { view, fault } = useAttentionStore.getState();
      const isBehind = view?.layers.some((layer) => layer !== undefined && layer.step !== restingStep) ?? false;
      if (isBehind && fault === undefined) void refreshAttention();
    }, SETTLING_MS);
    return () => clearTimeout(timer);
  }, [restingStep, generating]);
}
