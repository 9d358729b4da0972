// What the run is doing: as figures with a progress bar for the eye, as one sentence that is always current for a
// screen reader that looks there, and as announcements of the moments worth interrupting for.
import { useEffect, useRef, useState } from 'react';
import { tokensAt } from '../../config/schedule.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatAge, formatDuration } from '../formatDuration.ts';
import { formatCount, formatLoss, formatShort } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import hidden from '../hidden.module.css';
import { explainTrainingLoss, trainingLossName } from '../trainingLoss.ts';
import { isWorthSaying, type RunMoment } from './announcement.ts';
import { STATUS_COPY } from './runCopy.ts';
import styles from './RunBar.module.css';
import { useTrainingPulse } from './trainingPulse.ts';

const SENTENCE_PACE_MS = 2000;
/** Lets the figures of a change arrive before they are spoken. */
const SETTLING_MS = 300;
const SHOWN_PACE_MS = 250;
/** A worker that said it would be silent for less than this should have answered. */
const LONG_STEP_MS = 500;

/** What is going on, in a word or two, for the eye. */
function useActivity(): { readonly words: string; readonly busy: boolean } {
  const status = useRunStore((state) => state.deviceStatus);
  const phase = useRunStore((state) => state.run?.phase);
  const command = useRunStore((state) => state.command);
  const creating = useRunStore((state) => state.creating);
  const waiting = useRunStore((state) => state.trainWhenReady);
  const work = useRunStore((state) => state.deviceWork ?? (state.creating ? state.dataWork : undefined));
  const quiet = useRunStore((state) => state.workerQuiet);
  if (status === 'failed') return { words: STATUS_COPY.failed, busy: false };
  if (work && (status === 'starting' || creating)) {
    return { words: STATUS_COPY.work(work.message, Math.round(100 * work.fraction), waiting), busy: true };
  }
  if (status === 'starting') {
    return { words: `${STATUS_COPY.measuring}${waiting ? STATUS_COPY.thenTraining : ''}`, busy: true };
  }
  if (status === 'restarting') {
    return { words: `${STATUS_COPY.restarting}${waiting ? STATUS_COPY.thenTraining : ''}`, busy: true };
  }
  if (quiet && quiet.expectedMs < LONG_STEP_MS) return { words: STATUS_COPY.notResponding, busy: true };
  if (creating) return { words: `${STATUS_COPY.preparing}${waiting ? STATUS_COPY.thenTraining : ''}`, busy: true };
  if (command === 'pause' || command === 'reset') {
    const after = quiet ? STATUS_COPY.afterStep(formatDuration(quiet.expectedMs / 1000)) : '';
    return { words: `${command === 'pause' ? STATUS_COPY.pausing : STATUS_COPY.startingRun}${after}`, busy: true };
  }
  if (command === 'train' && phase !== 'running') return { words: STATUS_COPY.starting, busy: true };
  if (command === 'step') return { words: STATUS_COPY.stepping, busy: true };
  return { words: phase === undefined ? STATUS_COPY.noRun : STATUS_COPY.phases[phase], busy: phase === 'running' };
}

