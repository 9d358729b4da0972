// The training charts as one instrument: loss with legend and tools, small multiples below, or all of it as a table.
// The region around it and the run buttons belong to the page.
import { useMemo, useRef, useState } from 'react';
import { metricSeries, type MetricName } from '../../state/metricSeries.ts';
import { useRunStore } from '../../state/runStore.ts';
import { objectiveSentence, trainingLossName } from '../trainingLoss.ts';
import controls from './controls.module.css';
import styles from './TrainingCharts.module.css';
import { downloadCsv, downloadPicture } from './chartDownloads.ts';
import { INITIAL_SETTINGS, rowAtOrBefore, smoothedLoss, type ChartSettings } from './chartView.ts';
import type { StepRange } from './lossSeries.ts';
import { LossChart } from './LossChart.tsx';
import { lossColour, type LossSeriesName, type ReferenceLine } from './lossPlot.ts';
import { lossSummary } from './lossSummary.ts';
import { LOSS_UNIT_NAMES, lossFactor, validationIn, type LossUnit } from './lossUnit.ts';
import { MetricChart } from './MetricChart.tsx';
import { useMetricVersion } from './metricFrames.ts';
import { MetricsTable } from './MetricsTable.tsx';
import { readableCompact, readableLoss, readableShare, readableSmall } from './readableNumber.ts';
import { SeriesLegend, type LegendItem } from './SeriesLegend.tsx';
import { useThemeColours } from './themeColours.ts';

const SMALL_CHARTS = [
  {
    metric: 'learningRate',
    title: 'Learning rate',
    meaning: 'How far each step moves the weights: it warms up, then follows its schedule.',
  },
  {
    metric: 'gradientNorm',
    title: 'Gradient norm',
    meaning: 'Length of the whole gradient before clipping. Sudden peaks mean trouble.',
  },
  { metric: 'tokensPerSecond', title: 'Tokens/s', meaning: 'Training tokens worked through per second.' },
] as const;

export function TrainingCharts() {
  const runId = useRunStore((state) => state.run?.runId);
  const [settings, setSettings] = useState<ChartSettings>(INITIAL_SETTINGS);
  // Another run begins with all its steps in sight.
  return <ChartsOfRun key={runId} settings={settings} onSettings={setSettings} />;
}

interface ChartsOfRunProps {
  readonly settings: ChartSettings;
  readonly onSettings: (settings: ChartSettings) => void;
}

