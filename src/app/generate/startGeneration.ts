// Starts a generation with the form as it stands, from the prompt or from a text on screen.
import type { GeneratedToken, TokenAlternative } from '../../protocol/messages.ts';
import { editGenerationForm, generate } from '../../state/generationActions.ts';
import { promptOf, useGenerationStore, type Generation } from '../../state/generationStore.ts';
import type { Origin } from '../../state/generationTexts.ts';
import { useRunStore } from '../../state/runStore.ts';
import { checkGenerationForm, nextSeed } from './generationForm.ts';

/** Does nothing while the form cannot be used or there is no run: the form says why. */
export function startGeneration(origin?: Origin): void {
  const { form, generation } = useGenerationStore.getState();
  const { run, runData, data } = useRunStore.getState();
  const known = runData ?? data;
  const check = checkGenerationForm(form, promptOf(form, known?.suggestedPrompts ?? []), known?.vocabSize);
  if (run === undefined || !check.ok) return;
  const seed = nextSeed(form, check.settings, generation?.settings.seed);
  editGenerationForm({ seed: String(seed) });
  void generate({ ...check.settings, seed }, origin);
}

/** Goes on from the end of these tokens, which follow the generation's prompt. @param sample where they stand */
export function continueFrom(generation: Generation, kept: readonly GeneratedToken[], sample: number): void {
  const { method } = useGenerationStore.getState().form;
  // One sample among others is written anew in its place.
  const stays = generation.beams === undefined && generation.samples.length > 1 && method === 'sample';
  const { promptTokens, promptBefore } = generation;
  startGeneration({ promptTokens, promptBefore, kept, sample: stays ? sample : undefined });
}

/** Puts another token in place of one of a sample's, and writes on from there. */
export function replaceToken(generation: Generation, sample: number, index: number, chosen: TokenAlternative): void {
  const tokens = generation.samples[sample] ?? [];
  const present = tokens[index];
  if (present === undefined) return;
  const { id, text, probability, endOfText } = chosen;
  const replaced = {
    id,
    text,
    decoded: endOfText ? '' : text,
    probability,
    logProbability: Math.log(probability),
    alternatives: present.alternatives,
    endOfText,
  };
  continueFrom(generation, [...tokens.slice(0, index), id === present.id ? present : replaced], sample);
}
