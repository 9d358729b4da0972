// What is said of a config that cannot be run, or that can but will not do what one might hope.
import type { RunConfig } from './runConfig.ts';

/** Something that keeps a config from being run. */
export interface ConfigProblem {
  /** Dotted path of the field ('model.nHead'). */
  readonly field: string;
  readonly message: string;
  /** The nearest config without this problem. */
  readonly fix?: { readonly label: string; readonly config: RunConfig };
}

/** Something to know of a config that can be run; `fix` is a config of which it is not true. */
export type ConfigNote = ConfigProblem;
