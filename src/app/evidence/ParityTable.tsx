// The same numbers computed in two ways, as a table.
import type { ParityFigure } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import engine from '../engine/EnginePanel.module.css';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
import styles from './EvidencePanel.module.css';
import { againstName, pathName, quantityName, readableFigure, verdictOf } from './evidenceWords.ts';
import { Verdict } from './Verdict.tsx';

export function ParityTable({ parity }: { readonly parity: readonly ParityFigure[] }) {
  return (
    <div className={engine.part}>
      <h3 className={controls.heading}>The same numbers in two ways</h3>
      <div className={table.box} role="region" aria-label="Table of comparisons" tabIndex={0}>
        <table className={`${table.table} ${styles.evidence}`}>
          <thead>
            <tr>
              <th scope="col" title="What was computed, in which way, and what it is compared with">
                Numbers
              </th>
              <th scope="col" title="Largest difference relative to the largest value; of each group, for a gradient">
                Deviation
              </th>
              <th scope="col">Verdict</th>
              <th scope="col" title="The largest deviation that passes">
                At most
              </th>
              <th scope="col" title="Numbers compared">
                Count
              </th>
            </tr>
          </thead>
          <tbody>
            {parity.map((figure) => (
              <tr key={`${figure.quantity} ${figure.path} ${figure.against}`}>
                <th scope="row">
                  {quantityName(figure)}{' '}
                  <span className={styles.detail}>
                    {pathName(figure)} against {againstName(figure)}
                  </span>
                </th>
                <td>{readableFigure(figure.deviation)}</td>
                <td>
                  <Verdict words={verdictOf(figure)} />
                </td>
                <td>{figure.tolerance ?? '–'}</td>
                <td>{formatCount(figure.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={engine.small}>
        A deviation is the largest difference relative to the largest value, for a gradient in each group of parameters.
      </p>
    </div>
  );
}
