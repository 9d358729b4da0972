// The switch for storing activations in half precision, and why it cannot be used where it cannot.
import { useId } from 'react';
import type { DeviceReport } from '../../protocol/messages.ts';
import { setPrecision } from '../../state/lifecycle.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';
import { ENGINE_COPY, PRECISION_COPY } from './engineCopy.ts';
import styles from './EnginePanel.module.css';

function reasonAgainst(device: DeviceReport | undefined): string | undefined {
  if (device === undefined) return ENGINE_COPY.starting;
  if (device.halfPrecision) return undefined;
  if (device.engine === 'eager') return PRECISION_COPY.eager(BACKEND_LABELS[device.backend]);
  return PRECISION_COPY.lacking;
}

export function HalfPrecision() {
  const id = useId();
  const device = useRunStore((state) => state.device);
  const wanted = useRunStore((state) => state.precisionPreference === 'f16');
  const reason = reasonAgainst(device);
  return (
    <div>
      <label className={`${controls.inline} ${styles.switch}`}>
        <input
          type="checkbox"
          data-field="precision"
          checked={wanted && reason === undefined}
          disabled={reason !== undefined}
          aria-describedby={id}
          onChange={(event) => void setPrecision(event.target.checked ? 'f16' : 'f32')}
        />
        {PRECISION_COPY.label}
      </label>
      <p id={id} className={styles.small}>
        {reason ?? PRECISION_COPY.meaning}
      </p>
    </div>
  );
}
