// The ready experiment on the mask: four models trained side by side on one text. Folded away until asked for; what it
// found stays when the panel is closed.
import { useState } from 'react';
import { startExperiment, stopExperiment } from '../../state/experimentActions.ts';
import { useExperimentStore, type Experiment } from '../../state/experimentStore.ts';
import { useRunStore, type Working } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import engine from '../engine/EnginePanel.module.css';
import { ActionButton } from '../fields/ActionButton.tsx';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { FoldedPanel } from '../FoldedPanel.tsx';
import { formatDuration } from '../formatDuration.ts';
import { formatCount } from '../formatNumber.ts';
import hidden from '../hidden.module.css';
import { saveFile } from '../saveFile.ts';
import { ExperimentChart } from './ExperimentChart.tsx';
import { experimentCsv } from './experimentCsv.ts';
import styles from './ExperimentPanel.module.css';
import { ExperimentSettings } from './ExperimentSettings.tsx';
import { ExperimentTable } from './ExperimentTable.tsx';
import { choiceEffects, overallVerdict } from './experimentVerdicts.ts';
import { VariantCard } from './VariantCard.tsx';
import { VARIANT_LOOKS } from './variantLooks.ts';

const CHART_PX = 220;
const SMALL_CHART_PX = 120;

export function ExperimentPanel() {
  const experiment = useExperimentStore((state) => state.experiment);
  return (
    <FoldedPanel title="Experiment" about="why the mask matters" label="Experiment: why the mask matters">
      <p className={controls.note}>
        Four models of one size read the same text in the same order, from the same seed and for equally many tokens.
        They differ in what a token may see, where they are asked for the next one, and how they are built. What does
        each cost?
      </p>
      <ExperimentSettings />
      <Controls />
      {experiment !== undefined && <Found experiment={experiment} />}
    </FoldedPanel>
  );
}

function Controls() {
  const { experiment, work, secondsLeft, fault } = useExperimentStore();
  const ready = useRunStore((state) => state.deviceStatus === 'ready');
  const isTraining = useRunStore((state) => state.run?.phase === 'running');
  const busy = work !== undefined;
  return (
    <>
      <div className={controls.toolbar}>
        <ActionButton
          available={busy || ready}
          aria-busy={busy || undefined}
          {...(!busy && experiment === undefined && { 'data-variant': 'primary' })}
          onClick={() => (busy ? stopExperiment() : void startExperiment())}
        >
          {busy ? 'Stop the experiment' : experiment === undefined ? 'Start the experiment' : 'Run it again'}
        </ActionButton>
        {work === undefined ? (
          <p className={`${controls.note} ${engine.hint}`}>
            {ready ? 'Your own run is left as it is.' : 'The engine is starting.'}
          </p>
        ) : (
          <Progress work={work} secondsLeft={secondsLeft} />
        )}
        <p role="status" className={hidden.visually}>
          {busy ? 'The experiment goes on' : experiment === undefined ? '' : (overallVerdict(experiment) ?? '')}
        </p>
      </div>
      {isTraining && (
        <p className={controls.note}>
          Your run is training, too: it goes on, and both take turns at the device. Pause it to have the experiment
          sooner.
        </p>
      )}
      {fault !== undefined && <FaultMessage fault={fault} />}
    </>
  );
}

function Progress({ work, secondsLeft }: { readonly work: Working; readonly secondsLeft: number | undefined }) {
  const percent = Math.round(100 * work.fraction);
  return (
    <div className={`${styles.progress} ${engine.hint}`}>
      <span>
        {work.message} · {percent} %{secondsLeft !== undefined && ` · ${formatDuration(secondsLeft)} left`}
      </span>
      <progress value={percent} max={100} aria-label="The experiment" />
    </div>
  );
}

const STATUS_WORDS = {
  running: 'Under way',
  done: 'Done',
  stopped: 'Stopped by you',
  failed: 'Ended early',
} as const;

function Found({ experiment }: { readonly experiment: Experiment }) {
  const [table, setTable] = useState(false);
  const { plan, variants, settings, status, seconds } = experiment;
  const model = variants[0]?.config.model;
  const verdict = overallVerdict(experiment);
  const effects = choiceEffects(experiment);
  return (
    <>
      <p className={styles.about}>
        {STATUS_WORDS[status]}
        {seconds !== undefined && ` in ${formatDuration(seconds)}`}: {plan.textName}, {model?.nLayer} × {model?.nEmbd},
        context {model?.contextLength}, {formatCount(plan.steps)} steps,{' '}
        {settings.rates === 'same' ? 'one learning rate for all' : 'each recipe’s own learning rate'}
      </p>
      {verdict !== undefined && <p className={styles.overall}>{verdict}</p>}
      {effects.length > 0 && (
        <ul className={styles.choices} aria-label="What each choice did">
          {effects.map((effect) => (
            <li key={effect}>{effect}</li>
          ))}
        </ul>
      )}
      {effects.length > 0 && (
        <p className={controls.note}>
          Each choice can be tried alone: the Model panel and the training settings have them all.
        </p>
      )}
      <div className={controls.toolbar}>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={table}
          onClick={() => setTable(!table)}
        >
          Table
        </button>
        <button
          type="button"
          data-size="small"
          aria-label="Download the experiment as CSV"
          title="All measurements as comma-separated values"
          onClick={() =>
            saveFile('experiment-mask.csv', new Blob([experimentCsv(experiment)], { type: 'text/csv;charset=utf-8' }))
          }
        >
          CSV
        </button>
      </div>
      {table ? (
        <ExperimentTable experiment={experiment} />
      ) : (
        <ExperimentChart
          experiment={experiment}
          loss="comparableLoss"
          title="Comparable validation loss"
          heightPx={CHART_PX}
          baseline
        />
      )}
      <p className={controls.note}>
        Comparable: every model is asked for the token after the same {formatCount(plan.windows)} held-out windows of{' '}
        {plan.windowLength} tokens.
      </p>
      {!table && (
        <ExperimentChart experiment={experiment} loss="trainingLoss" title="Training loss" heightPx={SMALL_CHART_PX} />
      )}
      <p className={controls.note}>
        Training losses cannot be compared: GPT-3’s recipe is asked at every position, (a) and (b) once per window, and
        the fourth has the answer in view.
      </p>
      <div className={styles.cards}>
        {VARIANT_LOOKS.map((look) => (
          <VariantCard key={look.id} experiment={experiment} look={look} />
        ))}
      </div>
      <p className={controls.note}>
        All continue the same prompt, at temperature 0.8. The pictures show each head’s attention over the prompt: a row
        is the token that looks, a column where it looks. Right of the diagonal lies what comes later.
      </p>
    </>
  );
}
