// What the chosen size will cost on this device: parameters by group, memory, work and time. Estimates, and says so.
import { useMemo, type ReactNode } from 'react';
import { estimate, type DeviceSpeed } from '../../config/estimate.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatDuration } from '../formatDuration.ts';
import { formatBytes, formatCount, formatFlops, formatShort } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import { PartsBar, PartsList } from '../Parts.tsx';
import { MODEL_COPY } from './modelCopy.ts';
import styles from './ModelPanel.module.css';

/** Until a device is open. */
const UNKNOWN: DeviceSpeed = { gigaflopsPerSecond: 0, secondsPerOperation: 0, engine: 'eager' };

export function ModelCost() {
  const draft = useRunStore((state) => state.draft);
  const vocabSize = useRunStore((state) => state.data?.vocabSize ?? state.draft.tokenizer.vocabSize);
  const device = useRunStore((state) => state.device);
  const pace = useRunStore((state) => state.pace);
  const budget = device?.memoryBudgetBytes;
  const measured = device !== undefined && device.gigaflopsPerSecond > 0;
  const cost = useMemo(
    () => estimate(draft, vocabSize, device ? { ...device, pace } : UNKNOWN),
    [draft, vocabSize, device, pace],
  );
  const groups = cost.parameterGroups.map(({ name, count }) => ({ name, value: count }));
  const steps = draft.training.steps;
  const copy = MODEL_COPY.cost;
  const time = (seconds: number): string => (measured ? copy.about(formatDuration(seconds)) : copy.measuring);
  return (
    <div className={styles.cost}>
      <p className={styles.total}>
        <HelpTerm help={copy.parametersHelp(formatCount(cost.parameters))}>
          <strong data-parameters={cost.parameters}>{formatShort(cost.parameters)}</strong>
        </HelpTerm>{' '}
        {copy.parameters}
      </p>
      <PartsBar parts={groups} />
      <details className={styles.groups}>
        <summary data-testid="parameter-breakdown">{copy.breakdown}</summary>
        <PartsList parts={groups} format={formatCount} />
      </details>
      <dl className={styles.figures}>
        <Figure name={copy.memory} help={copy.memoryHelp} id="memory">
          {formatBytes(cost.trainingBytes)}
          {budget !== undefined && Number.isFinite(budget) && <span> {copy.budget(formatBytes(budget))}</span>}
        </Figure>
        <Figure name={copy.work} help={copy.workHelp} id="work">
          {formatFlops(cost.flopsPerStep)}
        </Figure>
        <Figure name={copy.stepTime} help={copy.stepTimeHelp} id="step-time">
          {time(cost.secondsPerStep)}
        </Figure>
        <Figure name={copy.runTime(formatCount(steps))} help={copy.runTimeHelp} id="run-time">
          {time(cost.totalSeconds)}
        </Figure>
      </dl>
    </div>
  );
}

interface FigureProps {
  readonly id: string;
  readonly name: string;
  readonly help: string;
  readonly children: ReactNode;
}

function Figure({ id, name, help, children }: FigureProps) {
  return (
    <div>
      <dt>
        <HelpTerm help={help}>{name}</HelpTerm>
      </dt>
      <dd data-testid={`cost-${id}`}>{children}</dd>
    </div>
  );
}
