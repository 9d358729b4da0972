// Every task's accuracy for every number of examples, with its interval, and where its questions come from.
import type { TaskReport } from '../../protocol/messages.ts';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import table from '../table.module.css';
import { TASK_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';
import { shotColumns } from './taskRows.ts';

export function TaskTable({ tasks }: { readonly tasks: readonly TaskReport[] }) {
  const columns = shotColumns(tasks);
  return (
    <div className={table.box} role="region" aria-label={TASK_COPY.table} tabIndex={0} data-testid="task-table">
      <table className={`${table.table} ${styles.tasks}`}>
        <caption>{TASK_COPY.caption}</caption>
        <thead>
          <tr>
            {Object.values(TASK_COPY.columns).map(({ name, help }) => (
              <th key={name} scope="col">
                <HelpTerm help={help}>{name}</HelpTerm>
              </th>
            ))}
            {columns.map((shots) => (
              <th key={shots} scope="col">
                <HelpTerm help={TASK_COPY.examplesHelp(counted(shots, 'example'))}>{shots}</HelpTerm>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow key={task.name} task={task} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TaskRow({ task, columns }: { readonly task: TaskReport; readonly columns: readonly number[] }) {
  const { kind, variant, drawn, known, constantAnswer, byShots, problem } = task;
  return (
    <tr>
      <th scope="row">
        {kind}
        <span className={styles.variant}>{variant}</span>
      </th>
      <td>
        {formatCount(drawn)}, {formatCount(known)}
      </td>
      {problem === undefined ? (
        <>
          <td>{formatCount(byShots[0]?.asked ?? 0)}</td>
          <td>{readableShare(constantAnswer)}</td>
          {columns.map((shots) => {
            const accuracy = byShots.find((other) => other.shots === shots);
            if (accuracy === undefined) return <td key={shots}>–</td>;
            return (
              <td key={shots}>
                {readableShare(accuracy.correct / accuracy.asked)}
                <span className={styles.variant}>
                  {Math.round(100 * accuracy.low)}–{Math.round(100 * accuracy.high)}
                </span>
              </td>
            );
          })}
        </>
      ) : (
        <td colSpan={columns.length + 2} className={styles.problem}>
          {problem}
        </td>
      )}
    </tr>
  );
}
