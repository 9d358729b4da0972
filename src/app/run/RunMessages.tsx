// What the user should know about the run now: trouble, faults, settings that wait, notices.
import { dismissNotice } from '../../state/notices.ts';
import { startAgain } from '../../state/lifecycle.ts';
import { useRunStore } from '../../state/runStore.ts';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { formatCount } from '../formatNumber.ts';
import { focusPrimaryButton } from './RunButtons.tsx';
import { useTrainingPulse } from './trainingPulse.ts';
import { RUN_COPY } from './runCopy.ts';
import styles from './RunBar.module.css';

export function RunMessages() {
  const run = useRunStore((state) => state.run);
  const runFault = useRunStore((state) => state.runFault);
  const deviceStatus = useRunStore((state) => state.deviceStatus);
  const deviceFault = useRunStore((state) => state.deviceFault);
  const draftDiffers = useRunStore((state) => state.draftDiffers);
  const notices = useRunStore((state) => state.notices);
  const newRunWaits = draftDiffers && run !== undefined && run.step > 0;
  if (!newRunWaits && !runFault && !deviceFault && run?.trouble === undefined && notices.length === 0) return null;
  return (
    <div className={styles.messages}>
      {deviceStatus === 'failed' && deviceFault && (
        <FaultMessage fault={deviceFault}>
          <button
            type="button"
            data-size="small"
            onClick={() => {
              focusPrimaryButton();
              void startAgain();
            }}
          >
            {RUN_COPY.restart}
          </button>
        </FaultMessage>
      )}
      {run?.phase === 'stopped' && run.trouble && <FaultMessage fault={run.trouble} />}
      {runFault && (
        <FaultMessage fault={runFault}>
          <button
            type="button"
            data-size="small"
            onClick={() => {
              focusPrimaryButton();
              useRunStore.setState({ runFault: undefined });
            }}
          >
            {RUN_COPY.dismiss}
          </button>
        </FaultMessage>
      )}
      {newRunWaits && <NewRunWaits />}
      {notices.map(({ id, tone, message, remedy }) => (
        <div key={id} className={styles.notice} data-tone={tone} role={tone === 'info' ? undefined : 'alert'}>
          <span>
            {remedy === '' ? message : <strong>{message}</strong>} {remedy}
          </span>
          <button
            type="button"
            data-size="small"
            data-variant="quiet"
            onClick={() => {
              focusPrimaryButton();
              dismissNotice(id);
            }}
          >
            {RUN_COPY.dismiss}
          </button>
        </div>
      ))}
    </div>
  );
}

function NewRunWaits() {
  const { step } = useTrainingPulse(1000);
  return (
    <p className={styles.waiting} data-testid="new-run-waits">
      {RUN_COPY.newRunWaits[0]}
      <strong>{RUN_COPY.newRun}</strong>
      {RUN_COPY.newRunWaits[1]}
      {RUN_COPY.kept(formatCount(step))}
    </p>
  );
}
