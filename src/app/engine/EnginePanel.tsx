// The Performance panel: how a training step runs on this device and where its time goes. Folded away until asked for, and
// measured only when asked for. The figures themselves are in the files beside it.
import { measureStep } from '../../state/engineReportActions.ts';
import { changeSince, useEngineReportStore, type MeasuredStep } from '../../state/engineReportStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { ActionButton } from '../fields/ActionButton.tsx';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { FoldedPanel } from '../FoldedPanel.tsx';
import { formatCount } from '../formatNumber.ts';
import hidden from '../hidden.module.css';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';
import { AboutDevice } from './AboutDevice.tsx';
import { ChosenKernels } from './ChosenKernels.tsx';
import { ENGINE_COPY } from './engineCopy.ts';
import styles from './EnginePanel.module.css';
import { HalfPrecision } from './HalfPrecision.tsx';
import { PlanMemory } from './PlanMemory.tsx';
import { PlanTable } from './PlanTable.tsx';
import { batchesSentence } from './stepBatches.ts';
import { StepFigureList } from './StepFigureList.tsx';

export function EnginePanel() {
  return (
    <FoldedPanel title={ENGINE_COPY.title} about={ENGINE_COPY.about}>
      <HalfPrecision />
      <StepOfRun />
    </FoldedPanel>
  );
}

function StepOfRun() {
  const device = useRunStore((state) => state.device);
  if (device === undefined) return <p className={controls.note}>{ENGINE_COPY.starting}</p>;
  if (device.engine === 'eager') {
    return (
      <p className={controls.note} data-testid="no-plan">
        {ENGINE_COPY.eager(BACKEND_LABELS[device.backend])}
      </p>
    );
  }
  return <PlannedStep />;
}

function PlannedStep() {
  const { measured, measuring, fault } = useEngineReportStore();
  const ready = useRunStore((state) => state.run !== undefined && state.deviceStatus === 'ready' && !state.creating);
  return (
    <>
      <div className={controls.toolbar}>
        <ActionButton
          available={ready && !measuring}
          aria-busy={measuring || undefined}
          data-testid="measure-step"
          onClick={() => void measureStep()}
        >
          {measuring ? ENGINE_COPY.measuring : measured === undefined ? ENGINE_COPY.measure : ENGINE_COPY.measureAgain}
        </ActionButton>
        <p className={`${controls.note} ${styles.hint}`}>{ready ? ENGINE_COPY.hint : ENGINE_COPY.noRun}</p>
        <p role="status" className={hidden.visually}>
          {measuring ? ENGINE_COPY.spokenMeasuring : measured === undefined ? '' : ENGINE_COPY.spokenMeasured}
        </p>
      </div>
      {fault !== undefined && <FaultMessage fault={fault} />}
      {measured === undefined ? <p className={styles.empty}>{ENGINE_COPY.empty}</p> : <Measured measured={measured} />}
    </>
  );
}

function Measured({ measured }: { readonly measured: MeasuredStep }) {
  const { report, run } = measured;
  const change = useRunStore((state) => changeSince(measured, state.run, state.device));
  const batches = batchesSentence(run.config, run.step);
  return (
    <>
      <p className={styles.when} data-stale={change !== undefined} data-testid="measured-at">
        {change !== undefined && <strong>{ENGINE_COPY.stale[change]} </strong>}
        {ENGINE_COPY.measuredAt(formatCount(run.step), run.name)}
        {batches !== undefined && ` ${batches}`}
      </p>
      {report.problem === null ? (
        <>
          <StepFigureList report={report} />
          <PlanTable report={report} />
          <PlanMemory memory={report.memory} />
          <ChosenKernels tuned={report.tuned} />
        </>
      ) : (
        <p className={controls.note}>{report.problem}</p>
      )}
      <AboutDevice report={report} />
    </>
  );
}
