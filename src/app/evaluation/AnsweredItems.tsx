// A few of the questions as the model got them, with what it answered.
import { useState } from 'react';
import type { AnsweredItem, TaskReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { counted } from '../charts/readableNumber.ts';
import { ANSWER_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';

export function AnsweredItems({ tasks }: { readonly tasks: readonly TaskReport[] }) {
  const asked = tasks.filter(({ byShots }) => byShots.length > 0);
  const [name, setName] = useState<string>();
  const [wantedShots, setWantedShots] = useState(1);
  const task = asked.find((other) => other.name === name) ?? asked[0];
  if (task === undefined) return null;
  // The number wanted, or the next lower one that this task was asked with.
  const accuracy = task.byShots.findLast(({ shots }) => shots <= wantedShots) ?? task.byShots[0];
  if (accuracy === undefined) return null;
  return (
    <div className={styles.part}>
      <div className={controls.toolbar}>
        <h3 className={controls.heading}>{ANSWER_COPY.title}</h3>
        <span className={controls.spring} />
        <label className={controls.inline}>
          {ANSWER_COPY.task}
          <select
            className={`${controls.select} ${styles.taskSelect}`}
            value={task.name}
            onChange={(event) => setName(event.target.value)}
          >
            {asked.map((other) => (
              <option key={other.name} value={other.name}>
                {ANSWER_COPY.taskOption(other.kind, other.variant)}
              </option>
            ))}
          </select>
        </label>
        <label className={controls.inline}>
          {ANSWER_COPY.examples}
          <select
            className={controls.select}
            value={accuracy.shots}
            onChange={(event) => setWantedShots(Number(event.target.value))}
          >
            {task.byShots.map(({ shots }) => (
              <option key={shots} value={shots}>
                {shots}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p className={controls.note}>{ANSWER_COPY.note(counted(accuracy.shown.length, 'question'))}</p>
      <ul className={styles.answers}>
        {accuracy.shown.map((item) => (
          <Answered key={item.prompt} item={item} />
        ))}
      </ul>
    </div>
  );
}

function Answered({ item }: { readonly item: AnsweredItem }) {
  const { prompt, answer, expected, correct } = item;
  return (
    <li data-correct={correct}>
      <pre>
        {prompt} <mark>{answer === '' ? ANSWER_COPY.nothing : answer}</mark>
      </pre>
      <p>{correct ? ANSWER_COPY.right : ANSWER_COPY.wrong(expected)}</p>
    </li>
  );
}