function ChartsOfRun({ settings, onSettings }: ChartsOfRunProps) {
  const run = useRunStore((state) => state.run);
  const evaluations = useRunStore((state) => state.evaluations);
  const data = useRunStore((state) => state.runData ?? state.data);
  const [zoom, setZoom] = useState<StepRange>();
  const [cursorStep, setCursorStep] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  const colours = useThemeColours();
  useMetricVersion(250);

  const { unit, smoothing, hidden, table, logarithmic } = settings;
  const training = run?.config.training;
  const lossName = trainingLossName(training);
  const isPlain = lossName === 'loss';
  const change = (part: Partial<ChartSettings>) => onSettings({ ...settings, ...part });
  const toggle = (name: LossSeriesName) => {
    const nowHidden = new Set(hidden);
    if (!nowHidden.delete(name)) nowHidden.add(name);
    change({ hidden: nowHidden });
  };

  const factor = lossFactor(unit, data);
  const references = useMemo<readonly ReferenceLine[]>(
    () =>
      data === undefined
        ? []
        : [
            {
              name: 'uniform',
              label: `random guess (ln V) ${readableLoss(data.uniformLoss * factor)}`,
              value: data.uniformLoss * factor,
            },
            {
              name: 'unigram',
              label: `unigram baseline ${readableLoss(data.unigramLoss * factor)}`,
              value: data.unigramLoss * factor,
            },
          ],
    [data, factor],
  );

  const valuesAt = (step: number) => {
    const row = rowAtOrBefore(step);
    const metric = (name: MetricName) => (row === undefined ? undefined : metricSeries.column(name)[row]);
    const point = evaluations.findLast((candidate) => candidate.step <= step);
    const scaled = (value: number | undefined) => (value === undefined ? undefined : value * factor);
    return {
      step: row === undefined ? undefined : metric('step'),
      loss: scaled(metric('loss')),
      smoothed: scaled(row === undefined ? undefined : smoothedLoss(smoothing)[row]),
      validation: point === undefined ? undefined : validationIn(unit, point),
      learningRate: metric('learningRate'),
      gradientNorm: metric('gradientNorm'),
      tokensPerSecond: metric('tokensPerSecond'),
    };
  };
  const shown = valuesAt(cursorStep ?? Number.MAX_SAFE_INTEGER);
  const describe = (step: number) => {
    const at = valuesAt(step);
    return (
      `Step ${step}: ${lossName} ${readableLoss(at.loss)}, smoothed ${readableLoss(at.smoothed)}, ` +
      `validation ${isPlain ? '' : 'loss '}${readableLoss(at.validation)}, learning rate ${readableSmall(at.learningRate)}, ` +
      `gradient norm ${readableSmall(at.gradientNorm)}, ${readableCompact(at.tokensPerSecond)} tokens per second`
    );
  };

  const surprise = isPlain ? '' : ' To be compared with the validation loss, not with the objective.';
  const legend: LegendItem[] = [
    {
      name: 'loss',
      label: isPlain ? 'Training' : 'Objective',
      meaning:
        isPlain || training === undefined
          ? 'Loss of each training step.'
          : `What each training step lowers. ${objectiveSentence(training)}`,
      value: readableLoss(shown.loss),
    },
    {
      name: 'smoothed',
      label: 'Smoothed',
      meaning: `Moving average of the ${isPlain ? 'training loss' : 'objective'}.`,
      value: readableLoss(shown.smoothed),
    },
    {
      name: 'validation',
      label: 'Validation',
      meaning: 'Loss on text held back from training. Rising while training falls means learning by heart.',
      value: readableLoss(shown.validation),
    },
    {
      name: 'uniform',
      label: 'Random guess',
      meaning: `ln V: every token of the vocabulary taken as equally likely.${surprise}`,
      value: readableLoss(references[0]?.value),
    },
    {
      name: 'unigram',
      label: 'Unigram',
      meaning: `Predicting each token by how often it occurs, without looking at the context.${surprise}`,
      value: readableLoss(references[1]?.value),
    },
  ];
  const summary = lossSummary({
    name: lossName,
    steps: metricSeries.column('step'),
    smoothed: smoothedLoss(smoothing),
    evaluations,
    uniformLoss: data?.uniformLoss,
    unigramLoss: data?.unigramLoss,
  });
  const runName = run?.name ?? 'Glassbox';

  const savePicture = () => {
    if (box.current === null) return;
    const words = legend
      .filter(({ name }) => !hidden.has(name) && name !== 'loss')
      .map(({ name, label, value }) => ({ label: `${label} ${value}`, colour: lossColour(name, colours) }));
    const subtitle = `step ${metricSeries.last('step') ?? 0}, ${LOSS_UNIT_NAMES[unit]}`;
    downloadPicture(box.current, runName, { title: `${runName}: loss`, subtitle, legend: words }, colours);
  };

  return (
    <div ref={box} className={styles.charts}>
      <div className={controls.toolbar} role="toolbar" aria-label="Chart tools">
        <select
          className={controls.select}
          aria-label="Unit of the loss"
          title="Bits per byte compare runs with different tokenizers"
          value={unit}
          disabled={data === undefined}
          onChange={(event) => change({ unit: event.target.value as LossUnit })}
        >
          {Object.entries(LOSS_UNIT_NAMES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <label
          className={controls.inline}
          title="Share of the run that the moving average looks back on. 0 shows the raw loss."
        >
          <span>Smoothing</span>
          <input
            className={styles.smoothing}
            type="range"
            min={0}
            max={0.5}
            step={0.01}
            value={smoothing}
            aria-valuetext={readableShare(smoothing)}
            onChange={(event) => change({ smoothing: event.target.valueAsNumber })}
          />
        </label>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={logarithmic}
          onClick={() => change({ logarithmic: !logarithmic })}
        >
          Log scale
        </button>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={table}
          onClick={() => change({ table: !table })}
        >
          Table
        </button>
        <span className={controls.spring} />
        <button
          type="button"
          data-size="small"
          title="Download every step as comma-separated values"
          onClick={() => downloadCsv(runName, evaluations, smoothing)}
        >
          CSV
        </button>
        <button
          type="button"
          data-size="small"
          title="Download the charts as a picture"
          disabled={table}
          onClick={savePicture}
        >
          PNG
        </button>
      </div>
      {table ? (
        <MetricsTable unit={unit} smoothing={smoothing} />
      ) : (
        <>
          <div className={styles.readout}>
            <span className={styles.step} data-pointed={cursorStep !== undefined}>
              {shown.step === undefined ? 'Before step 1' : `Step ${shown.step.toLocaleString('en')}`}
            </span>
            <SeriesLegend items={legend} hidden={hidden} onToggle={toggle} />
          </div>
          <LossChart
            name={lossName}
            settings={settings}
            zoom={zoom}
            references={references}
            summary={summary}
            describe={describe}
            onZoom={setZoom}
            onCursor={setCursorStep}
          />
          <div className={styles.smalls}>
            {SMALL_CHARTS.map((chart) => (
              <MetricChart key={chart.metric} {...chart} zoom={zoom} value={shown[chart.metric]} onZoom={setZoom} />
            ))}
          </div>
        </>
      )}
    </div>
  );
}
