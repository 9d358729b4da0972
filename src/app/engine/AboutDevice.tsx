// What a measured step ran on: adapter, its optional features, and how activations are stored.
import type { EngineReport, Precision } from '../../protocol/messages.ts';
import styles from './EnginePanel.module.css';

const FEATURES: Readonly<Record<string, string>> = {
  'shader-f16': 'numbers in half precision',
  subgroups: 'sums across threads without memory',
  'timestamp-query': 'times of single kernels',
};
const PRECISION_NAMES: Record<Precision, string> = {
  f32: 'single precision (f32, 4 bytes each)',
  f16: 'half precision (f16, 2 bytes each)',
};

export function AboutDevice({ report }: { readonly report: EngineReport }) {
  const { adapter, features, precision } = report;
  const explained = features.map((name) => (FEATURES[name] === undefined ? name : `${name} (${FEATURES[name]})`));
  return (
    <dl className={styles.about}>
      <div>
        <dt>Adapter</dt>
        <dd>{adapter === '' ? 'not told by the browser' : adapter}</dd>
      </div>
      <div>
        <dt>Features in use</dt>
        <dd>{explained.length === 0 ? 'none beyond the standard' : explained.join(', ')}</dd>
      </div>
      <div>
        <dt>Activations</dt>
        <dd>{PRECISION_NAMES[precision]}</dd>
      </div>
    </dl>
  );
}
