// What the chosen size will cost on this device: parameters by group, memory, work and time. Estimates, and says so.
import { useMemo } from 'react';
import { estimate, type DeviceSpeed } from '../../config/estimate.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatDuration } from '../formatDuration.ts';
import { formatBytes, formatCount, formatFlops, formatShort } from '../formatNumber.ts';
import { PartsBar, PartsList } from '../Parts.tsx';
import styles from './ModelPanel.module.css';

/** Until a device is open. */
const UNKNOWN: DeviceSpeed = { gigaflopsPerSecond: 0, secondsPerOperation: 0, engine: 'eager' };

export function ModelCost() {
  const draft = useRunStore((state) => state.draft);
  const vocabSize = useRunStore((state) => state.data?.vocabSize ?? state.draft.tokenizer.vocabSize);
  const device = useRunStore((state) => state.device);
  const budget = device?.memoryBudgetBytes;
  const measured = device !== undefined && device.gigaflopsPerSecond > 0;
  const cost = useMemo(() => estimate(draft, vocabSize, device ?? UNKNOWN), [draft, vocabSize, device]);
  const groups = cost.parameterGroups.map(({ name, count }) => ({ name, value: count }));
  const steps = draft.training.steps;
  return (
    <div className={styles.cost}>
      <p className={styles.total}>
        <strong title={formatCount(cost.parameters)}>{formatShort(cost.parameters)}</strong> parameters
      </p>
      <PartsBar parts={groups} format={formatCount} />
      <details className={styles.groups}>
        <summary>Where they are</summary>
        <PartsList parts={groups} format={formatCount} />
      </details>
      <dl className={styles.figures}>
        <div title="Weights, gradients, optimizer and activations at the busiest moment of a step.">
          <dt>Memory</dt>
          <dd>
            {formatBytes(cost.trainingBytes)}
            {budget !== undefined && Number.isFinite(budget) && <span> of {formatBytes(budget)}</span>}
          </dd>
        </div>
        <div title="Floating-point operations of one step, forward and backward.">
          <dt>Work per step</dt>
          <dd>{formatFlops(cost.flopsPerStep)}</dd>
        </div>
        <div title="At the speed just measured on this device.">
          <dt>Time per step</dt>
          <dd>{measured ? `≈ ${formatDuration(cost.secondsPerStep)}` : 'measuring…'}</dd>
        </div>
        <div title="All steps together, at the speed just measured on this device.">
          <dt>{formatCount(steps)} steps</dt>
          <dd>{measured ? `≈ ${formatDuration(cost.totalSeconds)}` : 'measuring…'}</dd>
        </div>
      </dl>
    </div>
  );
}
