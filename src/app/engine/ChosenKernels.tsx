// Which form of each kernel was chosen on this device, and against which others.
import type { TunedKernel } from '../../protocol/messages.ts';
import hidden from '../hidden.module.css';
import table from '../table.module.css';
import styles from './EnginePanel.module.css';
import { formatMilliseconds } from './formatMilliseconds.ts';

export function ChosenKernels({ tuned }: { readonly tuned: readonly TunedKernel[] }) {
  if (tuned.length === 0) return null;
  return (
    <details className={styles.more}>
      <summary>Chosen kernels ({tuned.length})</summary>
      <p className={styles.small}>
        A kernel has several forms. The fastest is found by trying a few on this device, once for each class of shapes,
        and remembered.
      </p>
      <div className={table.box} role="region" aria-label="Table of chosen kernels" tabIndex={0}>
        <table className={`${table.table} ${styles.chosen}`}>
          <caption className={hidden.visually}>Chosen kernels</caption>
          <thead>
            <tr>
              <th scope="col">Kernel and shapes</th>
              <th scope="col">Chosen</th>
              <th scope="col">Measured, ms</th>
              <th scope="col" title="Forms that gave wrong numbers or did not start">
                Rejected
              </th>
            </tr>
          </thead>
          <tbody>
            {tuned.map(({ kernel, variant, measured, rejected }) => (
              <tr key={kernel}>
                <th scope="row">{kernel}</th>
                <td>{variant}</td>
                <td>{measured.length === 0 ? 'Remembered from a former visit' : <FormTimes measured={measured} />}</td>
                <td>{rejected.length === 0 ? 'none' : rejected.join('; ')}</td>
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
