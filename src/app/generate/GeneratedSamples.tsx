// The samples of a generation, one under another, each with its own figures, copying and choice for the attention view.
import { selectSample } from '../../state/generationActions.ts';
import { generatedCount, useGenerationStore, type Generation } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { counted, readableCompact } from '../charts/readableNumber.ts';
import { CopyButton } from '../fields/CopyButton.tsx';
import hidden from '../hidden.module.css';
import styles from './GenerationPanel.module.css';
import { ProbabilityLegend } from './ProbabilityLegend.tsx';
import { SampleText } from './SampleText.tsx';
import { sampleStatistics } from './sampleStatistics.ts';

export function GeneratedSamples({ generation }: { readonly generation: Generation }) {
  const selectedSample = useGenerationStore((state) => state.selectedSample);
  const runId = useRunStore((state) => state.run?.runId);
  const several = generation.samples.length > 1;
  return (
    <div className={styles.samples}>
      <p className={controls.note}>{origin(generation, generation.runId === runId)}</p>
      {generation.samples.map((tokens, sample) => {
        const statistics = sampleStatistics(tokens);
        const name = several ? `Sample ${sample + 1}` : 'Generated text';
        const chosen = several && sample === selectedSample;
        return (
          <article key={sample} className={styles.sample} data-chosen={chosen} aria-label={name}>
            <header>
              {several && <span className={styles.sampleName}>{name}</span>}
              <span className={controls.note}>
                {counted(tokens.length, 'token')}
                {statistics !== undefined && (
                  <span title="Mean of the natural logarithm of the tokens’ probabilities. Perplexity 4 means: as unsure as between 4 equally likely tokens.">
                    {` · log p ${statistics.meanLogProbability.toFixed(2).replace('-', '−')} · perplexity ${readableCompact(statistics.perplexity)}`}
                  </span>
                )}
              </span>
              <span className={styles.sampleButtons}>
                {several && (
                  <button
                    type="button"
                    data-size="small"
                    className={controls.toggle}
                    aria-pressed={chosen}
                    onClick={() => selectSample(sample)}
                    title="Show the attention of this sample"
                  >
                    Attention
                  </button>
                )}
                <CopyButton
                  text={() => generation.settings.prompt + tokens.map(({ decoded }) => decoded).join('')}
                  label={several ? `Copy sample ${sample + 1}` : 'Copy text'}
                  title="Copy prompt and continuation"
                >
                  Copy
                </CopyButton>
              </span>
            </header>
            <SampleText
              key={generation.id}
              name={name}
              promptTokens={generation.promptTokens}
              tokens={tokens}
              writing={generation.status === 'running'}
            />
          </article>
        );
      })}
      <ProbabilityLegend />
    </div>
  );
}

function origin({ status, step, lastStep, tokensPerSecond, settings }: Generation, ofThisRun: boolean): string {
  if (status === 'running') return 'Writing…';
  if (status === 'failed' || step === undefined) return 'Ended early.';
  const how = settings.temperature === 0 ? 'greedy' : `temperature ${settings.temperature}, seed ${settings.seed}`;
  const began = step.toLocaleString('en');
  const steps =
    lastStep === undefined || lastStep === step ? `step ${began}` : `steps ${began}–${lastStep.toLocaleString('en')}`;
  const speed = tokensPerSecond === undefined ? '' : ` · ${readableCompact(tokensPerSecond)} tokens/s`;
  return `Written by ${ofThisRun ? 'the model' : 'an earlier run’s model'} at ${steps} · ${how}${speed}${status === 'stopped' ? ' · stopped' : ''}`;
}

/** Says once, when a generation has ended, how much was written; silent while tokens stream in. */
export function GenerationStatus({ generation }: { readonly generation: Generation | undefined }) {
  const ended = generation !== undefined && generation.status !== 'running';
  return (
    <p role="status" className={hidden.visually}>
      {ended ? `Generated ${counted(generatedCount(generation), 'token')}` : ''}
    </p>
  );
}
