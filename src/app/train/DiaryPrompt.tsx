// What the model is asked to continue in the diary; handed on when the person has finished typing.
import { useEffect, useId, useState } from 'react';
import { adjustLive } from '../../state/draftActions.ts';
import { useRunStore } from '../../state/runStore.ts';
import fields from '../fields/fields.module.css';
import styles from './TrainingPanel.module.css';

export function DiaryPrompt({ prompt }: { readonly prompt: string }) {
  const suggested = useRunStore((state) => state.data?.diaryPrompt);
  const id = useId();
  const [typed, setTyped] = useState(prompt);
  useEffect(() => setTyped(prompt), [prompt]);
  const commit = () => {
    if (typed !== prompt) void adjustLive({ samplePrompt: typed });
  };
  return (
    <div className={`${fields.field} ${styles.wide}`}>
      <label htmlFor={id} title="The model continues this in the learning diary.">
        Diary samples begin with
      </label>
      <input
        id={id}
        type="text"
        value={typed}
        maxLength={2000}
        placeholder={suggested}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
    </div>
  );
}
