// The Evaluation panel: how well the current model predicts held-out text and answers its text's questions. Folded away
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
import { EVALUATION_COPY, EXTENT_LABELS } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';

const EXTENTS = Object.keys(EXTENT_LABELS) as EvaluationExtent[];

export function EvaluationPanel() {
  return (
    <FoldedPanel title={EVALUATION_COPY.title} about={EVALUATION_COPY.about}>
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
          {busy ? EVALUATION_COPY.evaluating : EVALUATION_COPY.evaluate}
        </ActionButton>
        <label className={controls.inline}>
          {EVALUATION_COPY.extent}
          <select
            className={controls.select}
            data-field="extent"
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
            ? EVALUATION_COPY.hint(formatCount(tokens), counted(items, 'question'), counted(mostShots, 'example'))
            : EVALUATION_COPY.noModel}
        </p>
        <p role="status" className={hidden.visually}>
          {busy ? EVALUATION_COPY.spokenBusy : evaluated === undefined ? '' : EVALUATION_COPY.spokenDone}
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
        {work.message}…{work.secondsLeft !== undefined && ` ${EVALUATION_COPY.left(formatDuration(work.secondsLeft))}`}
      </span>
      <button type="button" data-size="small" onClick={stopEvaluation}>
        {EVALUATION_COPY.stop}
      </button>
      <div
        className={styles.workBar}
        role="progressbar"
        aria-label={EVALUATION_COPY.progress}
        aria-valuenow={percent}
        aria-valuetext={EVALUATION_COPY.progressValue(work.message, `${percent}%`)}
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
        <p className={styles.empty}>{EVALUATION_COPY.empty}</p>
      ) : (
        <EvaluationResults evaluated={evaluated} />
      )}
    </>
  );
}
