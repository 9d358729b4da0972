// One of the experiment's charts: a line for each model, its legend with the values at the pointer or the last ones.
import { useCallback, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type uPlot from 'uplot';
import type { Experiment } from '../../state/experimentStore.ts';
import { Plot } from '../charts/Plot.tsx';
import { readableLoss } from '../charts/readableNumber.ts';
import type { ThemeColours } from '../charts/themeColours.ts';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import hidden from '../hidden.module.css';
import { CHART_COPY } from './experimentCopy.ts';
import styles from './ExperimentPanel.module.css';
import { experimentPlotOptions, plottedLosses, type ExperimentLoss } from './experimentPlot.ts';
import { BaselineLine, VariantLine } from './VariantLine.tsx';
import { VARIANT_LOOKS } from './variantLooks.ts';

interface ExperimentChartProps {
  readonly experiment: Experiment;
  readonly loss: ExperimentLoss;
  readonly title: string;
  readonly heightPx: number;
  /** Whether the token-frequency loss is drawn. */
  readonly baseline?: boolean;
}

export function ExperimentChart({ experiment, loss, title, heightPx, baseline = false }: ExperimentChartProps) {
  const plot = useRef<uPlot>(undefined);
  const [cursorStep, setCursorStep] = useState<number>();
  const [spoken, setSpoken] = useState('');
  const data = useMemo(() => plottedLosses(experiment, loss), [experiment, loss]);
  const latest = useRef(experiment);
  // Before the plot's own effect reads it.
  useLayoutEffect(() => {
    latest.current = experiment;
  });
  const options = useCallback(
    (colours: ThemeColours) =>
      experimentPlotOptions(colours, {
        steps: () => latest.current.plan.steps,
        baseline: () => (baseline ? latest.current.plan.unigramLoss : undefined),
        onCursor: setCursorStep,
      }),
    [baseline],
  );
  // Each row has a value for every step.
  const read = useCallback(() => data as uPlot.AlignedData, [data]);
  const onPlot = useCallback((made: uPlot | undefined) => void (plot.current = made), []);

  const [steps = [], ...lines] = data;
  const valuesAt = (step: number | undefined): string[] => {
    const at = step === undefined ? steps.length - 1 : steps.indexOf(step);
    return lines.map((values) => {
      const value = step === undefined ? values.findLast((candidate) => candidate !== null) : values[at];
      return readableLoss(value ?? undefined);
    });
  };
  const shown = valuesAt(cursorStep);
  const describe = (step: number): string => {
    const values = valuesAt(step);
    const words = VARIANT_LOOKS.map(({ short }, at) => `${short} ${values[at] ?? ''}`).join(', ');
    return CHART_COPY.spoken(formatCount(step), words);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const drawn = plot.current;
    if (drawn === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = steps.length - 1;
    const from = drawn.cursor.idx ?? undefined;
    const targets: Record<string, number | undefined> = {
      ArrowLeft: (from ?? steps.length) - 1,
      ArrowRight: (from ?? -1) + 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    const step = steps[Math.min(last, Math.max(0, target))] ?? 0;
    drawn.setCursor({ left: drawn.valToPos(step, 'x'), top: 20 });
    setSpoken(describe(step));
  };
  const leave = () => {
    plot.current?.setCursor({ left: -10, top: -10 });
    setSpoken('');
  };
  const summary = `${title}: ${VARIANT_LOOKS.map(({ short }, at) => `${short} ${valuesAt(undefined)[at] ?? ''}`).join(', ')}`;
  return (
    <figure className={styles.chart}>
      <figcaption>
        <span className={styles.chartTitle}>{title}</span>
        <span className={styles.atStep}>
          {cursorStep === undefined ? CHART_COPY.latest : CHART_COPY.step(formatCount(cursorStep))}
        </span>
        <ul className={styles.legend}>
          {VARIANT_LOOKS.map((look, at) => (
            <li key={look.id}>
              <VariantLine look={look} /> <HelpTerm help={look.description}>{look.short}</HelpTerm>{' '}
              <strong>{shown[at]}</strong>
            </li>
          ))}
          {baseline && (
            <li>
              <BaselineLine /> <HelpTerm help={CHART_COPY.baselineHelp}>{CHART_COPY.baseline}</HelpTerm>{' '}
              <strong>{readableLoss(experiment.plan.unigramLoss)}</strong>
            </li>
          )}
        </ul>
      </figcaption>
      <div
        role="group"
        aria-label={CHART_COPY.keys(title)}
        className={styles.plot}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={leave}
      >
        <div role="img" aria-label={summary} data-chart={`experiment-${loss}`}>
          <Plot options={options} read={read} heightPx={heightPx} onPlot={onPlot} />
        </div>
      </div>
      <p className={hidden.visually} aria-live="polite">
        {spoken}
      </p>
    </figure>
  );
}
