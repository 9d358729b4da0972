// Chooses a backend by what the browser offers and a short measurement, and says why.
import { tuningStore } from '../checkpoint/tuningStore.ts';
import { BACKEND_LABELS, BACKENDS, type Backend } from '../config/backendLabels.ts';
import { offerOf, openBackend, reasonOf, type OpenBackend } from '../engine/backends.ts';
import { measureGigaflops, measureOperationSeconds } from '../engine/deviceRate.ts';
import { withinMs } from '../engine/timeLimit.ts';
import { LaterCodeError } from '../loading/laterCode.ts';
import { measureDispatchSeconds, measureGemmRate } from '../ops/matMul/gemmRate.ts';
import type { BackendCandidate, BackendPreference, DeviceReport, Precision } from '../protocol/messages.ts';
import { FaultError } from './fault.ts';
import { wasmFiles } from './wasmFiles.ts';

export interface ChosenDevice {
  readonly opened: OpenBackend;
  readonly report: DeviceReport;
}

/** Plain JavaScript is some fifty times slower than WASM; it is for browsers that have nothing else. */
const LAST_RESORT: Backend = 'cpu';
/** Emulated devices compile and compute slowly; one that takes longer than this does not answer at all. */
const MEASURING_LIMIT_MS = 90_000;

interface Measured {
  readonly opened: OpenBackend;
  readonly gigaflopsPerSecond: number;
  readonly secondsPerOperation: number;
}

/** Opens the preferred backend, or with 'auto' the fastest one. @throws FaultError if none can be opened. */
export async function chooseDevice(preference: BackendPreference, precision: Precision = 'f32'): Promise<ChosenDevice> {
  const open = (name: Backend): Promise<OpenBackend> =>
    openBackend(name, { wasmFiles, precision, tunerCache: tuningStore });
  const offers = await Promise.all(BACKENDS.map(async (name) => ({ name, offer: await offerOf(name) })));
  const candidates = new Map<Backend, BackendCandidate>(
    offers.map(({ name, offer }) => [
      name,
      { name, detail: offer.detail, available: offer.available, note: offer.note, gigaflopsPerSecond: 0 },
    ]),
  );
  const annotate = (name: Backend, change: Partial<BackendCandidate>): void => {
    const known = candidates.get(name);
    if (known) candidates.set(name, { ...known, ...change });
  };
  /** Set where code did not arrive, which says nothing of the browser. */
  let absent: LaterCodeError | undefined;
  /** The backend that computes at present: the last one opened, however it went on. */
  let current: Backend | undefined;
  const measure = async (name: Backend): Promise<Measured | undefined> => {
    try {
      current = undefined;
      const opened = await open(name);
      current = name;
      return await withinMs(MEASURING_LIMIT_MS, `${BACKEND_LABELS[name]} started but does not answer.`, async () => {
        const gigaflopsPerSecond = await rateOf(opened);
        annotate(name, { gigaflopsPerSecond });
        return { opened, gigaflopsPerSecond, secondsPerOperation: await startSecondsOf(opened) };
      });
    } catch (error) {
      if (error instanceof LaterCodeError) absent = error;
      // What failed now may work later, so it can still be chosen by hand.
      annotate(name, { note: reasonOf(error) });
      return undefined;
    }
  };

  const measured: Measured[] = [];
  const wanted = preference === 'auto' ? [] : [preference];
  for (const { name, offer } of preference === 'auto' ? offers : []) {
    if (!offer.available) continue;
    if (offer.software) annotate(name, { note: 'Emulated on the CPU, where WASM is faster. Not measured.' });
    else if (name === LAST_RESORT) annotate(name, { note: 'For browsers that have nothing else. Not measured.' });
    else wanted.push(name);
  }
  for (const name of wanted) {
    const result = await measure(name);
    if (result) measured.push(result);
  }
  /** Makes the best one current again; one that does not open a second time is out. */
  const fastest = async (): Promise<Measured | undefined> => {
    for (const result of measured.toSorted((a, b) => b.gigaflopsPerSecond - a.gigaflopsPerSecond)) {
      if (current === result.opened.name) return result;
      try {
        current = undefined;
        const opened = await open(result.opened.name);
        current = opened.name;
        return { ...result, opened };
      } catch (error) {
        annotate(result.opened.name, { note: reasonOf(error) });
      }
    }
    return undefined;
  };
  let best = await fastest();
  let reason = reasonFor(preference, measured, best);
  for (const name of preference === 'auto' ? wanted : []) {
    if (best && !measured.some(({ opened }) => opened.name === name))
      reason += ` ${BACKEND_LABELS[name]} failed: ${candidates.get(name)?.note ?? ''}`;
  }
  if (best === undefined) {
    best = (preference === 'wasm' ? undefined : await measure('wasm')) ?? (await measure(LAST_RESORT));
    if (preference !== 'auto')
      reason = `${BACKEND_LABELS[preference]} could not be used here: ${candidates.get(preference)?.note ?? ''}`;
  }
  if (best === undefined && absent) {
    throw new FaultError('no-backend', absent.message, 'Check the connection, then start it again.');
  }
  if (best === undefined) {
    throw new FaultError(
      'no-backend',
      'This browser can’t run the model: WebGPU, WebGL, WASM and plain JavaScript all failed to start.',
      'Use a current version of Chrome, Edge, Firefox or Safari.',
    );
  }
  const { opened, gigaflopsPerSecond, secondsPerOperation } = best;
  return {
    opened,
    report: {
      backend: opened.name,
      detail: opened.detail,
      reason,
      engine: opened.plans ? 'plan' : 'eager',
      precision: opened.plans?.precision ?? 'f32',
      halfPrecision: opened.halfPrecision,
      candidates: [...candidates.values()],
      gigaflopsPerSecond,
      secondsPerOperation,
      maxTensorBytes: opened.maxTensorBytes,
      memoryBudgetBytes: memoryBudget(opened.name),
    },
  };
}

const now = (): number => performance.now();

const rateOf = ({ plans }: OpenBackend): Promise<number> =>
  plans ? measureGemmRate(plans, now) : measureGigaflops(now);

const startSecondsOf = ({ plans }: OpenBackend): Promise<number> =>
  plans ? measureDispatchSeconds(plans, now) : measureOperationSeconds(now);

function reasonFor(preference: BackendPreference, measured: readonly Measured[], best: Measured | undefined): string {
  if (preference !== 'auto') return 'Chosen by you.';
  if (best === undefined) return 'The only backend that starts here.';
  if (measured.length === 1) return `${BACKEND_LABELS[best.opened.name]} is the fastest that this browser offers.`;
  const others = measured
    .filter(({ opened }) => opened.name !== best.opened.name)
    .map(({ opened, gigaflopsPerSecond }) => `${BACKEND_LABELS[opened.name]} ${gigaflopsPerSecond.toFixed(1)}`);
  return `The fastest of ${measured.length} measured: ${best.gigaflopsPerSecond.toFixed(1)} GFLOP/s, against ${others.join(', ')}.`;
}

/** Half of what the device has, within what a backend can address. Browsers tell at most 8 GB, some nothing. */
function memoryBudget(name: Backend): number {
  const told = 'deviceMemory' in navigator ? Number(navigator.deviceMemory) : 4;
  const half = (Number.isFinite(told) && told > 0 ? told : 4) * 0.5e9;
  return name === 'wasm' ? Math.min(half, 1.6e9) : half;
}
