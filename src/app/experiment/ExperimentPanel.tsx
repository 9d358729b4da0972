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
import { EXPERIMENT_COPY } from './experimentCopy.ts';
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
    <FoldedPanel title={EXPERIMENT_COPY.title} about={EXPERIMENT_COPY.about} label={EXPERIMENT_COPY.label}>
      <p className={controls.note}>{EXPERIMENT_COPY.intro}</p>
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
          data-testid="run-experiment"
          {...(!busy && experiment === undefined && { 'data-variant': 'primary' })}
          onClick={() => (busy ? stopExperiment() : void startExperiment())}
        >
          {busy ? EXPERIMENT_COPY.stop : experiment === undefined ? EXPERIMENT_COPY.start : EXPERIMENT_COPY.again}
        </ActionButton>
        {work === undefined ? (
          <p className={`${controls.note} ${engine.hint}`}>{ready ? EXPERIMENT_COPY.hint : EXPERIMENT_COPY.starting}</p>
        ) : (
          <Progress work={work} secondsLeft={secondsLeft} />
        )}
        <p role="status" className={hidden.visually}>
          {busy ? EXPERIMENT_COPY.spokenBusy : experiment === undefined ? '' : (overallVerdict(experiment) ?? '')}
        </p>
      </div>
      {isTraining && (
        <p className={controls.note} data-testid="also-training">
          {EXPERIMENT_COPY.alsoTraining}
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
        {work.message} · {percent}%
        {secondsLeft !== undefined && ` · ${EXPERIMENT_COPY.left(formatDuration(secondsLeft))}`}
      </span>
      <progress value={percent} max={100} aria-label={EXPERIMENT_COPY.progress} />
    </div>
  );
}

function Found({ experiment }: { readonly experiment: Experiment }) {
  const [table, setTable] = useState(false);
  const { plan, variants, settings, status, seconds } = experiment;
  const model = variants[0]?.config.model;
  const verdict = overallVerdict(experiment);
  const effects = choiceEffects(experiment);
  return (
    <>
      <p className={styles.about} data-testid="experiment-status" data-status={status}>
        {EXPERIMENT_COPY.status[status]}
        {seconds !== undefined && EXPERIMENT_COPY.in(formatDuration(seconds))}:{' '}
        {model &&
          `${EXPERIMENT_COPY.sizes(plan.textName, model.nLayer, model.nEmbd, model.contextLength, formatCount(plan.steps))}, `}
        {EXPERIMENT_COPY.ratesUsed[settings.rates]}
      </p>
      {verdict !== undefined && (
        <p className={styles.overall} data-testid="experiment-verdict">
          {verdict}
        </p>
      )}
      {effects.length > 0 && (
        <ul className={styles.choices} aria-label={EXPERIMENT_COPY.choices} data-testid="experiment-choices">
          {effects.map((effect) => (
            <li key={effect}>{effect}</li>
          ))}
        </ul>
      )}
      {effects.length > 0 && <p className={controls.note}>{EXPERIMENT_COPY.choicesNote}</p>}
      <div className={controls.toolbar}>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={table}
          onClick={() => setTable(!table)}
        >
          {EXPERIMENT_COPY.table}
        </button>
        <ActionButton
          data-size="small"
          data-testid="experiment-csv"
          aria-label={EXPERIMENT_COPY.csvLabel}
          help={EXPERIMENT_COPY.csvHelp}
          onClick={() =>
            saveFile('experiment-mask.csv', new Blob([experimentCsv(experiment)], { type: 'text/csv;charset=utf-8' }))
          }
        >
          {EXPERIMENT_COPY.csv}
        </ActionButton>
      </div>
      {table ? (
        <ExperimentTable experiment={experiment} />
      ) : (
        <ExperimentChart
          experiment={experiment}
          loss="comparableLoss"
          title={EXPERIMENT_COPY.comparable}
          heightPx={CHART_PX}
          baseline
        />
      )}
      <p className={controls.note}>{EXPERIMENT_COPY.comparableNote(formatCount(plan.windows), plan.windowLength)}</p>
      {!table && (
        <ExperimentChart
          experiment={experiment}
          loss="trainingLoss"
          title={EXPERIMENT_COPY.training}
          heightPx={SMALL_CHART_PX}
        />
      )}
      <p className={controls.note}>{EXPERIMENT_COPY.trainingNote}</p>
      <div className={styles.cards}>
        {VARIANT_LOOKS.map((look) => (
          <VariantCard key={look.id} experiment={experiment} look={look} />
        ))}
      </div>
      <p className={controls.note}>{EXPERIMENT_COPY.samplesNote}</p>
    </>
  );
}
