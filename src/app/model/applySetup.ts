// Taking up a whole set-up at once, a size or a recipe, with settings that a run takes live among others that it does not.
import type { RunConfig } from '../../config/runConfig.ts';
import { adjustLive, editDraft } from '../../state/draftActions.ts';
import { changedLiveSettings, needsNewRun } from '../../state/draftDifference.ts';
import { useRunStore } from '../../state/runStore.ts';

/** Puts a set-up into the draft. The open run hears of it only where it can become that set-up as it goes on. */
export function applySetup(config: RunConfig): void {
  const { run } = useRunStore.getState();
  editDraft(() => config);
  if (run === undefined || needsNewRun(config, run.config)) return;
  const live = changedLiveSettings(config, run.config);
  if (live !== undefined) void adjustLive(live);
}
