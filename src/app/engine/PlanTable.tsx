// The plan as a table: which kernels a step runs, on what shapes, how long and how fast.
import { useMemo, useState } from 'react';
import type { EngineReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { CopyButton } from '../fields/CopyButton.tsx';
import { formatCount, formatShort } from '../formatNumber.ts';
import table from '../table.module.css';
import styles from './EnginePanel.module.css';
import { formatMilliseconds } from './formatMilliseconds.ts';
import { planCsv } from './planCsv.ts';
import { planRows, totalMilliseconds, type PlanOrder, type PlanRow } from './planRows.ts';

export function PlanTable({ report }: { readonly report: EngineReport }) {
  const { dispatches } = report;
  const [order, setOrder] = useState<PlanOrder>('cost');
  const rows = useMemo(() => planRows(dispatches, order), [dispatches, order]);
  const kernelMs = totalMilliseconds(dispatches);
  const inOrder = order === 'execution';
  return (
    <div className={styles.part}>
      <div className={controls.toolbar}>
        <h3 className={controls.heading}>The plan</h3>
        <span className={controls.spring} />
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={inOrder}
          onClick={() => setOrder(inOrder ? 'cost' : 'execution')}
        >
          In order of execution
        </button>
        <CopyButton text={() => planCsv(rows)} help="Copy the table as comma-separated values">
          Copy as CSV
        </CopyButton>
      </div>
      <div className={table.box} role="region" aria-label="Table of the plan" tabIndex={0}>
        <table className={`${table.table} ${styles.plan}`}>
          <caption>{captionOf(order, kernelMs, rows.length)}</caption>
          <thead>
            <tr>
              <th scope="col" title="The kernel, the elementwise operations fused into it, and its chosen form">
                Kernel
              </th>
              <th scope="col" title="Rows × columns of its result">
                Shape
              </th>
              <th
                scope="col"
                title={inOrder ? 'Place in the plan' : 'How many of a step’s dispatches are equal to this'}
              >
                {inOrder ? 'No.' : 'Count'}
              </th>
              <th scope="col" title="Milliseconds on the GPU, all of the row together">
                ms
              </th>
              <th scope="col" title="Billions of floating-point operations per second; none for what only moves memory">
                GFLOP/s
              </th>
              <th scope="col" title={kernelMs === null ? 'Of a step’s operations' : 'Of the time of all kernels'}>
                {kernelMs === null ? 'Work' : 'Share'}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.place} row={row} inOrder={inOrder} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.small}>
        {kernelMs === null
          ? '– : this device has no timestamp queries, so a single kernel cannot be timed; Work is its share of the step’s floating-point operations.'
          : 'Times are the GPU’s own. Browsers may round them to 0.1 ms, so that a short kernel reads 0 or 0.1; by the clock, the gaps between kernels count too.'}
      </p>
    </div>
  );
}

function captionOf(order: PlanOrder, kernelMs: number | null, rows: number): string {
  const first = kernelMs === null ? 'Most work first' : 'Longest first';
  const what = order === 'execution' ? `${counted(rows, 'dispatch', 'dispatches')} as they run` : first;
  return kernelMs === null ? what : `${what}; all together ${formatMilliseconds(kernelMs)} ms`;
}

function Row({ row, inOrder }: { readonly row: PlanRow; readonly inOrder: boolean }) {
  const { label, variant, shape, share, gigaflopsPerSecond } = row;
  return (
    <tr>
      <th scope="row">
        {label}
        {variant !== '' && <span className={styles.variant}>{variant}</span>}
      </th>
      <td>{shape}</td>
      <td>{formatCount(inOrder ? row.place : row.count)}</td>
      <td>{formatMilliseconds(row.milliseconds)}</td>
      <td>{gigaflopsPerSecond === null ? '–' : formatShort(gigaflopsPerSecond)}</td>
      <td className={styles.share}>
        {share === null ? '–' : readableShare(share)}
        <span aria-hidden="true" style={{ width: `${100 * (share ?? 0)}%` }} />
      </td>
    </tr>
  );
}
