// How the model is trained. Live settings reach a running run at once; the others start a new one.
import { useMemo, useState, type ReactNode } from 'react';
import { configNotes } from '../../config/configNotes.ts';
import { parameterCount } from '../../config/estimate.ts';
import { proposedLearningRate } from '../../config/proposedLearningRate.ts';
import { LIVE_SETTINGS, type RunConfig, type TrainingConfig } from '../../config/runConfig.ts';
import { withTraining } from '../../config/withSettings.ts';
import { adjustLive, editDraft } from '../../state/draftActions.ts';
import { useDraftProblems } from '../../state/draftProblems.ts';
import type { LiveNumber } from '../../state/liveChange.ts';
import { presentStep } from '../../state/openedRun.ts';
import { useRunStore } from '../../state/runStore.ts';
import { ConfigNotes } from '../fields/ConfigNotes.tsx';
import fields from '../fields/fields.module.css';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { formatCount, formatNumber, formatShort } from '../formatNumber.ts';
import { DiaryPrompt } from './DiaryPrompt.tsx';
import { LiveChangeNote } from './LiveChangeNote.tsx';
import { ScheduleChart } from './ScheduleChart.tsx';
import { NUMBER_COPY, OPTIMIZER_CHOICES, SCHEDULE_CHOICES, TRAIN_COPY, type NumericSetting } from './trainCopy.ts';
import {
  BATCH_FIELDS,
  DIARY_FIELDS,
  LENGTH_FIELDS,
  LOSS_FIELDS,
  OPTIMIZER_FIELDS,
  type SettingField,
} from './trainingFields.ts';
import styles from './TrainingPanel.module.css';

const isLive = (name: NumericSetting): name is NumericSetting & LiveNumber =>
  LIVE_SETTINGS.some((live) => live === name);

export function TrainingSettings() {
  const draft = useRunStore((state) => state.draft);
  const begun = useRunStore((state) => state.run !== undefined && state.run.step > 0);
  const changes = useRunStore((state) => state.liveChanges);
  const problems = useDraftProblems();
  const [open, setOpen] = useState(false);
  const { training } = draft;
  const notes = useMemo(() => configNotes(draft).filter(({ field }) => field.startsWith('training.')), [draft]);
  const hasProblem = problems.some(({ field }) => field.startsWith('training.') && field !== 'training.batchSize');

  const change = (name: NumericSetting, value: number) => {
    if (isLive(name)) void adjustLive({ [name]: value });
    else editDraft((before) => withTraining(before, { [name]: value }));
  };
  const noteOn = (name: NumericSetting): ReactNode => {
    if (isLive(name)) return changes[name] && <LiveChangeNote name={name} label={NUMBER_COPY[name].label} />;
    return begun ? TRAIN_COPY.newRun : undefined;
  };
  const numbers = (settings: readonly SettingField[]) =>
    settings.map(({ name, min, max, whole, inapplicable }) => {
      const found = problems.filter(({ field }) => field === `training.${name}`);
      // A setting that is wrong can be put right, whatever it is good for.
      const reason = found.length > 0 ? undefined : inapplicable?.(training);
      return (
        <NumberField
          key={name}
          name={`training.${name}`}
          {...NUMBER_COPY[name]}
          value={training[name]}
          min={min}
          max={max}
          whole={whole}
          step={whole ? 1 : 'any'}
          disabled={reason !== undefined}
          problems={found}
          refuse={name === 'steps' ? refuseSteps : undefined}
          note={reason ?? noteOn(name)}
          onCommit={(value) => change(name, value)}
        />
      );
    });
  const choice = <Name extends 'optimizer' | 'schedule'>(
    name: Name,
    choices: Readonly<Record<TrainingConfig[Name], { readonly label: string; readonly description: string }>>,
  ) => (
    <SelectField
      name={`training.${name}`}
      {...TRAIN_COPY[name]}
      value={training[name]}
      options={Object.entries<{ readonly label: string }>(choices).map(([value, { label }]) => ({ value, label }))}
      description={`${choices[training[name]].description}${begun ? ` ${TRAIN_COPY.newRun}` : ''}`}
      onChoose={(value) => editDraft((before) => withTraining(before, { [name]: value }))}
    />
  );

  return (
    <details
      className={`${fields.fold} ${styles.settings}`}
      open={open || hasProblem}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary data-testid="training-settings">
        {TRAIN_COPY.settings}
        <span>{settingsSummary(training)}</span>
      </summary>
      <div className={styles.groups}>
        <Group name={TRAIN_COPY.groups.length}>
          {numbers(LENGTH_FIELDS)}
          <div className={styles.double}>{choice('schedule', SCHEDULE_CHOICES)}</div>
          <ProposedRate draft={draft} />
        </Group>
        <ScheduleChart config={draft} />
        <ConfigNotes notes={notes} />
        <Group name={TRAIN_COPY.groups.batches}>{numbers(BATCH_FIELDS)}</Group>
        <Group name={TRAIN_COPY.groups.update}>
          <div className={styles.double}>{choice('optimizer', OPTIMIZER_CHOICES)}</div>
          {numbers(OPTIMIZER_FIELDS)}
        </Group>
        <Group name={TRAIN_COPY.groups.loss}>{numbers(LOSS_FIELDS)}</Group>
        <Group name={TRAIN_COPY.groups.diary}>
          {numbers(DIARY_FIELDS)}
          <DiaryPrompt prompt={training.samplePrompt} />
        </Group>
      </div>
      {begun && <p className={fields.note}>{TRAIN_COPY.live}</p>}
    </details>
  );
}

function settingsSummary({ steps, learningRate, optimizer, schedule, weightDecay, clipNorm }: TrainingConfig): string {
  const { summary } = TRAIN_COPY;
  return [
    summary.steps(formatCount(steps)),
    summary.rate(formatNumber(learningRate)),
    SCHEDULE_CHOICES[schedule].short,
    OPTIMIZER_CHOICES[optimizer].short,
    summary.decay(formatNumber(weightDecay)),
    summary.clip(formatNumber(clipNorm)),
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
      {TRAIN_COPY.proposedRate(formatShort(parameters), formatNumber(proposed))}
      <button type="button" data-size="small" onClick={() => void adjustLive({ learningRate: proposed })}>
        {TRAIN_COPY.takeRate(formatNumber(proposed))}
      </button>
    </p>
  );
}

/** A run cannot end before the step that it has reached. */
function refuseSteps(steps: number): string | undefined {
  const reached = presentStep();
  if (steps >= reached) return undefined;
  return TRAIN_COPY.stepsTooFew(formatCount(reached));
}

function Group({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <fieldset className={fields.group}>
      <legend>{name}</legend>
      <div className={styles.grid}>{children}</div>
    </fieldset>
  );
}
