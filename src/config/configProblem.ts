// What is said about a config that cannot be run, or that runs but may disappoint.
import type { RunConfig } from './runConfig.ts';

/** Something that keeps a config from being run. */
export interface ConfigProblem {
  /** Dotted path of the field ('model.nHead'). */
  readonly field: string;
  readonly message: string;
  /** The nearest config without this problem. */
  readonly fix?: { readonly label: string; readonly config: RunConfig };
}

/** Something to know about a config that can be run; `fix` is a config without it. */
export type ConfigNote = ConfigProblem;
