// The text's own questions: accuracy by task, by the number of examples in the prompt, and some of the answers.
import { useState } from 'react';
import type { TaskReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { AnsweredItems } from './AnsweredItems.tsx';
import { SHOT_COPY, TASK_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';
import { ShotCharts } from './ShotCharts.tsx';
import { TaskBars } from './TaskBars.tsx';
import { shotChoices, type ShotChoice } from './taskRows.ts';
import { TaskTable } from './TaskTable.tsx';

export function TaskPart({ tasks }: { readonly tasks: readonly TaskReport[] }) {
  const choices = shotChoices(tasks);
  const [wanted, setWanted] = useState<ShotChoice>('few');
  const choice = choices.includes(wanted) ? wanted : choices.at(-1);
  return (
    <>
      <div className={styles.part}>
        <div className={controls.toolbar}>
          <h3 className={controls.heading}>{TASK_COPY.title}</h3>
          <span className={controls.spring} />
          {choice !== undefined && (
            <label className={controls.inline}>
              {TASK_COPY.shots}
              <select
                className={controls.select}
                value={choice}
                onChange={(event) => setWanted(choices.find((name) => name === event.target.value) ?? choice)}
              >
                {choices.map((name) => (
                  <option key={name} value={name}>
                    {SHOT_COPY.choices[name]}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <p className={controls.note}>{TASK_COPY.note}</p>
        {choice !== undefined && <TaskBars tasks={tasks} choice={choice} />}
      </div>
      <ShotCharts tasks={tasks} />
      <TaskTable tasks={tasks} />
      <AnsweredItems tasks={tasks} />
    </>
  );
}
