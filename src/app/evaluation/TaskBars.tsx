// Accuracy by task as bars with their intervals, tasks of one kind together.
import type { TaskReport } from '../../protocol/messages.ts';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { TASK_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';
import { accuracyWith, tasksByKind, variantsOf, type ShotChoice } from './taskRows.ts';

const percent = (share: number): string => `${100 * share}%`;

interface TaskBarsProps {
  readonly tasks: readonly TaskReport[];
  readonly choice: ShotChoice;
}

export function TaskBars({ tasks, choice }: TaskBarsProps) {
  const variants = variantsOf(tasks);
  return (
    <div className={styles.bars}>
      {tasksByKind(tasks).map(({ kind, tasks: members }) => (
        <div key={kind} role="group" aria-label={kind}>
          <h4>{kind}</h4>
          {members.map((task) => (
            <TaskBar key={task.name} task={task} choice={choice} place={variants.indexOf(task.variant)} />
          ))}
        </div>
      ))}
    </div>
  );
}

interface TaskBarProps {
  readonly task: TaskReport;
  readonly choice: ShotChoice;
  /** Of its variant: decides its colour. */
  readonly place: number;
}

function TaskBar({ task, choice, place }: TaskBarProps) {
  const accuracy = accuracyWith(task, choice);
  if (accuracy === undefined) {
    return (
      <div className={styles.bar}>
        <span>{task.variant}</span>
        <span className={styles.unasked}>{task.problem === undefined ? TASK_COPY.noRoom : TASK_COPY.notAsked}</span>
      </div>
    );
  }
  const { correct, asked, low, high, shots } = accuracy;
  const share = correct / asked;
  const interval = TASK_COPY.interval(readableShare(low), readableShare(high));
  return (
    <div className={styles.bar}>
      <span>{task.variant}</span>
      <div className={styles.track} aria-hidden="true">
        <i className={styles.fill} data-place={place} style={{ width: percent(share) }} />
        <i className={styles.interval} style={{ left: percent(low), width: percent(high - low) }} />
        <i className={styles.constant} style={{ left: percent(task.constantAnswer) }} />
      </div>
      <span>
        {readableShare(share)}
        <span className={styles.aside}>
          {' '}
          {TASK_COPY.counts(formatCount(correct), formatCount(asked))}
          {choice === 'few' && `, ${counted(shots, 'example')}`}
        </span>
        <span className={styles.spoken}> {interval}</span>
      </span>
    </div>
  );
}
