// The same numbers computed in two ways, as a table.
import type { ParityFigure } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import engine from '../engine/EnginePanel.module.css';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import table from '../table.module.css';
import { PARITY_COPY } from './evidenceCopy.ts';
import styles from './EvidencePanel.module.css';
import { againstName, pathName, quantityName, readableFigure, verdictOf } from './evidenceWords.ts';
import { Verdict } from './Verdict.tsx';

export function ParityTable({ parity }: { readonly parity: readonly ParityFigure[] }) {
  return (
    <div className={engine.part}>
      <h3 className={controls.heading}>{PARITY_COPY.title}</h3>
      <div className={table.box} role="region" aria-label={PARITY_COPY.table} tabIndex={0}>
        <table className={`${table.table} ${styles.evidence}`}>
          <thead>
            <tr>
              {PARITY_COPY.columns.map(({ name, help }) => (
                <th key={name} scope="col">
                  <HelpTerm help={help}>{name}</HelpTerm>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {parity.map((figure) => (
              <tr key={`${figure.quantity} ${figure.path} ${figure.against}`}>
                <th scope="row">
                  {quantityName(figure)}{' '}
                  <span className={styles.detail}>{PARITY_COPY.comparison(pathName(figure), againstName(figure))}</span>
                </th>
                <td>{readableFigure(figure.deviation)}</td>
                <td>
                  <Verdict verdict={verdictOf(figure)} />
                </td>
                <td>{figure.tolerance ?? '–'}</td>
                <td>{formatCount(figure.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={engine.small}>{PARITY_COPY.note}</p>
    </div>
  );
}
