// Accuracy against the number of examples in the prompt, one small chart for each kind of task (the shape of Figure 1.2
// in Brown et al. 2020).
import type { TaskReport } from '../../protocol/messages.ts';
import controls from '../charts/controls.module.css';
import { formatShare } from '../formatNumber.ts';
import { SHOT_COPY } from './evaluationCopy.ts';
import styles from './EvaluationPanel.module.css';
import { shotColumns, tasksByKind, variantsOf } from './taskRows.ts';

const WIDTH = 210;
const HEIGHT = 100;
const LEFT = 42;
const TOP = 7;
const RIGHT = 12;
const SHARES = [0, 0.5, 1];

const y = (share: number): number => TOP + (1 - share) * HEIGHT;
/** Doubling the examples takes the same width each time. */
const along = (shots: number, most: number): number => LEFT + (Math.log2(1 + shots) / Math.log2(1 + most)) * WIDTH;

export function ShotCharts({ tasks }: { readonly tasks: readonly TaskReport[] }) {
  const shown = tasks.filter(({ byShots }) => byShots.length > 1);
  if (shown.length === 0) return null;
  const variants = variantsOf(tasks);
  const shots = shotColumns(shown);
  return (
    <div className={styles.part}>
      <h3 className={controls.heading}>{SHOT_COPY.title}</h3>
      <p className={controls.note}>{SHOT_COPY.note}</p>
      <ul className={styles.legend}>
        {variants.map((variant, place) => (
          <li key={variant} data-place={place}>
            <svg viewBox="0 0 26 10" aria-hidden="true">
              <line className={styles.line} data-place={place} x1="0" x2="26" y1="5" y2="5" />
              <Marker place={place} x={13} y={5} />
            </svg>
            {variant}
          </li>
        ))}
      </ul>
      <div className={styles.multiples}>
        {tasksByKind(shown).map(({ kind, tasks: members }) => (
          <figure key={kind}>
            <figcaption>{kind}</figcaption>
            <ShotChart kind={kind} tasks={members} shots={shots} variants={variants} />
          </figure>
        ))}
      </div>
    </div>
  );
}

interface ShotChartProps {
  readonly kind: string;
  readonly tasks: readonly TaskReport[];
  /** Those of all charts, which share their scale. */
  readonly shots: readonly number[];
  readonly variants: readonly string[];
}

function ShotChart({ kind, tasks, shots, variants }: ShotChartProps) {
  const most = shots.at(-1) ?? 1;
  const x = (count: number): number => along(count, most);
  const ticks = shots.filter((count, i) => i === 0 || x(count) - x(shots[i - 1] ?? 0) > 16);
  return (
    <svg
      className={styles.shotChart}
      viewBox={`0 0 ${LEFT + WIDTH + RIGHT} ${TOP + HEIGHT + 20}`}
      role="img"
      aria-label={SHOT_COPY.chart(kind)}
    >
      {SHARES.map((share) => (
        <g key={share}>
          <line className={styles.grid} x1={LEFT} x2={LEFT + WIDTH} y1={y(share)} y2={y(share)} />
          <text className={styles.tick} x={LEFT - 6} y={y(share) + 3.5} textAnchor="end">
            {formatShare(share)}
          </text>
        </g>
      ))}
      {ticks.map((count) => (
        <text key={count} className={styles.tick} x={x(count)} y={TOP + HEIGHT + 15} textAnchor="middle">
          {count}
        </text>
      ))}
      {tasks.map(({ name, variant, byShots }) => {
        const place = variants.indexOf(variant);
        const points = byShots.map((accuracy) => ({
          ...accuracy,
          // Neighbours stand a little apart, so that their intervals do not hide each other.
          x: x(accuracy.shots) + 2 * (place - (variants.length - 1) / 2),
          y: y(accuracy.correct / accuracy.asked),
        }));
        return (
          <g key={name}>
            {points.map((point) => (
              <line
                key={point.shots}
                className={styles.whisker}
                data-place={place}
                x1={point.x}
                x2={point.x}
                y1={y(point.low)}
                y2={y(point.high)}
              />
            ))}
            <polyline
              className={styles.line}
              data-place={place}
              points={points.map((point) => `${point.x},${point.y}`).join(' ')}
            />
            {points.map((point) => (
              <Marker key={point.shots} place={place} x={point.x} y={point.y} />
            ))}
          </g>
        );
      })}
    </svg>
  );
}

/** A disc for the first variant, a square for the others: told apart without colour. */
function Marker({ place, x: left, y: top }: { readonly place: number; readonly x: number; readonly y: number }) {
  return place === 0 ? (
    <circle className={styles.marker} data-place={place} cx={left} cy={top} r="3.2" />
  ) : (
    <rect className={styles.marker} data-place={place} x={left - 3} y={top - 3} width="6" height="6" />
  );
}
