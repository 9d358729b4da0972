// Which backend computes the model, and a way to choose another.
import { useId } from 'react';
import { BACKEND_NAMES, type BackendName, type DeviceReport } from '../../protocol/messages.ts';
import { setBackend } from '../../state/lifecycle.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatShort } from '../formatNumber.ts';
import { described } from '../fields/described.ts';
import { useHelp } from '../help/useHelp.tsx';
import hidden from '../hidden.module.css';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';
import { BACKEND_COPY } from './runCopy.ts';
import styles from './RunBar.module.css';

/** A backend in the list: its speed where it was measured, or that it is not there. */
function optionLabel(name: BackendName, device: DeviceReport | undefined): string {
  const label = BACKEND_LABELS[name];
  const candidate = device?.candidates.find((other) => other.name === name);
  if (candidate === undefined) return label;
  if (!candidate.available) return BACKEND_COPY.notAvailable(label);
  const { gigaflopsPerSecond } = candidate;
  return gigaflopsPerSecond > 0 ? BACKEND_COPY.candidate(label, formatShort(gigaflopsPerSecond)) : label;
}

/** Why this backend was chosen, and why others were not: what each says of itself. */
function helpOn(device: DeviceReport | undefined): string {
  if (device === undefined) return BACKEND_COPY.helpWithoutDevice;
  const others = device.candidates
    .filter(({ note }) => note !== '')
    .map(({ name, note }) => `${BACKEND_LABELS[name]}: ${note}`);
  return [BACKEND_COPY.help(device.reason, formatShort(device.gigaflopsPerSecond)), ...others].join(' ');
}

export function BackendSelect() {
  const id = useId();
  const device = useRunStore((state) => state.device);
  const preference = useRunStore((state) => state.devicePreference);
  const status = useRunStore((state) => state.deviceStatus);
  const { anchor, helpId, bubble } = useHelp(helpOn(device));
  const running =
    device === undefined ? undefined : [BACKEND_LABELS[device.backend], device.detail].filter(Boolean).join(' · ');
  const detail =
    status === 'failed'
      ? BACKEND_COPY.notRunning
      : status === 'ready' && running !== undefined
        ? running
        : BACKEND_COPY.measuring;
  return (
    <div {...anchor} className={styles.backend}>
      <label htmlFor={id} className={hidden.visually}>
        {BACKEND_COPY.label}
      </label>
      <select
        id={id}
        value={preference}
        aria-describedby={described(`${id}-detail`, helpId)}
        onChange={(event) => {
          const chosen = event.target.value;
          void setBackend(BACKEND_NAMES.find((name) => name === chosen) ?? 'auto');
        }}
      >
        <option value="auto">
          {device && preference === 'auto'
            ? BACKEND_COPY.automaticIs(BACKEND_LABELS[device.backend])
            : BACKEND_COPY.automatic}
        </option>
        {BACKEND_NAMES.map((name) => {
          const candidate = device?.candidates.find((other) => other.name === name);
          const unavailable = candidate !== undefined && !candidate.available;
          return (
            <option key={name} value={name} disabled={unavailable}>
              {optionLabel(name, device)}
            </option>
          );
        })}
      </select>
      <span id={`${id}-detail`} className={styles.backendDetail}>
        {detail}
      </span>
      {bubble}
    </div>
  );
}
