// The evaluation panel: how well the present model predicts held-out text and answers its text's questions. Folded away
// until asked for, and measured only when asked for. The figures themselves are in the files beside it.
import { chooseExtent, evaluate, stopEvaluation } from '../../state/evaluationActions.ts';
import { EVALUATION_EXTENTS, useEvaluationStore, type EvaluationExtent } from '../../state/evaluationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { counted } from '../charts/readableNumber.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { FoldedPanel } from '../FoldedPanel.tsx';
import { formatDuration } from '../formatDuration.ts';
import { formatCount } from '../formatNumber.ts';
import hidden from '../hidden.module.css';
import { EvaluationResults } from './EvaluationResults.tsx';
import styles from './EvaluationPanel.module.css';

const EXTENT_LABELS: Record<EvaluationExtent, string> = { quick: 'Quick', normal: 'Normal', thorough: 'Thorough' };
const EXTENTS = Object.keys(EXTENT_LABELS) as EvaluationExtent[];

export function EvaluationPanel() {
  return (
    <FoldedPanel title="Evaluation" about="how well it predicts and answers">
      <EvaluationControls />
      <EvaluationOutcome />
    </FoldedPanel>
  );
}

function EvaluationControls() {
  const { extent, evaluated, work } = useEvaluationStore();
  const ready = useRunStore((state) => state.run !== undefined && state.deviceStatus === 'ready' && !state.creating);
  const { tokens, items, mostShots } = EVALUATION_EXTENTS[extent];
  const busy = work !== undefined;
  return (
    <>
      <div className={controls.toolbar}>
        <ActionButton available={ready && !busy} aria-busy={busy || undefined} onClick={() => void evaluate()}>
          {busy ? 'Evaluating…' : 'Evaluate'}
        </ActionButton>
        <label className={controls.inline}>
          Extent
          <select
            className={controls.select}
            value={extent}
            disabled={busy}
            onChange={(event) => chooseExtent(EXTENTS.find((name) => name === event.target.value) ?? 'normal')}
          >
            {EXTENTS.map((name) => (
              <option key={name} value={name}>
                {EXTENT_LABELS[name]}
              </option>
            ))}
          </select>
        </label>
        <p className={`${controls.note} ${styles.hint}`}>
          {ready
            ? `Reads up to ${formatCount(tokens)} held-out tokens, and asks ${counted(items, 'question')} of each task the text has, with up to ${counted(mostShots, 'example')}. Training goes on more slowly meanwhile.`
            : 'There is no model to evaluate yet.'}
        </p>
        <p role="status" className={hidden.visually}>
          {busy ? 'Evaluating the model' : evaluated === undefined ? '' : 'The model has been evaluated'}
        </p>
      </div>
      <EvaluationWork />
    </>
  );
}

/** How far the evaluation is, with its Stop. */
function EvaluationWork() {
  const work = useEvaluationStore((state) => state.work);
  if (work === undefined) return null;
  const percent = Math.round(100 * work.fraction);
  return (
    <div className={styles.work}>
      <span aria-hidden="true">
        {work.message}…{work.secondsLeft !== undefined && ` ${formatDuration(work.secondsLeft)} left`}
      </span>
      <button type="button" data-size="small" onClick={stopEvaluation}>
        Stop evaluating
      </button>
      <div
        className={styles.workBar}
        role="progressbar"
        aria-label="Evaluating the model"
        aria-valuenow={percent}
        aria-valuetext={`${work.message}, ${percent} %`}
      >
        <div style={{ inlineSize: `${percent}%` }} />
      </div>
    </div>
  );
}

function EvaluationOutcome() {
  const { evaluated, fault } = useEvaluationStore();
  return (
    <>
      {fault !== undefined && <FaultMessage fault={fault} />}
      {evaluated === undefined ? (
        <p className={styles.empty}>
          The loss says how well a model predicts; here is also how often it is right, whether it is as sure as it
          should be, and whether it answers questions that were not in its training text, with and without examples.
        </p>
      ) : (
        <EvaluationResults evaluated={evaluated} />
      )}
    </>
  );
}
