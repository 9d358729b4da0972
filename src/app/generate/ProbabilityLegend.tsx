// What the tint and underline of generated tokens mean.
import { PROBABILITY_COPY } from './generationCopy.ts';
import { PROBABILITY_LEVELS } from './probabilityLevel.ts';
import sample from './SampleText.module.css';
import styles from './GenerationPanel.module.css';

export function ProbabilityLegend() {
  return (
    <div className={styles.scale}>
      <span>{PROBABILITY_COPY.title}</span>
      <ul aria-label={PROBABILITY_COPY.scale}>
        {PROBABILITY_LEVELS.map(({ label }, level) => (
          <li key={label}>
            <span className={sample.token} data-level={level}>
              {label}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
