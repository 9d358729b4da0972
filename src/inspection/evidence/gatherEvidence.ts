// The check that a person can run: a small model of the run's switches on their own device against the same model in
// double precision, and its gradient against finite differences. The run takes no part in it.
import type { RunConfig } from '../../config/runConfig.ts';
import type { WorkContext } from '../../data/textSource.ts';
import type { Exclusive } from '../../engine/exclusive.ts';
import type { PlanContext } from '../../engine/planContext.ts';
import { float64Gradient, float64Loss, type Float64Batch } from '../../float64/float64Model.ts';
import { float64Groups, float64Size } from '../../float64/parameters.ts';
import type { EvidenceReport, ParityFigure } from '../../protocol/messages.ts';
import { checkedModel, livelyParameters, randomBatch } from './checkedModel.ts';
import { computeOnDevice, inPrecision } from './deviceModel.ts';
import { checkDifferences, GRADIENT_TOLERANCE, relativeError, type DifferencedGroup } from './differences.ts';
import { PARITY_TOLERANCE, parityFigures, type Computed } from './parity.ts';

const SEED = 20_200_528;
/** ReLU has a corner: differences across it would be wrong, so they are made shorter. */
const STEP = { smooth: 1e-5, cornered: 1e-6 } as const;
/** The plain loops stop so often to let messages and training go on. */
const SLICE_MS = 12;
/** What the double-precision gradient itself may be away from its differences, which round. */
const OWN_TOLERANCE = 1e-5;
/** Share of the whole that the device's part is given on screen. */
const DEVICE_SHARE = 0.2;

export interface CheckedRun {
  readonly config: RunConfig;
  readonly vocabSize: number;
}

export interface CheckedDevice extends Pick<EvidenceReport, 'backend' | 'adapter' | 'precision'> {
  /** How it makes plans; undefined where operations run one by one. */
  readonly plans: PlanContext | undefined;
  readonly halfPrecision: boolean;
  /** Runs work alone on it. */
  readonly exclusive: Exclusive;
}

/** @throws DOMException AbortError when cancelled */
export async function gatherEvidence(
  { config, vocabSize }: CheckedRun,
  device: CheckedDevice,
  { signal, onProgress, yieldToEvents }: WorkContext,
): Promise<EvidenceReport> {
  const startMs = performance.now();
  const checked = checkedModel(config, vocabSize);
  const groups = float64Groups(checked);
  const parameters = livelyParameters(checked, SEED);
  const batch = randomBatch(checked, SEED);
  const { plans, exclusive, halfPrecision, backend, adapter, precision } = device;

  const compute = async (share: number, of: PlanContext | undefined): Promise<Computed> => {
    const how = of === undefined ? 'one operation after another' : `as a plan, ${of.precision}`;
    onProgress(share * DEVICE_SHARE, `Running the model on this device, ${how}`);
    await yieldToEvents();
    signal.throwIfAborted();
    return exclusive(() => computeOnDevice(of, checked, parameters, batch));
  };
  const single = await compute(0, plans && inPrecision(plans, 'f32'));
  const half = plans && halfPrecision ? await compute(0.5, inPrecision(plans, 'f16')) : undefined;

  onProgress(DEVICE_SHARE, 'Running it in double precision');
  await yieldToEvents();
  signal.throwIfAborted();
  const given: Float64Batch = { ids: batch.inputs, targets: batch.targets, length: batch.contextLength };
  const { logits, objective: loss, gradient } = float64Gradient(checked, parameters, given, checked.objective);
  const double: Computed = { loss, logits, gradient };

  let sliceMs = performance.now();
  const differenced = await checkDifferences({
    groups,
    parameters,
    gradient: single.gradient,
    objectiveAt: (moved) => float64Loss(checked, moved, given, checked.objective).objective,
    step: checked.model.activation === 'relu' ? STEP.cornered : STEP.smooth,
    pause: async (share, group) => {
      if (performance.now() - sliceMs < SLICE_MS) return;
      onProgress(DEVICE_SHARE + (1 - DEVICE_SHARE) * share, `Differencing ${group}`);
      await yieldToEvents();
      signal.throwIfAborted();
      sliceMs = performance.now();
    },
  });

  const path = plans ? 'plan' : 'eager';
  const parity = [
    ...parityFigures({ path, actual: single }, { against: 'float64', expected: double }, groups, PARITY_TOLERANCE),
    ...(half
      ? [
          ...parityFigures({ path: 'plan-f16', actual: half }, { against: 'float64', expected: double }, groups, null),
          ...parityFigures({ path: 'plan-f16', actual: half }, { against: 'plan', expected: single }, groups, null),
        ]
      : []),
    ownFigure(differenced, gradient, groups),
  ];
  const outcomes = differenced.map(({ outcome }) => outcome);
  return {
    backend,
    adapter,
    engine: plans ? 'plan' : 'eager',
    precision,
    model: checked.model,
    objective: checked.objective,
    vocabSize: checked.vocabSize,
    parameterCount: float64Size(checked),
    batchSize: checked.batchSize,
    length: checked.length,
    changes: checked.changes,
    gradientTolerance: GRADIENT_TOLERANCE,
    groups: outcomes,
    parity,
    seconds: (performance.now() - startMs) / 1000,
    passed: [...outcomes, ...parity].every(({ passed }) => passed),
  };
}

/** The double-precision gradient against the differences of its own loss: whether the yardstick is straight. */
function ownFigure(
  differenced: readonly DifferencedGroup[],
  gradient: Float64Array,
  groups: ReturnType<typeof float64Groups>,
): ParityFigure {
  let count = 0;
  let deviation = 0;
  differenced.forEach(({ indices, numeric }, place) => {
    const { offset = 0, size = 0 } = groups[place] ?? {};
    const own = gradient.subarray(offset, offset + size);
    const scale = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
    indices.forEach((index, i) => {
      count++;
      deviation = Math.max(deviation, relativeError(own[index] ?? Number.NaN, numeric[i] ?? Number.NaN, scale));
    });
  });
  const passed = deviation <= OWN_TOLERANCE;
  return {
    quantity: 'gradient',
    path: 'float64',
    against: 'differences',
    count,
    deviation,
    tolerance: OWN_TOLERANCE,
    passed,
  };
}
