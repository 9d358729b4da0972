// The gradient of every group of parameters against finite differences, as a table.
import type { EvidenceReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import engine from '../engine/EnginePanel.module.css';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import table from '../table.module.css';
import { GRADIENT_COPY } from './evidenceCopy.ts';
import styles from './EvidencePanel.module.css';
import { placeOf, readableFigure, shapeOf } from './evidenceWords.ts';
import { Verdict } from './Verdict.tsx';

export function GradientTable({ report: { groups, gradientTolerance } }: { readonly report: EvidenceReport }) {
  const worst = Math.max(...groups.map(({ maxRelativeError }) => maxRelativeError));
  return (
    <div className={engine.part}>
      <h3 className={controls.heading}>{GRADIENT_COPY.title}</h3>
      <div className={table.box} role="region" aria-label={GRADIENT_COPY.table} tabIndex={0}>
        <table className={`${table.table} ${styles.evidence}`}>
          <caption>{GRADIENT_COPY.caption(readableFigure(worst), String(gradientTolerance))}</caption>
          <thead>
            <tr>
              {GRADIENT_COPY.columns.map(({ name, help }) => (
                <th key={name} scope="col">
                  <HelpTerm help={help}>{name}</HelpTerm>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={group.name}>
                <th scope="row">
                  {group.name} <span className={styles.detail}>{shapeOf(group.shape)}</span>
                </th>
                <td>{readableFigure(group.maxRelativeError)}</td>
                <td>
                  <Verdict verdict={group.passed ? 'passed' : 'failed'} />
                </td>
                <td>{placeOf(group)}</td>
                <td>{readableFigure(group.worst.analytic)}</td>
                <td>{readableFigure(group.worst.numeric)}</td>
                <td>{GRADIENT_COPY.checked(formatCount(group.checked), formatCount(group.elements))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
