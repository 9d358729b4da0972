// What a measured step ran on: adapter, its optional features, and how activations are stored.
import type { EngineReport } from '../../protocol/messages.ts';
import { DEVICE_COPY, FEATURES, PRECISION_NAMES } from './engineCopy.ts';
import styles from './EnginePanel.module.css';

export function AboutDevice({ report }: { readonly report: EngineReport }) {
  const { adapter, features, precision } = report;
  const explained = features.map((name) => (FEATURES[name] === undefined ? name : `${name} (${FEATURES[name]})`));
  return (
    <dl className={styles.about}>
      <div>
        <dt>{DEVICE_COPY.adapter}</dt>
        <dd>{adapter === '' ? DEVICE_COPY.noAdapter : adapter}</dd>
      </div>
      <div>
        <dt>{DEVICE_COPY.features}</dt>
        <dd>{explained.length === 0 ? DEVICE_COPY.noFeatures : explained.join(', ')}</dd>
      </div>
      <div>
        <dt>{DEVICE_COPY.activations}</dt>
        <dd>{PRECISION_NAMES[precision]}</dd>
      </div>
    </dl>
  );
}
