// Train, Pause, Resume, Step and New run. Which of them there are is `runControls.ts`.
import { pause, reset, restoreLastGood, resume, step, train, trainMore } from '../../state/runActions.ts';
import { moreSteps, runControls, type PrimaryControl } from '../../state/runControls.ts';
import { useRunStore } from '../../state/runStore.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { formatCount } from '../formatNumber.ts';
import { RUN_COPY } from './runCopy.ts';
import styles from './RunBar.module.css';

const ACTIONS: Record<PrimaryControl, () => Promise<void>> = {
  train,
  pause,
  resume,
  more: trainMore,
  'go-back': restoreLastGood,
};

const ICONS: Record<PrimaryControl, string> = {
  train: 'M3 2l8 5-8 5z',
  pause: 'M3 2h3v10H3zM8 2h3v10H8z',
  resume: 'M3 2l8 5-8 5z',
  more: 'M3 2l8 5-8 5z',
  'go-back': 'M8 2v3h4v4H8v3L2 7z',
};

const PRIMARY_BUTTON_ID = 'primary-run-button';

/** Where the focus goes when what held it has left the page. */
export function focusPrimaryButton(): void {
  document.querySelector<HTMLElement>(`#${PRIMARY_BUTTON_ID}`)?.focus();
}

export function RunButtons() {
  const run = useRunStore((state) => state.run);
  const deviceStatus = useRunStore((state) => state.deviceStatus);
  const creating = useRunStore((state) => state.creating);
  const command = useRunStore((state) => state.command);
  const draftDiffers = useRunStore((state) => state.draftDiffers);
  const waiting = useRunStore((state) => state.trainWhenReady);
  const controls = runControls({
    phase: run?.phase,
    lastGoodStep: run?.lastGoodStep,
    engineReady: deviceStatus === 'ready',
    restarting: deviceStatus === 'restarting',
    creating,
    command,
  });
  const names: Record<PrimaryControl, string> = {
    train: RUN_COPY.train,
    pause: RUN_COPY.pause,
    resume: RUN_COPY.resume,
    more: RUN_COPY.more(formatCount(moreSteps(run?.config.training.steps ?? 0))),
    'go-back': run?.lastGoodStep === undefined ? RUN_COPY.goBack : RUN_COPY.goBackTo(formatCount(run.lastGoodStep)),
  };
  // After trouble without a good state to go back to, a new run is the way on.
  const canGoOn = run?.phase !== 'stopped' || run.lastGoodStep !== undefined;
  return (
    <div className={styles.buttons} role="group" aria-label={RUN_COPY.buttons}>
      <ActionButton
        id={PRIMARY_BUTTON_ID}
        data-variant={canGoOn ? 'primary' : undefined}
        className={styles.primary}
        available={controls.primaryEnabled}
        aria-busy={waiting || undefined}
        onClick={() => void ACTIONS[controls.primary]()}
      >
        <svg viewBox="0 0 14 14" width="13" height="13" aria-hidden="true" fill="currentColor">
          <path d={ICONS[controls.primary]} />
        </svg>
        {names[controls.primary]}
      </ActionButton>
      <ActionButton available={controls.stepEnabled} help={RUN_COPY.stepHelp} onClick={() => void step()}>
        {RUN_COPY.step}
      </ActionButton>
      <ActionButton
        available={controls.resetEnabled}
        data-asked-for={(draftDiffers && run?.step !== 0) || undefined}
        data-variant={canGoOn ? undefined : 'primary'}
        className={styles.reset}
        help={RUN_COPY.newRunHelp}
        onClick={() => void reset()}
      >
        {RUN_COPY.newRun}
      </ActionButton>
    </div>
  );
}
