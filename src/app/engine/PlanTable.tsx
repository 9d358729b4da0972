// The plan as a table: which kernels a step runs, on what shapes, how long and how fast.
import { useMemo, useState } from 'react';
import type { EngineReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { CopyButton } from '../fields/CopyButton.tsx';
import { formatCount, formatShort } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import table from '../table.module.css';
import { PLAN_COPY } from './engineCopy.ts';
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
  const columns = columnsOf(inOrder, kernelMs !== null);
  return (
    <div className={styles.part}>
      <div className={controls.toolbar}>
        <h3 className={controls.heading}>{PLAN_COPY.title}</h3>
        <span className={controls.spring} />
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={inOrder}
          onClick={() => setOrder(inOrder ? 'cost' : 'execution')}
        >
          {PLAN_COPY.inOrder}
        </button>
        <CopyButton text={() => planCsv(rows)} help={PLAN_COPY.copyHelp}>
          {PLAN_COPY.copy}
        </CopyButton>
      </div>
      <div className={table.box} role="region" aria-label={PLAN_COPY.table} tabIndex={0}>
        <table className={`${table.table} ${styles.plan}`}>
          <caption>{captionOf(order, kernelMs, rows.length)}</caption>
          <thead>
            <tr>
              {columns.map(({ name, help }) => (
                <th key={name} scope="col">
                  <HelpTerm help={help}>{name}</HelpTerm>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.place} row={row} inOrder={inOrder} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.small}>{kernelMs === null ? PLAN_COPY.untimed : PLAN_COPY.timed}</p>
    </div>
  );
}

interface Column {
  readonly name: string;
  readonly help: string;
}

function columnsOf(inOrder: boolean, timed: boolean): readonly Column[] {
  return [
    { name: PLAN_COPY.kernel, help: PLAN_COPY.kernelHelp },
    { name: PLAN_COPY.shape, help: PLAN_COPY.shapeHelp },
    inOrder
      ? { name: PLAN_COPY.place, help: PLAN_COPY.placeHelp }
      : { name: PLAN_COPY.count, help: PLAN_COPY.countHelp },
    { name: PLAN_COPY.time, help: PLAN_COPY.timeHelp },
    { name: PLAN_COPY.rate, help: PLAN_COPY.rateHelp },
    timed ? { name: PLAN_COPY.share, help: PLAN_COPY.shareHelp } : { name: PLAN_COPY.work, help: PLAN_COPY.workHelp },
  ];
}

function captionOf(order: PlanOrder, kernelMs: number | null, rows: number): string {
  const first = kernelMs === null ? PLAN_COPY.mostWork : PLAN_COPY.longest;
  const what = order === 'execution' ? PLAN_COPY.asTheyRun(counted(rows, 'dispatch', 'dispatches')) : first;
  return kernelMs === null ? what : PLAN_COPY.total(what, formatMilliseconds(kernelMs));
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
