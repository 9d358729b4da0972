// The evidence panel: what is claimed of the engine, how it is checked, and a check on this very device. Folded away until
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
import styles from './EvidencePanel.module.css';
import { evidenceText } from './evidenceText.ts';
import { circumstances, verdictSentence } from './evidenceWords.ts';
import { GradientTable } from './GradientTable.tsx';
import { ParityTable } from './ParityTable.tsx';

export function EvidencePanel() {
  return (
    <FoldedPanel title="Evidence" about="why the numbers can be trusted">
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
          onClick={() => (busy ? stopCheck() : void checkEvidence())}
        >
          {busy ? 'Stop the check' : checked === undefined ? 'Check now on this device' : 'Check again'}
        </ActionButton>
        {work === undefined ? (
          <p className={`${controls.note} ${engine.hint}`}>
            {ready
              ? 'Takes some seconds. A small model of the run’s switches is made for it; the run goes on and is left as it is.'
              : 'There is no run yet whose switches could be checked.'}
          </p>
        ) : (
          <Progress work={work} />
        )}
        <p role="status" className={hidden.visually}>
          {busy ? 'Checking' : checked === undefined ? '' : verdictSentence(checked.report)}
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
      <span>
        {work.message} · {percent} %
      </span>
      <progress value={percent} max={100} aria-label="The check" />
    </div>
  );
}

function Checked({ checked }: { readonly checked: CheckedEvidence }) {
  const { report, run, at } = checked;
  const change = useRunStore((state) => changeSince(checked, state.run, state.device));
  return (
    <>
      {change !== undefined && (
        <p className={engine.when} data-stale>
          <strong>{change === 'run' ? 'Of another run.' : 'From before the device was opened anew.'}</strong> Checked
          for {run.name}.
        </p>
      )}
      <div className={controls.toolbar}>
        <p className={styles.verdict} data-passed={report.passed}>
          <span aria-hidden="true">{report.passed ? '✓' : '✗'}</span> {verdictSentence(report)}
        </p>
        <span className={controls.spring} />
        <CopyButton text={() => evidenceText(report, at)} help="Copy everything below as plain text">
          Copy as text
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
