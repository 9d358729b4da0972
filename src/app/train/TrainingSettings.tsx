// How the model is trained. Live settings reach a running run at once; the others start a new one.
import { useEffect, useId, useState } from 'react';
import type { LiveSettings, TrainingConfig } from '../../config/runConfig.ts';
import { LIVE_SETTINGS } from '../../config/runConfig.ts';
import { adjustLive, editDraft } from '../../state/draftActions.ts';
import { useDraftProblems } from '../../state/draftProblems.ts';
import { useRunStore } from '../../state/runStore.ts';
import fields from '../fields/fields.module.css';
import { NumberField } from '../fields/NumberField.tsx';
import { formatCount } from '../formatNumber.ts';
import { presentStep } from '../run/trainingPulse.ts';
import styles from './TrainingPanel.module.css';

type NumericSetting = Exclude<
  keyof TrainingConfig,
  'samplePrompt' | 'batchSize' | 'validationFraction' | 'optimizer' | 'schedule'
>;

interface SettingField {
  readonly name: NumericSetting;
  readonly label: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

const FIELDS: readonly SettingField[] = [
  {
    name: 'steps',
    label: 'Steps',
    help: 'How long to train. The learning rate falls over this length.',
    min: 1,
    max: 1e6,
    whole: true,
  },
  {
    name: 'learningRate',
    label: 'Learning rate',
    help: 'The highest learning rate, reached after the warm-up. Too high diverges, too low crawls.',
    min: 0,
    max: 1,
    whole: false,
  },
  {
    name: 'warmupTokens',
    label: 'Warm-up tokens',
    help: 'Tokens over which the learning rate rises from 0.',
    min: 0,
    max: 1e12,
    whole: true,
  },
  {
    name: 'accumulation',
    label: 'Batches per step',
    help: 'Gradient accumulation: batches whose gradients are averaged in one step: a larger batch without more memory; GPT-3 used batches of 0.5–3.2 million tokens.',
    min: 1,
    max: 64,
    whole: true,
  },
  {
    name: 'weightDecay',
    label: 'Weight decay',
    help: 'Pulls weight matrices towards 0; 0.1 in GPT-3.',
    min: 0,
    max: 10,
    whole: false,
  },
  {
    name: 'clipNorm',
    label: 'Clip norm',
    help: 'Gradients longer than this are shortened to it; 1 in GPT-3, 0 switches it off.',
    min: 0,
    max: 1e6,
    whole: false,
  },
  {
    name: 'evalEvery',
    label: 'Evaluate every',
    help: 'Steps between two measurements of the validation loss.',
    min: 1,
    max: 1e6,
    whole: true,
  },
  {
    name: 'sampleEvery',
    label: 'Sample every',
    help: 'Steps between two entries of the learning diary.',
    min: 1,
    max: 1e6,
    whole: true,
  },
  { name: 'sampleLength', label: 'Sample length', help: 'Tokens per diary sample.', min: 1, max: 1000, whole: true },
];

const isLive = (name: keyof TrainingConfig): name is keyof LiveSettings => LIVE_SETTINGS.some((live) => live === name);

export function TrainingSettings() {
  const training = useRunStore((state) => state.draft.training);
  const begun = useRunStore((state) => state.run !== undefined && state.run.step > 0);
  const problems = useDraftProblems();
  const change = (name: NumericSetting, value: number) => {
    if (isLive(name)) void adjustLive({ [name]: value });
    else editDraft((draft) => ({ ...draft, training: { ...draft.training, [name]: value } }));
  };
  return (
    <details className={styles.settings}>
      <summary>
        Settings
        <span>
          {formatCount(training.steps)} steps · rate {training.learningRate} · warm-up{' '}
          {formatCount(training.warmupTokens)} · decay {training.weightDecay} · clip {training.clipNorm}
        </span>
      </summary>
      <div className={styles.grid}>
        {FIELDS.map(({ name, label, help, min, max, whole }) => (
          <NumberField
            key={name}
            label={label}
            help={help}
            value={training[name]}
            min={min}
            max={max}
            whole={whole}
            step={whole ? 1 : 'any'}
            problems={problems.filter(({ field }) => field === `training.${name}`)}
            refuse={name === 'steps' ? refuseSteps : undefined}
            note={begun && !isLive(name) ? 'Starts a new run.' : undefined}
            onCommit={(value) => change(name, value)}
          />
        ))}
        <DiaryPrompt prompt={training.samplePrompt} />
      </div>
      {begun && <p className={fields.note}>All others take effect in this run at once, while it trains too.</p>}
    </details>
  );
}

/** A run cannot end before the step that it has reached. */
function refuseSteps(steps: number): string | undefined {
  const reached = presentStep();
  if (steps >= reached) return undefined;
  return `Steps must be at least ${formatCount(reached)}, the present step; a shorter run begins with Reset.`;
}

/** What the model is asked to continue in the diary; handed on when the person has finished typing. */
function DiaryPrompt({ prompt }: { readonly prompt: string }) {
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
