// What can be chosen of the experiment: how long, at which learning rates and at which size; and what it will cost.
import { useMemo } from 'react';
import { estimate } from '../../config/estimate.ts';
import { MODEL_PRESETS } from '../../config/presets.ts';
import { editExperiment, knownText } from '../../state/experimentActions.ts';
import { useExperimentStore } from '../../state/experimentStore.ts';
import { blogLength, experimentBase, experimentVariants } from '../../state/experimentVariants.ts';
import { useRunStore } from '../../state/runStore.ts';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { formatDuration } from '../formatDuration.ts';
import { formatCount } from '../formatNumber.ts';
import styles from './ExperimentPanel.module.css';

const MOST_STEPS = 1_000_000;
/** Measuring is a forward pass over all windows, at thirteen times; a step is worth about three forward passes. */
const MEASUREMENTS = 13;
const WINDOWS = 256;
const PASSES_PER_STEP = 3;

const RATES = {
  same: {
    label: 'GPT-3’s for all',
    description: 'So that the learning rate explains none of the differences.',
  },
  own: {
    label: 'As each recipe says',
    description: 'The blog trains at 0.00001 without warm-up: in so few tokens its models hardly move.',
  },
} as const;

export function ExperimentSettings() {
  const draft = useRunStore((state) => state.draft);
  const data = useRunStore((state) => state.data);
  const dataKey = useRunStore((state) => state.dataKey);
  const device = useRunStore((state) => state.device);
  const pace = useRunStore((state) => state.pace);
  const settings = useExperimentStore((state) => state.settings);
  const text = knownText({ draft, data, dataKey });
  const base = experimentBase(draft, settings);
  const { nLayer, nEmbd, contextLength } = draft.model;
  const { batchSize } = base.training;
  const pico = MODEL_PRESETS.find(({ id }) => id === 'pico');
  const isPico =
    pico?.model.nLayer === nLayer && pico.model.nEmbd === nEmbd && pico.model.contextLength === contextLength;
  const tenEpochs = text && blogLength(draft, settings, text.trainTokens);
  const tokens = settings.steps * batchSize * base.model.contextLength;
  const seconds = useMemo(() => {
    if (device === undefined) return undefined;
    const vocabSize = text?.vocabSize ?? draft.tokenizer.vocabSize;
    const training = experimentVariants(draft, settings, text).reduce(
      (sum, { config }) => sum + estimate(config, vocabSize, { ...device, pace }).totalSeconds,
      0,
    );
    const passes = (MEASUREMENTS * WINDOWS) / (PASSES_PER_STEP * settings.steps * batchSize);
    return training * (1 + passes);
  }, [draft, settings, text, device, pace, batchSize]);
  return (
    <div className={styles.settings}>
      <div className={styles.fields}>
        <NumberField
          label="Steps of each model"
          value={settings.steps}
          min={1}
          max={MOST_STEPS}
          whole
          help="All four take as many, on the same batches."
          onCommit={(steps) => editExperiment({ steps })}
        />
        <SelectField
          label="Learning rate"
          value={settings.rates}
          options={Object.entries(RATES).map(([value, { label }]) => ({ value, label }))}
          onChoose={(value) => editExperiment({ rates: value === 'own' ? 'own' : 'same' })}
        />
        {!isPico && (
          <SelectField
            label="Size"
            value={settings.size}
            options={[
              { value: 'draft', label: `As set up (${nLayer} × ${nEmbd})` },
              { value: 'pico', label: pico?.label ?? 'Pico' },
            ]}
            onChoose={(value) => editExperiment({ size: value === 'pico' ? 'pico' : 'draft' })}
          />
        )}
      </div>
      <p className={styles.what}>
        {RATES[settings.rates].description} Each model reads {formatCount(tokens)} tokens: {formatCount(settings.steps)}{' '}
        steps of {batchSize} windows of {base.model.contextLength}
        {tenEpochs !== undefined && tenEpochs > settings.steps && (
          <>. The blog’s 10 epochs over this text, {formatCount(tenEpochs)} steps, are shortened to that</>
        )}
        .
        {seconds !== undefined && Number.isFinite(seconds) && ` Takes about ${formatDuration(seconds)} on this device.`}
      </p>
      {tenEpochs !== undefined && tenEpochs !== settings.steps && (
        <button
          type="button"
          data-size="small"
          className={styles.epochs}
          onClick={() => editExperiment({ steps: tenEpochs })}
        >
          As long as the blog: 10 epochs, {formatCount(tenEpochs)} steps
        </button>
      )}
    </div>
  );
}
