// What training memory is used for, as a bar and a list.
import type { EngineReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { formatBytes } from '../formatNumber.ts';
import { PartsBar, PartsList } from '../Parts.tsx';
import { MEMORY_COPY } from './engineCopy.ts';
import styles from './EnginePanel.module.css';

export function PlanMemory({ memory }: { readonly memory: EngineReport['memory'] }) {
  const parts = memory.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, value: bytes }));
  if (parts.length === 0) return null;
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>{MEMORY_COPY.title(formatBytes(total))}</h3>
      <PartsBar parts={parts} />
      <PartsList parts={parts} format={formatBytes} />
    </div>
  );
}
