// The engine panel: how a training step runs on this device and where its time goes. Folded away until asked for, and
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
import styles from './EnginePanel.module.css';
import { HalfPrecision } from './HalfPrecision.tsx';
import { PlanMemory } from './PlanMemory.tsx';
import { PlanTable } from './PlanTable.tsx';
import { batchesSentence } from './stepBatches.ts';
import { StepFigureList } from './StepFigureList.tsx';

export function EnginePanel() {
  return (
    <FoldedPanel title="Engine" about="where the time goes">
      <HalfPrecision />
      <StepOfRun />
    </FoldedPanel>
  );
}

function StepOfRun() {
  const device = useRunStore((state) => state.device);
  if (device === undefined) return <p className={controls.note}>The engine is starting.</p>;
  if (device.engine === 'eager') {
    return (
      <p className={controls.note}>
        {BACKEND_LABELS[device.backend]} runs a step’s operations one by one, so there is no plan to show. WebGPU runs
        the whole step as one plan of fused kernels.
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
          onClick={() => void measureStep()}
        >
          {measuring ? 'Measuring…' : measured === undefined ? 'Measure a step' : 'Measure again'}
        </ActionButton>
        <p className={`${controls.note} ${styles.hint}`}>
          {ready
            ? 'Takes a moment, in which training stands back; the run is left as it is.'
            : 'There is no run to measure yet.'}
        </p>
        <p role="status" className={hidden.visually}>
          {measuring ? 'Measuring a step' : measured === undefined ? '' : 'The step has been measured'}
        </p>
      </div>
      {fault !== undefined && <FaultMessage fault={fault} />}
      {measured === undefined ? (
        <p className={styles.empty}>
          A training step runs here as one plan: kernels that each do several operations, handed to the GPU all at once.
          Measure a step to see how long each takes.
        </p>
      ) : (
        <Measured measured={measured} />
      )}
    </>
  );
}

function Measured({ measured }: { readonly measured: MeasuredStep }) {
  const { report, run } = measured;
  const change = useRunStore((state) => changeSince(measured, state.run, state.device));
  const batches = batchesSentence(run.config, run.step);
  return (
    <>
      <p className={styles.when} data-stale={change !== undefined}>
        {change !== undefined && (
          <strong>{change === 'run' ? 'Of another run.' : 'From before the device was opened anew.'} </strong>
        )}
        Measured at step {formatCount(run.step)} of {run.name}.{batches !== undefined && ` ${batches}`}
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
