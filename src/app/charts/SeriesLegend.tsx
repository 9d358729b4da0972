// The loss chart's legend: one button per series that shows or hides it, with its line as drawn and its value.
import { ActionButton } from '../fields/ActionButton.tsx';
import { LEGEND_COPY } from './chartsCopy.ts';
import styles from './TrainingCharts.module.css';
import { LOSS_DASHES, type LossSeriesName } from './lossPlot.ts';

export interface LegendItem {
  readonly name: LossSeriesName;
  readonly label: string;
  readonly meaning: string;
  readonly value: string;
}

interface SeriesLegendProps {
  readonly items: readonly LegendItem[];
  readonly hidden: ReadonlySet<LossSeriesName>;
  readonly onToggle: (name: LossSeriesName) => void;
}

export function SeriesLegend({ items, hidden, onToggle }: SeriesLegendProps) {
  return (
    <div className={styles.legend} role="group" aria-label={LEGEND_COPY.label}>
      {items.map(({ name, label, meaning, value }) => (
        <ActionButton
          key={name}
          aria-pressed={!hidden.has(name)}
          help={hidden.has(name) ? LEGEND_COPY.show(meaning) : LEGEND_COPY.hide(meaning)}
          onClick={() => onToggle(name)}
        >
          <svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true" data-series={name}>
            <line
              x1="0"
              x2="26"
              y1="5"
              y2="5"
              strokeWidth={name === 'smoothed' ? 2.5 : 1.5}
              strokeDasharray={LOSS_DASHES[name].join(' ')}
            />
            {name === 'validation' && <circle cx="13" cy="5" r="3" />}
          </svg>
          <span>{label}</span>
          <span className={styles.value}>{value}</span>
        </ActionButton>
      ))}
    </div>
  );
}
