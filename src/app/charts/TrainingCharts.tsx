// The training charts as one instrument: loss with legend and tools, small multiples below, or all of it as a table.
// The region around it and the run buttons belong to the page.
import { useMemo, useRef, useState } from 'react';
import { metricSeries, type MetricName } from '../../state/metricSeries.ts';
import { useRunStore } from '../../state/runStore.ts';
import { objectiveSentence, trainingLossName } from '../trainingLoss.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { formatCount } from '../formatNumber.ts';
import { HelpLabel } from '../help/HelpLabel.tsx';
import { useHelp } from '../help/useHelp.tsx';
import controls from './controls.module.css';
import { CHARTS_COPY, LEGEND_COPY, SMALL_CHARTS } from './chartsCopy.ts';
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
  const unitHelp = useHelp(CHARTS_COPY.unitHelp);
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
              label: CHARTS_COPY.uniformLine(readableLoss(data.uniformLoss * factor)),
              value: data.uniformLoss * factor,
            },
            {
              name: 'unigram',
              label: CHARTS_COPY.unigramLine(readableLoss(data.unigramLoss * factor)),
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
      `Step ${formatCount(step)}: ${lossName} ${readableLoss(at.loss)}, smoothed ${readableLoss(at.smoothed)}, ` +
      `validation ${isPlain ? '' : 'loss '}${readableLoss(at.validation)}, learning rate ${readableSmall(at.learningRate)}, ` +
      `gradient norm ${readableSmall(at.gradientNorm)}, ${readableCompact(at.tokensPerSecond)} tokens per second`
    );
  };

  const caution = isPlain ? '' : LEGEND_COPY.notObjective;
  const legend: LegendItem[] = [
    {
      name: 'loss',
      label: isPlain ? LEGEND_COPY.training : LEGEND_COPY.objective,
      meaning:
        isPlain || training === undefined
          ? LEGEND_COPY.trainingMeaning
          : LEGEND_COPY.objectiveMeaning(objectiveSentence(training)),
      value: readableLoss(shown.loss),
    },
    {
      name: 'smoothed',
      label: LEGEND_COPY.smoothed,
      meaning: LEGEND_COPY.smoothedMeaning(isPlain),
      value: readableLoss(shown.smoothed),
    },
    {
      name: 'validation',
      label: LEGEND_COPY.validation,
      meaning: LEGEND_COPY.validationMeaning,
      value: readableLoss(shown.validation),
    },
    {
      name: 'uniform',
      label: LEGEND_COPY.uniform,
      meaning: `${LEGEND_COPY.uniformMeaning}${caution}`,
      value: readableLoss(references[0]?.value),
    },
    {
      name: 'unigram',
      label: LEGEND_COPY.unigram,
      meaning: `${LEGEND_COPY.unigramMeaning}${caution}`,
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
    const subtitle = CHARTS_COPY.pictureSubtitle(formatCount(metricSeries.last('step') ?? 0), LOSS_UNIT_NAMES[unit]);
    downloadPicture(
      box.current,
      runName,
      { title: CHARTS_COPY.pictureTitle(runName), subtitle, legend: words },
      colours,
    );
  };

  return (
    <div ref={box} className={styles.charts}>
      <div className={controls.toolbar} role="toolbar" aria-label={CHARTS_COPY.tools}>
        <select
          {...unitHelp.anchor}
          className={controls.select}
          aria-label={CHARTS_COPY.unit}
          aria-describedby={unitHelp.helpId}
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
        {unitHelp.bubble}
        <HelpLabel className={controls.inline} help={CHARTS_COPY.smoothingHelp}>
          {(helpId) => (
            <>
              <span>{CHARTS_COPY.smoothing}</span>
              <input
                className={styles.smoothing}
                type="range"
                min={0}
                max={0.5}
                step={0.01}
                value={smoothing}
                aria-valuetext={readableShare(smoothing)}
                aria-describedby={helpId}
                onChange={(event) => change({ smoothing: event.target.valueAsNumber })}
              />
            </>
          )}
        </HelpLabel>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={logarithmic}
          onClick={() => change({ logarithmic: !logarithmic })}
        >
          {CHARTS_COPY.log}
        </button>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={table}
          onClick={() => change({ table: !table })}
        >
          {CHARTS_COPY.table}
        </button>
        <span className={controls.spring} />
        <ActionButton
          data-size="small"
          help={CHARTS_COPY.csvHelp}
          onClick={() => downloadCsv(runName, evaluations, smoothing)}
        >
          {CHARTS_COPY.csv}
        </ActionButton>
        <ActionButton data-size="small" help={CHARTS_COPY.pngHelp} available={!table} onClick={savePicture}>
          {CHARTS_COPY.png}
        </ActionButton>
      </div>
      {table ? (
        <MetricsTable unit={unit} smoothing={smoothing} />
      ) : (
        <>
          <div className={styles.readout}>
            <span className={styles.step} data-pointed={cursorStep !== undefined}>
              {shown.step === undefined ? CHARTS_COPY.beforeFirst : CHARTS_COPY.step(formatCount(shown.step))}
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
