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
          <caption>Largest difference relative to the largest value (of each group, for a gradient)</caption>
          <thead>
            <tr>
              <th scope="col">Numbers</th>
              <th scope="col">Computed</th>
              <th scope="col">Against</th>
              <th scope="col" title="Numbers compared">
                Count
              </th>
              <th scope="col">Deviation</th>
              <th scope="col">At most</th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {parity.map((figure) => (
              <tr key={`${figure.quantity} ${figure.path} ${figure.against}`}>
                <th scope="row">{quantityName(figure)}</th>
                <td>{pathName(figure)}</td>
                <td>{againstName(figure)}</td>
                <td>{formatCount(figure.count)}</td>
                <td>{readableFigure(figure.deviation)}</td>
                <td>{figure.tolerance ?? '–'}</td>
                <td>
                  <Verdict words={verdictOf(figure)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
