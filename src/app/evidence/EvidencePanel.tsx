// The Evidence panel: what is claimed of the numbers, how it is checked, and a check on this device. Folded away until
// asked for, and made only when asked for.
import { checkEvidence, stopCheck } from '../../state/evidenceActions.ts';
import { useEvidenceStore, type CheckedEvidence } from '../../state/evidenceStore.ts';
import { changeSince } from '../../state/engineReportStore.ts';
import { useRunStore, type Working } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import engine from '../engine/EnginePanel.module.css';
import { ActionButton } from '../fields/ActionButton.tsx';
import { CopyButton } from '../fields/CopyButton.tsx';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { FoldedPanel } from '../FoldedPanel.tsx';
import hidden from '../hidden.module.css';
import { Claims } from './Claims.tsx';
import { EVIDENCE_COPY } from './evidenceCopy.ts';
import styles from './EvidencePanel.module.css';
import { evidenceText } from './evidenceText.ts';
import { circumstances, verdictSentence } from './evidenceWords.ts';
import { GradientTable } from './GradientTable.tsx';
import { ParityTable } from './ParityTable.tsx';

export function EvidencePanel() {
  return (
    <FoldedPanel title={EVIDENCE_COPY.title} about={EVIDENCE_COPY.about}>
      <Claims />
      <Check />
    </FoldedPanel>
  );
}

function Check() {
  const { checked, work, fault } = useEvidenceStore();
  const ready = useRunStore((state) => state.run !== undefined && state.deviceStatus === 'ready' && !state.creating);
  const busy = work !== undefined;
  return (
    <>
      <div className={controls.toolbar}>
        <ActionButton
          available={busy || ready}
          aria-busy={busy || undefined}
          data-testid="check-evidence"
          onClick={() => (busy ? stopCheck() : void checkEvidence())}
        >
          {busy ? EVIDENCE_COPY.stop : checked === undefined ? EVIDENCE_COPY.check : EVIDENCE_COPY.checkAgain}
        </ActionButton>
        {work === undefined ? (
          <p className={`${controls.note} ${engine.hint}`}>{ready ? EVIDENCE_COPY.hint : EVIDENCE_COPY.noRun}</p>
        ) : (
          <Progress work={work} />
        )}
        <p role="status" className={hidden.visually}>
          {busy ? EVIDENCE_COPY.spokenBusy : checked === undefined ? '' : verdictSentence(checked.report)}
        </p>
      </div>
      {fault !== undefined && <FaultMessage fault={fault} />}
      {checked !== undefined && <Checked checked={checked} />}
    </>
  );
}

function Progress({ work }: { readonly work: Working }) {
  const percent = Math.round(100 * work.fraction);
  return (
    <div className={`${styles.progress} ${engine.hint}`}>
      <span>{EVIDENCE_COPY.progressText(work.message, `${percent}%`)}</span>
      <progress value={percent} max={100} aria-label={EVIDENCE_COPY.progress} />
    </div>
  );
}

function Checked({ checked }: { readonly checked: CheckedEvidence }) {
  const { report, run, at } = checked;
  const change = useRunStore((state) => changeSince(checked, state.run, state.device));
  return (
    <>
      {change !== undefined && (
        <p className={engine.when} data-stale data-testid="evidence-stale">
          <strong>{EVIDENCE_COPY.stale[change]}</strong> {EVIDENCE_COPY.checkedFor(run.name)}
        </p>
      )}
      <div className={controls.toolbar}>
        <p className={styles.verdict} data-passed={report.passed} data-testid="verdict">
          <span aria-hidden="true">{report.passed ? '✓' : '✗'}</span> {verdictSentence(report)}
        </p>
        <span className={controls.spring} />
        <CopyButton text={() => evidenceText(report, at)} help={EVIDENCE_COPY.copyHelp}>
          {EVIDENCE_COPY.copy}
        </CopyButton>
      </div>
      <GradientTable report={report} />
      <ParityTable parity={report.parity} />
      <dl className={engine.about}>
        {circumstances(report).map(([name, words]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