export function RunStatus() {
  const run = useRunStore((state) => state.run);
  const { words, busy } = useActivity();
  const { step, loss, tokensPerSecond } = useTrainingPulse(SHOWN_PACE_MS);
  const steps = run?.config.training.steps ?? 0;
  const tokensBefore = (next: number): number =>
    run ? tokensAt(next, run.config.training, run.config.model.contextLength) : 0;
  const tokensLeft = tokensBefore(steps + 1) - tokensBefore(step + 1);
  const secondsLeft = tokensPerSecond ? tokensLeft / tokensPerSecond : undefined;
  return (
    <div className={styles.status}>
      <SpokenStatus />
      <div className={styles.figures}>
        <span className={styles.phase} data-phase={run?.phase} data-busy={busy}>
          {words}
        </span>
        {run && (
          <span>
            <HelpTerm help={STATUS_COPY.stepHelp}>
              {STATUS_COPY.step} <b>{formatCount(step)}</b>
              <span className={styles.quiet}>/{formatCount(steps)}</span>
            </HelpTerm>
          </span>
        )}
        {loss !== undefined && (
          <span>
            <HelpTerm help={explainTrainingLoss(loss, run?.config.training)}>
              {trainingLossName(run?.config.training)} <b>{formatLoss(loss)}</b>
            </HelpTerm>
          </span>
        )}
        {tokensPerSecond !== undefined && (
          <span className={styles.minor}>
            <HelpTerm help={STATUS_COPY.speedHelp}>
              <b>{formatShort(Math.round(tokensPerSecond))}</b> {STATUS_COPY.tokensPerSecond}
            </HelpTerm>
          </span>
        )}
        {run?.phase === 'running' && secondsLeft !== undefined && (
          <span>
            <HelpTerm help={STATUS_COPY.leftHelp}>
              <b>{secondsLeft < 1 ? '< 1 s' : formatDuration(secondsLeft)}</b> {STATUS_COPY.left}
            </HelpTerm>
          </span>
        )}
        <SavedStep step={step} />
      </div>
      <div
        className={styles.progress}
        role="progressbar"
        aria-label={STATUS_COPY.progress}
        aria-valuemin={0}
        aria-valuemax={Math.max(steps, 1)}
        aria-valuenow={Math.min(step, Math.max(steps, 1))}
        aria-valuetext={run ? STATUS_COPY.position(formatCount(step), formatCount(steps)) : STATUS_COPY.notStarted}
      >
        <div style={{ inlineSize: steps > 0 ? `${Math.min(100, (100 * step) / steps)}%` : 0 }} />
      </div>
    </div>
  );
}

/** One sentence with step and loss: silent where it is kept current, spoken when it is worth it. */
function SpokenStatus() {
  const steps = useRunStore((state) => state.run?.config.training.steps);
  const phase = useRunStore((state) => state.run?.phase);
  const lossName = useRunStore((state) => trainingLossName(state.run?.config.training));
  const { words } = useActivity();
  const { step, loss } = useTrainingPulse(SENTENCE_PACE_MS);
  const position = steps === undefined ? '' : STATUS_COPY.position(formatCount(step), formatCount(steps));
  const lossPart = loss === undefined ? '' : `, ${lossName} ${formatLoss(loss)}`;
  const sentence = position === '' ? words : `${position}${lossPart}${phase === 'running' ? '' : `. ${words}`}.`;
  const [announced, setAnnounced] = useState('');
  const lastSpoken = useRef<RunMoment>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => {
      const now = { phase: phase ?? words, step, steps: steps ?? 0, timeMs: performance.now() };
      if (!isWorthSaying(lastSpoken.current, now)) return;
      lastSpoken.current = now;
      setAnnounced(sentence);
    }, SETTLING_MS);
    return () => clearTimeout(timer);
  }, [phase, words, step, steps, sentence]);
  return (
    <>
      <div role="status" aria-live="off" className={hidden.visually}>
        {sentence}
      </div>
      <div aria-live="polite" className={hidden.visually}>
        {announced}
      </div>
    </>
  );
}

/** "saved" where the step on screen is kept; otherwise which one is, and since when. */
function SavedStep({ step }: { readonly step: number }) {
  const saved = useRunStore((state) => state.saved);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (saved === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [saved]);
  if (saved === undefined) return null;
  const isCurrent = saved.step === step;
  return (
    <span className={styles.saved} data-saved-step={saved.step}>
      <HelpTerm help={STATUS_COPY.savedHelp}>
        {isCurrent ? STATUS_COPY.saved : STATUS_COPY.savedStep(formatCount(saved.step), formatAge(now - saved.atMs))}
      </HelpTerm>
    </span>
  );
}
