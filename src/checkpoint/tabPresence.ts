// Which tabs are still there. Where the browser has locks, each tab's worker holds one until it dies, however it dies;
// elsewhere (on http: addresses that are not localhost) it says in the store, every second, that it lives.
import type { TabRow } from './storeRows.ts';

const LOCK_PREFIX = 'glassbox-tab-';
export const BEAT_MS = 1000;
/** A tab that was silent for so long is taken to be gone; longer than most steps of training block a worker. */
export const SILENCE_MS = 4000;

export type TabRows = readonly (readonly [string, TabRow])[];

export interface Presence {
  readonly id: string;
  /** Begins to be there. @param beat what to do again and again while this tab lives, where that is needed */
  begin(beat: () => void): Promise<void>;
  /** How long it may take until a tab that was just closed is known to be gone. */
  readonly patienceMs: number;
  /** The ids among `tabs` whose tab is gone; never this one. */
  gone(tabs: TabRows): Promise<ReadonlySet<string>>;
}

/** A worker's locks go with it, but not at once. */
const LOCK_PATIENCE_MS = 1500;

type Locks = Pick<LockManager, 'request' | 'query'>;

export class TabPresence implements Presence {
  readonly id = newTabId();
  readonly #locks: Locks | undefined;
  #holdsLock = false;

  constructor(locks = browserLocks()) {
    this.#locks = locks;
  }

  get patienceMs(): number {
    return this.#holdsLock ? LOCK_PATIENCE_MS : SILENCE_MS + BEAT_MS;
  }

  async begin(beat: () => void): Promise<void> {
    this.#holdsLock = await holdForLife(this.#locks, LOCK_PREFIX + this.id);
    if (!this.#holdsLock) setInterval(beat, BEAT_MS);
  }

  async gone(tabs: TabRows): Promise<ReadonlySet<string>> {
    const others = tabs.filter(([id]) => id !== this.id);
    if (!this.#holdsLock || this.#locks === undefined) {
      const now = Date.now();
      return new Set(others.filter(([, { seenAtMs }]) => now - seenAtMs > SILENCE_MS).map(([id]) => id));
    }
    const held = await this.#locks.query().then(
      (state) => state.held ?? [],
      () => undefined,
    );
    if (held === undefined) return new Set();
    const alive = new Set(held.map(({ name }) => name));
    return new Set(others.filter(([id]) => !alive.has(LOCK_PREFIX + id)).map(([id]) => id));
  }
}

/** Only browsers have locks, and only in secure contexts, whatever the types say. */
function browserLocks(): Locks | undefined {
  const scope: { navigator?: { locks?: LockManager } } = globalThis;
  return scope.navigator?.locks;
}

/** @returns whether the lock is held, which it then is as long as this thread lives; some frames are refused any, or never answered. */
function holdForLife(locks: Locks | undefined, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      resolve(true);
      return new Promise(() => {});
    };
    setTimeout(resolve, LOCK_PATIENCE_MS, false);
    const request = async (): Promise<unknown> => locks?.request(name, hold);
    request().then(
      () => resolve(false),
      () => resolve(false),
    );
  });
}

function newTabId(): string {
  return [...crypto.getRandomValues(new Uint32Array(2))].map((part) => part.toString(36)).join('-');
}
