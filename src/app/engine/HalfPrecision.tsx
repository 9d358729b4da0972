// The switch for storing activations in half precision, and why it cannot be used where it cannot.
import { useId } from 'react';
import type { DeviceReport } from '../../protocol/messages.ts';
import { setPrecision } from '../../state/lifecycle.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';
import styles from './EnginePanel.module.css';

const MEANING =
  'Takes half the memory and the traffic, and rounds each activation to about three digits; weights and sums stay in ' +
  'single precision. The device is opened anew, and the run moves along.';

function reasonAgainst(device: DeviceReport | undefined): string | undefined {
  if (device === undefined) return 'The engine is starting.';
  if (device.halfPrecision) return undefined;
  if (device.engine === 'eager') return `${BACKEND_LABELS[device.backend]} cannot; WebGPU can, on most devices.`;
  return 'This device cannot: it lacks shader-f16.';
}

export function HalfPrecision() {
  const id = useId();
  const device = useRunStore((state) => state.device);
  const wanted = useRunStore((state) => state.precisionPreference === 'f16');
  const reason = reasonAgainst(device);
  return (
    <div>
      <label className={`${controls.inline} ${styles.switch}`} title={MEANING}>
        <input
          type="checkbox"
          checked={wanted && reason === undefined}
          disabled={reason !== undefined}
          aria-describedby={id}
          onChange={(event) => void setPrecision(event.target.checked ? 'f16' : 'f32')}
        />
        Store activations in half precision (f16)
      </label>
      <p id={id} className={styles.small}>
        {reason ?? MEANING}
      </p>
    </div>
  );
}
