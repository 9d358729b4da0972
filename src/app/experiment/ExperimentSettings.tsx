// What can be chosen of the experiment: how long, at which learning rates and at which size; and what it will cost.
import { estimate, type DeviceSpeed } from '../../config/estimate.ts';
import { MODEL_PRESETS } from '../../config/presets.ts';
import type { ExperimentVariant } from '../../protocol/messages.ts';
import { editExperiment, knownText } from '../../state/experimentActions.ts';
import { useExperimentStore } from '../../state/experimentStore.ts';
import { blogLength, experimentBase, experimentVariants } from '../../state/experimentVariants.ts';
import { useRunStore } from '../../state/runStore.ts';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { formatDuration } from '../formatDuration.ts';
import { formatCount } from '../formatNumber.ts';
import { SETTINGS_COPY } from './experimentCopy.ts';
import styles from './ExperimentPanel.module.css';

const MOST_STEPS = 1_000_000;
/** Measuring is a forward pass over all windows, at thirteen times; a step is worth about three forward passes. */
const MEASUREMENTS = 13;
const WINDOWS = 256;
const PASSES_PER_STEP = 3;

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
  const seconds = device && secondsOf(experimentVariants(draft, settings, text), text?.vocabSize, { ...device, pace });
  return (
    <div className={styles.settings}>
      <div className={styles.fields}>
        <NumberField
          name="experiment.steps"
          {...SETTINGS_COPY.steps}
          value={settings.steps}
          min={1}
          max={MOST_STEPS}
          whole
          onCommit={(steps) => editExperiment({ steps })}
        />
        <SelectField
          name="experiment.rates"
          {...SETTINGS_COPY.rates}
          value={settings.rates}
          options={Object.entries(SETTINGS_COPY.rateChoices).map(([value, { label }]) => ({ value, label }))}
          onChoose={(value) => editExperiment({ rates: value === 'own' ? 'own' : 'same' })}
        />
        {!isPico && (
          <SelectField
            name="experiment.size"
            {...SETTINGS_COPY.size}
            value={settings.size}
            options={[
              { value: 'draft', label: SETTINGS_COPY.sizeAsSet(nLayer, nEmbd) },
              { value: 'pico', label: pico?.label ?? 'Pico' },
            ]}
            onChoose={(value) => editExperiment({ size: value === 'pico' ? 'pico' : 'draft' })}
          />
        )}
      </div>
      <p className={styles.what} data-testid="experiment-cost">
        {SETTINGS_COPY.rateChoices[settings.rates].description}{' '}
        {SETTINGS_COPY.cost(formatCount(tokens), formatCount(settings.steps), batchSize, base.model.contextLength)}
        {tenEpochs !== undefined && tenEpochs > settings.steps && ` ${SETTINGS_COPY.shortened(formatCount(tenEpochs))}`}
        {seconds !== undefined && Number.isFinite(seconds) && ` ${SETTINGS_COPY.duration(formatDuration(seconds))}`}
      </p>
      {tenEpochs !== undefined && tenEpochs !== settings.steps && (
        <button
          type="button"
          data-size="small"
          className={styles.epochs}
          onClick={() => editExperiment({ steps: tenEpochs })}
        >
          {SETTINGS_COPY.asBlog(formatCount(tenEpochs))}
        </button>
      )}
    </div>
  );
}

/** Of all models, measuring included. */
function secondsOf(variants: readonly ExperimentVariant[], vocabSize: number | undefined, device: DeviceSpeed): number {
  return variants.reduce((sum, { config }) => {
    const { totalSeconds } = estimate(config, vocabSize ?? config.tokenizer.vocabSize, device);
    const { steps, batchSize } = config.training;
    return sum + totalSeconds * (1 + (MEASUREMENTS * WINDOWS) / (PASSES_PER_STEP * steps * batchSize));
  }, 0);
}
