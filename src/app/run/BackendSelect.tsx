// Which engine runs the model, and a way to choose another.
import { useId } from 'react';
import { BACKEND_NAMES, type BackendName, type DeviceReport } from '../../protocol/messages.ts';
import { setBackend } from '../../state/lifecycle.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatShort } from '../formatNumber.ts';
import hidden from '../hidden.module.css';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';
import styles from './RunBar.module.css';

function optionTitle(name: BackendName, device: DeviceReport | undefined): string {
  const candidate = device?.candidates.find((other) => other.name === name);
  if (candidate === undefined) return '';
  const speed = candidate.gigaflopsPerSecond > 0 ? `${formatShort(candidate.gigaflopsPerSecond)} GFLOP/s measured` : '';
  return [candidate.detail, speed, candidate.note].filter(Boolean).join(' · ');
}

export function BackendSelect() {
  const id = useId();
  const device = useRunStore((state) => state.device);
  const preference = useRunStore((state) => state.devicePreference);
  const status = useRunStore((state) => state.deviceStatus);
  const running =
    device === undefined ? undefined : [BACKEND_LABELS[device.backend], device.detail].filter(Boolean).join(' · ');
  const detail =
    status === 'failed' ? 'not running' : status === 'ready' && running !== undefined ? running : 'measuring…';
  return (
    <div className={styles.backend}>
      <label htmlFor={id} className={hidden.visually}>
        Backend
      </label>
      <select
        id={id}
        value={preference}
        aria-describedby={`${id}-detail`}
        title={device ? `${device.reason} ${formatShort(device.gigaflopsPerSecond)} GFLOP/s measured.` : undefined}
        onChange={(event) => {
          const chosen = event.target.value;
          void setBackend(BACKEND_NAMES.find((name) => name === chosen) ?? 'auto');
        }}
      >
        <option value="auto">
          Automatic{device && preference === 'auto' ? `: ${BACKEND_LABELS[device.backend]}` : ''}
        </option>
        {BACKEND_NAMES.map((name) => {
          const candidate = device?.candidates.find((other) => other.name === name);
          const unavailable = candidate !== undefined && !candidate.available;
          return (
            <option key={name} value={name} disabled={unavailable} title={optionTitle(name, device)}>
              {BACKEND_LABELS[name]}
              {unavailable ? ' (not available)' : ''}
            </option>
          );
        })}
      </select>
      <span id={`${id}-detail`} className={styles.backendDetail} title={running}>
        {detail}
      </span>
    </div>
  );
}
