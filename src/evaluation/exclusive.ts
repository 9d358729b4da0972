// How an evaluation uses the device.

/** Runs a piece of device work while nothing else uses the device; rejects once the evaluation is cancelled. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;
