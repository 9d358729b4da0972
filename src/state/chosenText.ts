// Tells the worker which text is chosen, so that the browser's store keeps it although no run is trained on it yet.
import { engine } from '../client/engine.ts';
import type { TextChoice } from '../config/runConfig.ts';
import { sameText } from './draftDifference.ts';
import { useRunStore, type RunStore } from './runStore.ts';

/** From now on, and to every worker that takes another's place before that one opens anything. */
export function tellChosenText(): void {
  let told: TextChoice | undefined;
  const tell = (state: RunStore): void => {
    const chosen = chosenBesideRun(state);
    if (chosen === told) return;
    told = chosen;
    // A worker that dies meanwhile is followed by one that is told again.
    engine.request('chooseText', { text: chosen ?? null }).catch(() => {});
  };
  tell(useRunStore.getState());
  useRunStore.subscribe(tell);
  engine.onRestart(() => {
    told = undefined;
    tell({ ...useRunStore.getState(), run: undefined });
  });
}

/** The draft's text where only the store has it, and the open run does not keep it there anyway. */
function chosenBesideRun({ draft: { text }, run }: RunStore): TextChoice | undefined {
  if (text.kind !== 'own' && text.kind !== 'url') return undefined;
  return run !== undefined && sameText(text, run.config.text) ? undefined : text;
}
