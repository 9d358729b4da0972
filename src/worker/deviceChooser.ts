// Chooses a backend by what the browser offers and a short measurement, and says why.
import { tuningStore } from '../checkpoint/tuningStore.ts';
import {
  BACKENDS,
  measureGigaflops,
  measureOperationSeconds,
  offerOf,
  openBackend,
  type Backend,
  type OpenBackend,
} from '../engine/backends.ts';
import { measureDispatchSeconds, measureGemmRate } from '../ops/matMul/gemmRate.ts';
import type { BackendCandidate, BackendPreference, DeviceReport, Precision } from '../protocol/messages.ts';
import { FaultError } from './fault.ts';
import { wasmFiles } from './wasmFiles.ts';

export interface ChosenDevice {
  readonly opened: OpenBackend;
  readonly report: DeviceReport;
}

const LABELS: Readonly<Record<Backend, string>> = { webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WASM', cpu: 'CPU' };
/** Plain JavaScript is some fifty times slower than WASM; it is for browsers that have nothing else. */
const LAST_RESORT: Backend = 'cpu';

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
  const measure = async (name: Backend): Promise<Measured | undefined> => {
    try {
      const opened = await open(name);
      const gigaflopsPerSecond = await rateOf(opened);
      annotate(name, { gigaflopsPerSecond });
      return {
        opened,
        gigaflopsPerSecond,
        secondsPerOperation: await startSecondsOf(opened),
      };
    } catch (error) {
      annotate(name, { available: false, note: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };

  const measured: Measured[] = [];
  const wanted = preference === 'auto' ? [] : [preference];
  for (const { name, offer } of preference === 'auto' ? offers : []) {
    if (!offer.available) continue;
    if (offer.software) annotate(name, { note: 'Emulated on the processor, which WASM uses better: not measured.' });
    else if (name === LAST_RESORT) annotate(name, { note: 'For browsers that have nothing else: not measured.' });
    else wanted.push(name);
  }
  for (const name of wanted) {
    const result = await measure(name);
    if (result) measured.push(result);
  }
  let best = measured.toSorted((a, b) => b.gigaflopsPerSecond - a.gigaflopsPerSecond)[0];
  let reason = reasonFor(preference, measured, best);
  if (best === undefined) {
    best = (preference === 'wasm' ? undefined : await measure('wasm')) ?? (await measure(LAST_RESORT));
    if (preference !== 'auto')
      reason = `${LABELS[preference]} could not be used here: ${candidates.get(preference)?.note ?? ''}`;
  }
  if (best === undefined) {
    throw new FaultError(
      'no-backend',
      'This browser offers no way to compute: neither WebGPU nor WebGL, WASM or plain JavaScript could be started.',
      'Use a current Chrome, Edge, Firefox or Safari.',
    );
  }
  // The last one measured is the current backend; make the best one current again.
  if (measured.length > 1) best = { ...best, opened: await open(best.opened.name) };
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
  if (measured.length === 1) return `${LABELS[best.opened.name]} is the fastest that this browser offers.`;
  const others = measured
    .filter((other) => other !== best)
    .map(({ opened, gigaflopsPerSecond }) => `${LABELS[opened.name]} ${gigaflopsPerSecond.toFixed(1)}`);
  return `The fastest of ${measured.length} measured: ${best.gigaflopsPerSecond.toFixed(1)} GFLOP/s, against ${others.join(', ')}.`;
}

/** Half of what the device has, within what a backend can address. Browsers tell at most 8 GB, some nothing. */
function memoryBudget(name: Backend): number {
  const told = 'deviceMemory' in navigator ? Number(navigator.deviceMemory) : 4;
  const half = (Number.isFinite(told) && told > 0 ? told : 4) * 0.5e9;
  return name === 'wasm' ? Math.min(half, 1.6e9) : half;
}
