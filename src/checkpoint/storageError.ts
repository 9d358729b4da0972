// The store's refusal: it could not keep, find or delete something.

/** `message` says what could not be done and why, `remedy` what to do. */
export class StorageError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'StorageError';
    this.remedy = remedy;
  }
}
