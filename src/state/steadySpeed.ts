// A device's measured speed as a size is proposed by it: what was measured here before stands until a start after
// another says otherwise, so that a busy moment proposes no other model.
import type { DeviceReport } from '../protocol/messages.ts';
import { rememberedSpeeds, rememberSpeeds } from './preferences.ts';

/** Measurements that differ by less are the same. */
const SAME_WITHIN = 1.6;
/** So many starts in a row that measure another speed replace the remembered one. */
const DOUBTS = 3;
const MOST_DEVICES = 12;

export interface RememberedSpeed {
  readonly gigaflopsPerSecond: number;
  readonly secondsPerOperation: number;
  /** Starts in a row that measured otherwise. */
  readonly doubts: number;
}

const isSame = (a: number, b: number): boolean => a <= SAME_WITHIN * b && b <= SAME_WITHIN * a;

/** The report with the speed that this browser knows of the device; remembers what is new. */
export function steadied(device: DeviceReport): DeviceReport {
  const { backend, detail, engine, gigaflopsPerSecond, secondsPerOperation } = device;
  if (!(gigaflopsPerSecond > 0)) return device;
  const key = [backend, detail, engine].join(' · ');
  const { [key]: known, ...others } = rememberedSpeeds();
  const agrees =
    known !== undefined &&
    isSame(known.gigaflopsPerSecond, gigaflopsPerSecond) &&
    isSame(known.secondsPerOperation, secondsPerOperation);
  const doubts = known === undefined || agrees ? 0 : known.doubts + 1;
  const next: RememberedSpeed =
    known === undefined || doubts >= DOUBTS
      ? { gigaflopsPerSecond, secondsPerOperation, doubts: 0 }
      : { ...known, doubts };
  rememberSpeeds(Object.fromEntries([...Object.entries(others).slice(1 - MOST_DEVICES), [key, next]]));
  return { ...device, gigaflopsPerSecond: next.gigaflopsPerSecond, secondsPerOperation: next.secondsPerOperation };
}
