// Which variant of each kernel was chosen on this device, and against which others.
import type { TunedKernel } from '../../protocol/messages.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import hidden from '../hidden.module.css';
import table from '../table.module.css';
import { KERNELS_COPY } from './engineCopy.ts';
import styles from './EnginePanel.module.css';
import { formatMilliseconds } from './formatMilliseconds.ts';

export function ChosenKernels({ tuned }: { readonly tuned: readonly TunedKernel[] }) {
  if (tuned.length === 0) return null;
  return (
    <details className={styles.more}>
      <summary>{KERNELS_COPY.summary(tuned.length)}</summary>
      <p className={styles.small}>{KERNELS_COPY.note}</p>
      <div className={table.box} role="region" aria-label={KERNELS_COPY.table} tabIndex={0}>
        <table className={`${table.table} ${styles.chosen}`}>
          <caption className={hidden.visually}>{KERNELS_COPY.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{KERNELS_COPY.kernel}</th>
              <th scope="col">{KERNELS_COPY.chosen}</th>
              <th scope="col">{KERNELS_COPY.measured}</th>
              <th scope="col">
                <HelpTerm help={KERNELS_COPY.rejectedHelp}>{KERNELS_COPY.rejected}</HelpTerm>
              </th>
            </tr>
          </thead>
          <tbody>
            {tuned.map(({ kernel, variant, measured, rejected }) => (
              <tr key={kernel}>
                <th scope="row">{kernel}</th>
                <td>{variant}</td>
                <td>{measured.length === 0 ? KERNELS_COPY.remembered : <FormTimes measured={measured} />}</td>
                <td>{rejected.length === 0 ? KERNELS_COPY.none : rejected.join('; ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function FormTimes({ measured }: Pick<TunedKernel, 'measured'>) {
  return (
    <ul>
      {measured.map(({ variant, milliseconds }) => (
        <li key={variant}>
          <span>{variant}</span> <span>{formatMilliseconds(milliseconds)}</span>
        </li>
      ))}
    </ul>
  );
}
