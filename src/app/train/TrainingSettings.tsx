// How the model is trained. Live settings reach a running run at once; the others start a new one.
import { useMemo, useState, type ReactNode } from 'react';
import { configNotes } from '../../config/configNotes.ts';
import { parameterCount } from '../../config/estimate.ts';
import { proposedLearningRate } from '../../config/proposedLearningRate.ts';
import { LIVE_SETTINGS, type LiveSettings, type RunConfig, type TrainingConfig } from '../../config/runConfig.ts';
import { withTraining } from '../../config/withSettings.ts';
import { adjustLive, editDraft } from '../../state/draftActions.ts';
import { useDraftProblems } from '../../state/draftProblems.ts';
import { useRunStore } from '../../state/runStore.ts';
import { ConfigNotes } from '../fields/ConfigNotes.tsx';
import fields from '../fields/fields.module.css';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { formatCount, formatShort } from '../formatNumber.ts';
import { presentStep } from '../run/trainingPulse.ts';
import { DiaryPrompt } from './DiaryPrompt.tsx';
import { ScheduleChart } from './ScheduleChart.tsx';
import {
  BATCH_FIELDS,
  DIARY_FIELDS,
  LENGTH_FIELDS,
  LOSS_FIELDS,
  OPTIMIZER_CHOICES,
  OPTIMIZER_FIELDS,
  SCHEDULE_CHOICES,
  type NumericSetting,
  type SettingField,
} from './trainingFields.ts';
import styles from './TrainingPanel.module.css';

const isLive = (name: keyof TrainingConfig): name is keyof LiveSettings => LIVE_SETTINGS.some((live) => live === name);

const NEW_RUN = 'Starts a new run.';

export function TrainingSettings() {
  const draft = useRunStore((state) => state.draft);
  const begun = useRunStore((state) => state.run !== undefined && state.run.step > 0);
  const problems = useDraftProblems();
  const [open, setOpen] = useState(false);
  const { training } = draft;
  const notes = useMemo(() => configNotes(draft).filter(({ field }) => field.startsWith('training.')), [draft]);
  const hasProblem = problems.some(({ field }) => field.startsWith('training.') && field !== 'training.batchSize');

  const change = (name: NumericSetting, value: number) => {
    if (isLive(name)) void adjustLive({ [name]: value });
    else editDraft((before) => withTraining(before, { [name]: value }));
  };
  const numbers = (settings: readonly SettingField[]) =>
    settings.map(({ name, label, help, min, max, whole, inapplicable }) => {
      const found = problems.filter(({ field }) => field === `training.${name}`);
      // A setting that is wrong can be put right, whatever it is good for.
      const reason = found.length > 0 ? undefined : inapplicable?.(training);
      return (
        <NumberField
          key={name}
          label={label}
          help={help}
          value={training[name]}
          min={min}
          max={max}
          whole={whole}
          step={whole ? 1 : 'any'}
          disabled={reason !== undefined}
          problems={found}
          refuse={name === 'steps' ? refuseSteps : undefined}
          note={reason ?? (begun && !isLive(name) ? NEW_RUN : undefined)}
          onCommit={(value) => change(name, value)}
        />
      );
    });
  const choice = <Name extends 'optimizer' | 'schedule'>(
    name: Name,
    label: string,
    choices: Readonly<Record<TrainingConfig[Name], { readonly label: string; readonly description: string }>>,
  ) => (
    <SelectField
      label={label}
      value={training[name]}
      options={Object.entries<{ readonly label: string }>(choices).map(([value, { label }]) => ({ value, label }))}
      description={`${choices[training[name]].description}${begun ? ` ${NEW_RUN}` : ''}`}
      onChoose={(value) => editDraft((before) => withTraining(before, { [name]: value }))}
    />
  );

  return (
    <details
      className={`${fields.fold} ${styles.settings}`}
      open={open || hasProblem}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        Settings
        <span>{settingsSummary(training)}</span>
      </summary>
      <div className={styles.groups}>
        <Group name="Length and learning rate">
          {numbers(LENGTH_FIELDS)}
          <div className={styles.double}>{choice('schedule', 'Schedule', SCHEDULE_CHOICES)}</div>
          <ProposedRate draft={draft} />
        </Group>
        <ScheduleChart config={draft} />
        <ConfigNotes notes={notes} />
        <Group name="Batches">{numbers(BATCH_FIELDS)}</Group>
        <Group name="Update">
          <div className={styles.double}>{choice('optimizer', 'Optimizer', OPTIMIZER_CHOICES)}</div>
          {numbers(OPTIMIZER_FIELDS)}
        </Group>
        <Group name="Loss">{numbers(LOSS_FIELDS)}</Group>
        <Group name="Measuring and diary">
          {numbers(DIARY_FIELDS)}
          <DiaryPrompt prompt={training.samplePrompt} />
        </Group>
      </div>
      {begun && <p className={fields.note}>All others take effect in this run at once, while it trains too.</p>}
    </details>
  );
}

function settingsSummary({ steps, learningRate, optimizer, schedule, weightDecay, clipNorm }: TrainingConfig): string {
  return [
    `${formatCount(steps)} steps`,
    `rate ${learningRate}`,
    SCHEDULE_CHOICES[schedule].short,
    OPTIMIZER_CHOICES[optimizer].short,
    `decay ${weightDecay}`,
    `clip ${clipNorm}`,
  ].join(' · ');
}

/** The learning rate that the paper's table suggests for this size, where another one is set. */
function ProposedRate({ draft }: { readonly draft: RunConfig }) {
  const vocabSize = useRunStore((state) => state.data?.vocabSize ?? state.draft.tokenizer.vocabSize);
  const parameters = parameterCount(draft.model, vocabSize);
  const proposed = proposedLearningRate(parameters);
  const { optimizer, learningRate } = draft.training;
  if (!optimizer.startsWith('adam') || proposed === learningRate) return null;
  return (
    <p className={`${styles.wide} ${styles.proposed}`}>
      For {formatShort(parameters)} parameters, GPT-3’s table leads to a learning rate of {proposed}.
      <button type="button" data-size="small" onClick={() => void adjustLive({ learningRate: proposed })}>
        Use {proposed}
      </button>
    </p>
  );
}

/** A run cannot end before the step that it has reached. */
function refuseSteps(steps: number): string | undefined {
  const reached = presentStep();
  if (steps >= reached) return undefined;
  return `Steps must be at least ${formatCount(reached)}, the present step; a shorter run begins with Reset.`;
}

function Group({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <fieldset className={fields.group}>
      <legend>{name}</legend>
      <div className={styles.grid}>{children}</div>
    </fieldset>
  );
}
