// What the chosen size will cost on this device: parameters by group, memory, work and time. Estimates, and says so.
import { useMemo } from 'react';
import { estimate } from '../../config/estimate.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatDuration } from '../formatDuration.ts';
import { formatBytes, formatCount, formatFlops, formatShare, formatShort } from '../formatNumber.ts';
import styles from './ModelPanel.module.css';

export function ModelCost() {
  const draft = useRunStore((state) => state.draft);
  const vocabSize = useRunStore((state) => state.data?.vocabSize ?? state.draft.tokenizer.vocabSize);
  const speed = useRunStore((state) => state.device?.gigaflopsPerSecond ?? 0);
  const starting = useRunStore((state) => state.device?.secondsPerOperation ?? 0);
  const budget = useRunStore((state) => state.device?.memoryBudgetBytes);
  const cost = useMemo(() => estimate(draft, vocabSize, speed, starting), [draft, vocabSize, speed, starting]);
  const steps = draft.training.steps;
  return (
    <div className={styles.cost}>
      <p className={styles.total}>
        <strong title={formatCount(cost.parameters)}>{formatShort(cost.parameters)}</strong> parameters
      </p>
      <div className={styles.bar} aria-hidden="true">
        {cost.parameterGroups.map(({ name, count }) => (
          <span key={name} style={{ flexGrow: count }} title={`${name}: ${formatCount(count)}`} />
        ))}
      </div>
      <details className={styles.groups}>
        <summary>Where they are</summary>
        <ul>
          {cost.parameterGroups.map(({ name, count }) => (
            <li key={name}>
              <span>{name}</span>
              <span>
                {formatCount(count)} <i>{formatShare(count / cost.parameters)}</i>
              </span>
            </li>
          ))}
        </ul>
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
          <dd>{speed > 0 ? `≈ ${formatDuration(cost.secondsPerStep)}` : 'measuring…'}</dd>
        </div>
        <div title="All steps together, at the speed just measured on this device.">
          <dt>{formatCount(steps)} steps</dt>
          <dd>{speed > 0 ? `≈ ${formatDuration(cost.totalSeconds)}` : 'measuring…'}</dd>
        </div>
      </dl>
    </div>
  );
}
