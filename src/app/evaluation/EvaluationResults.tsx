// An evaluation's report: which model it is of, its parts, and its download.
import type { EvaluatedModel } from '../../state/evaluationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { SHARE_NAMES } from '../diary/JudgedTrend.tsx';
import { JUDGED_SHARES } from '../diary/judgedTrend.ts';
import { readableShare } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { fileStem, saveFile } from '../saveFile.ts';
import type { JudgedSample } from '../../protocol/messages.ts';
import { CalibrationPart } from './CalibrationPart.tsx';
import { evaluationCsv } from './evaluationCsv.ts';
import styles from './EvaluationPanel.module.css';
import { Figure, HeldOutFigures } from './HeldOutFigures.tsx';
import { TaskPart } from './TaskPart.tsx';
import { measuredAt } from './taskRows.ts';

export function EvaluationResults({ evaluated }: { readonly evaluated: EvaluatedModel }) {
  const { report, run, data } = evaluated;
  const { heldOut, judged, tasks, noTasks } = report;
  const ofThisRun = useRunStore((state) => state.run?.runId === run.runId);
  return (
    <>
      <div className={controls.toolbar}>
        <p className={styles.when} data-stale={!ofThisRun}>
          {!ofThisRun && <strong>Of another run. </strong>}
          Measured at {measuredAt(report)} of {run.name}
          {report.step === report.lastStep ? '.' : '; it was trained on meanwhile.'}
        </p>
        <span className={controls.spring} />
        <button
          type="button"
          data-size="small"
          title="All figures as comma-separated values"
          onClick={() =>
            saveFile(
              `${fileStem(run.name)}-evaluation-step-${report.step}.csv`,
              new Blob([evaluationCsv(report)], { type: 'text/csv;charset=utf-8' }),
            )
          }
        >
          Evaluation as CSV
        </button>
      </div>
      {heldOut !== null && (
        <>
          <HeldOutFigures heldOut={heldOut} data={data} />
          <CalibrationPart heldOut={heldOut} />
        </>
      )}
      {judged !== undefined && <JudgedFigures judged={judged} />}
      {noTasks !== undefined && <p className={controls.note}>{noTasks}</p>}
      {tasks.length > 0 && <TaskPart tasks={tasks} />}
    </>
  );
}

function JudgedFigures({ judged }: { readonly judged: JudgedSample }) {
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>Tales it writes, judged</h3>
      <p className={controls.note}>
        {formatCount(judged.sentences)} complete sentences, written like the diary’s (temperature 0.8, top-p 0.95).
      </p>
      <dl className={styles.figures}>
        {JUDGED_SHARES.map((share) => (
          <Figure key={share} name={SHARE_NAMES[share].label} value={readableShare(judged[share])}>
            {SHARE_NAMES[share].meaning}
          </Figure>
        ))}
      </dl>
    </div>
  );
}
