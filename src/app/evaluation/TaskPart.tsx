// The text's own questions: accuracy by task, by the number of examples in the prompt, and some of the answers.
import { useState } from 'react';
import type { TaskReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { AnsweredItems } from './AnsweredItems.tsx';
import styles from './EvaluationPanel.module.css';
import { ShotCharts } from './ShotCharts.tsx';
import { TaskBars } from './TaskBars.tsx';
import { SHOT_CHOICE_LABELS, shotChoices, type ShotChoice } from './taskRows.ts';
import { TaskTable } from './TaskTable.tsx';

export function TaskPart({ tasks }: { readonly tasks: readonly TaskReport[] }) {
  const choices = shotChoices(tasks);
  const [wanted, setWanted] = useState<ShotChoice>('few');
  const choice = choices.includes(wanted) ? wanted : choices.at(-1);
  return (
    <>
      <div className={styles.part}>
        <div className={controls.toolbar}>
          <h3 className={controls.heading}>Answering the text’s questions</h3>
          <span className={controls.spring} />
          {choice !== undefined && (
            <label className={controls.inline}>
              In the prompt
              <select
                className={controls.select}
                value={choice}
                onChange={(event) => setWanted(choices.find((name) => name === event.target.value) ?? choice)}
              >
                {choices.map((name) => (
                  <option key={name} value={name}>
                    {SHOT_CHOICE_LABELS[name]}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <p className={controls.note}>
          Questions in the text’s own form that its training part does not hold; an answer counts only if it is exactly
          right. The model always writes its most probable token. Thin lines are 95 % intervals; a mark on the scale
          stands where one answer that never changes would get.
        </p>
        {choice !== undefined && <TaskBars tasks={tasks} choice={choice} />}
      </div>
      <ShotCharts tasks={tasks} />
      <TaskTable tasks={tasks} />
      <AnsweredItems tasks={tasks} />
    </>
  );
}
