// The gradient of every group of parameters against finite differences, as a table.
import type { EvidenceReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import engine from '../engine/EnginePanel.module.css';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
import styles from './EvidencePanel.module.css';
import { placeOf, readableFigure, shapeOf } from './evidenceWords.ts';
import { Verdict } from './Verdict.tsx';

export function GradientTable({ report: { groups, gradientTolerance } }: { readonly report: EvidenceReport }) {
  const worst = Math.max(...groups.map(({ maxRelativeError }) => maxRelativeError));
  return (
    <div className={engine.part}>
      <h3 className={controls.heading}>The gradient against finite differences</h3>
      <div className={table.box} role="region" aria-label="Table of gradients" tabIndex={0}>
        <table className={`${table.table} ${styles.evidence}`}>
          <caption>
            Largest error {readableFigure(worst)}; at most {gradientTolerance} passes
          </caption>
          <thead>
            <tr>
              <th scope="col" title="A group of parameters, and its shape">
                Group
              </th>
              <th
                scope="col"
                title="Difference relative to the larger of both values, or to a hundredth of the group’s largest where both are smaller"
              >
                Max. rel. error
              </th>
              <th scope="col">Verdict</th>
              <th scope="col" title="Where the error is largest: place, or row and column, from 0">
                At
              </th>
              <th scope="col" title="What the device computed there">
                Gradient
              </th>
              <th scope="col" title="The slope of the loss there, in double precision">
                Difference
              </th>
              <th scope="col" title="Entries that were differenced, the smallest and largest gradient among them">
                Checked
              </th>
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
                  <Verdict words={group.passed ? 'passed' : 'failed'} />
                </td>
                <td>{placeOf(group)}</td>
                <td>{readableFigure(group.worst.analytic)}</td>
                <td>{readableFigure(group.worst.numeric)}</td>
                <td>
                  {formatCount(group.checked)} of {formatCount(group.elements)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
