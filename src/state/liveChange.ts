// What was changed of a run that is under way: from what to what and at which step, so that it can be shown where it
// happened and undone. Pure; the store keeps it for the open run.
import type { LiveSettings } from '../config/runConfig.ts';

/** Live settings that are numbers. */
export type LiveNumber = {
  [Name in keyof LiveSettings]-?: number extends LiveSettings[Name] ? Name : never;
}[keyof LiveSettings];

export interface LiveChange {
  readonly from: number;
  readonly to: number;
  /** The run's step when it was made. */
  readonly step: number;
  readonly atMs: number;
}

export type LiveChanges = Readonly<Partial<Record<LiveNumber, LiveChange>>>;

/** Digits typed one after another are one change: it leads back to what was there before the first. */
const ONE_CHANGE_MS = 8000;

/** @returns the changes with this one; without any of that setting where it is back at what it was. */
export function withLiveChange(changes: LiveChanges, name: LiveNumber, next: LiveChange): LiveChanges {
  const before = changes[name];
  const goesOn = before !== undefined && next.atMs - before.atMs < ONE_CHANGE_MS;
  const change = goesOn ? { ...next, from: before.from, step: before.step } : next;
  const { [name]: _, ...others } = changes;
  return change.from === change.to ? others : { ...others, [name]: change };
}
