// How work that others started beside may use the device.

/** Runs a piece of device work while nothing else uses the device; rejects once the whole work is cancelled. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;
