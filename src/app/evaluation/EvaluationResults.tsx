// An evaluation's report: which model it is of, its parts, and its download.
import type { EvaluatedModel } from '../../state/evaluationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { SHARE_NAMES } from '../diary/diaryCopy.ts';
import { JUDGED_SHARES } from '../diary/judgedTrend.ts';
import { readableShare } from '../charts/readableNumber.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { formatCount } from '../formatNumber.ts';
import { fileStem, saveFile } from '../saveFile.ts';
import type { SampleJudgement } from '../../protocol/messages.ts';
import { CalibrationPart } from './CalibrationPart.tsx';
import { evaluationCsv } from './evaluationCsv.ts';
import { EVALUATION_COPY, JUDGED_COPY } from './evaluationCopy.ts';
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
        <p className={styles.when} data-stale={!ofThisRun} data-testid="evaluated-at">
          {!ofThisRun && <strong>{EVALUATION_COPY.otherRun} </strong>}
          {EVALUATION_COPY.measuredAt(measuredAt(report), run.name)}
          {report.step !== report.lastStep && ` ${EVALUATION_COPY.trainedMeanwhile}`}
        </p>
        <span className={controls.spring} />
        <ActionButton
          data-size="small"
          data-testid="evaluation-csv"
          help={EVALUATION_COPY.csvHelp}
          onClick={() =>
            saveFile(
              `${fileStem(run.name)}-evaluation-step-${report.step}.csv`,
              new Blob([evaluationCsv(report)], { type: 'text/csv;charset=utf-8' }),
            )
          }
        >
          {EVALUATION_COPY.csv}
        </ActionButton>
      </div>
      {heldOut !== null && (
        <>
          <HeldOutFigures heldOut={heldOut} data={data} />
          <CalibrationPart heldOut={heldOut} />
        </>
      )}
      {judged !== undefined && <JudgedFigures judged={judged} />}
      {noTasks !== undefined && (
        <p className={controls.note} data-testid="no-tasks">
          {noTasks}
        </p>
      )}
      {tasks.length > 0 && <TaskPart tasks={tasks} />}
    </>
  );
}

function JudgedFigures({ judged }: { readonly judged: SampleJudgement }) {
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>{JUDGED_COPY.title}</h3>
      <p className={controls.note}>{JUDGED_COPY.note(formatCount(judged.sentences))}</p>
      <dl className={styles.figures} data-testid="judged-figures">
        {JUDGED_SHARES.map((share) => (
          <Figure key={share} name={SHARE_NAMES[share].label} value={readableShare(judged[share])}>
            {SHARE_NAMES[share].meaning}
          </Figure>
        ))}
      </dl>
    </div>
  );
}
