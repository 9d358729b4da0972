// What is thrown for a file that is no run, or none that can be opened.

/** A file that cannot be loaded: `message` says why. */
export class RunFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RunFileError';
  }
}

/** @param what is wrong with it, the rest of a sentence */
export const damaged = (what: string): RunFileError => new RunFileError(`This run file is damaged: ${what}.`);
