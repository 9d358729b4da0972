// What the tint and underline of generated tokens mean.
import { PROBABILITY_LEVELS } from './probabilityLevel.ts';
import sample from './SampleText.module.css';
import styles from './GenerationPanel.module.css';

export function ProbabilityLegend() {
  return (
    <div className={styles.scale}>
      <span>Probability of each token</span>
      <ul aria-label="Scale of the tints">
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
