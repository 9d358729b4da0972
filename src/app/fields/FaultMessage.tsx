// A fault as a sentence where it happened: what is wrong, what to do, and any buttons that do it.
import type { ReactNode } from 'react';
import type { Fault } from '../../protocol/messages.ts';
import styles from './fields.module.css';

export function FaultMessage({ fault, children }: { readonly fault: Fault; readonly children?: ReactNode }) {
  return (
    <div className={styles.fault} role="alert" data-fault={fault.code}>
      <span className={styles.faultMark} aria-hidden="true">
        !
      </span>
      <div className={styles.faultText}>
        {fault.remedy === '' ? fault.message : <strong>{fault.message}</strong>} {fault.remedy}
      </div>
      {children !== undefined && <div className={styles.faultActions}>{children}</div>}
    </div>
  );
}
