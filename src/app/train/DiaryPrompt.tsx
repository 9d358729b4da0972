// The text that the model continues in the diary; handed on when the user has finished typing.
import { useEffect, useId, useState } from 'react';
import { adjustLive } from '../../state/draftActions.ts';
import { useRunStore } from '../../state/runStore.ts';
import { isPlainEnter } from '../fields/plainEnter.ts';
import fields from '../fields/fields.module.css';
import { useHelp } from '../help/useHelp.tsx';
import { TRAIN_COPY } from './trainCopy.ts';
import styles from './TrainingPanel.module.css';

export function DiaryPrompt({ prompt }: { readonly prompt: string }) {
  const suggested = useRunStore((state) => state.data?.diaryPrompt);
  const id = useId();
  const { anchor, helpId, bubble } = useHelp(TRAIN_COPY.diaryPrompt.help);
  const [typed, setTyped] = useState(prompt);
  useEffect(() => setTyped(prompt), [prompt]);
  const commit = () => {
    if (typed !== prompt) void adjustLive({ samplePrompt: typed });
  };
  return (
    <div {...anchor} className={`${fields.field} ${styles.wide}`}>
      <label htmlFor={id}>{TRAIN_COPY.diaryPrompt.label}</label>
      <input
        id={id}
        type="text"
        data-field="training.samplePrompt"
        aria-describedby={helpId}
        value={typed}
        maxLength={2000}
        placeholder={suggested}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (isPlainEnter(event)) commit();
        }}
      />
      {bubble}
    </div>
  );
}
