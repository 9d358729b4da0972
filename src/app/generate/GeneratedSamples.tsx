// What a generation has written: its samples one under another, or the tree of a beam search above the text chosen from
// it; each text with its own figures, copying, going on from its end, and choice for the attention view.
import { useEffect, useRef } from 'react';
import { selectSample } from '../../state/generationActions.ts';
import { generatedCount, useGenerationStore, type Generation } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { counted, readableCompact } from '../charts/readableNumber.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { CopyButton } from '../fields/CopyButton.tsx';
import hidden from '../hidden.module.css';
import { BeamSearchView } from './BeamSearchView.tsx';
import styles from './GenerationPanel.module.css';
import { ProbabilityLegend } from './ProbabilityLegend.tsx';
import { SampleText } from './SampleText.tsx';
import { sampleStatistics } from './sampleStatistics.ts';
import { signedNumber } from './signedNumber.ts';
import { continueFrom, replaceToken } from './startGeneration.ts';
import { endWords, stopCut, wholeText } from './stoppedText.ts';

export function GeneratedSamples({ generation }: { readonly generation: Generation }) {
  const selectedSample = useGenerationStore((state) => state.selectedSample);
  const busy = useGenerationStore((state) => state.busy);
  const runId = useRunStore((state) => state.run?.runId);
  const isOfThisRun = generation.runId === runId;
  const canGoOn = isOfThisRun && !busy;
  const isSearch = generation.beams !== undefined;
  // Of a search, the text that was chosen.
  const shown = isSearch
    ? [selectedSample].filter((sample) => sample < generation.samples.length)
    : generation.samples.map((_, sample) => sample);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => showBelowFold(place.current), [generation.id]);
  return (
    <div ref={place} className={styles.samples}>
      <p className={controls.note}>{origin(generation, isOfThisRun)}</p>
      {isSearch && <BeamSearchView key={generation.root} generation={generation} canGoOn={canGoOn} />}
      {shown.map((sample) => (
        <Sample key={isSearch ? 'chosen' : sample} generation={generation} sample={sample} canGoOn={canGoOn} />
      ))}
      {shown.length > 0 && <ProbabilityLegend />}
    </div>
  );
}

/** Least height of a text in view, in pixels, for its button not to seem dead. */
const SEEN_PX = 160;

/** Scrolls a text that was just begun into view where it lies below the fold, as on a phone. */
function showBelowFold(text: HTMLElement | null): void {
  if (text === null || text.getBoundingClientRect().top < window.innerHeight - SEEN_PX) return;
  text.scrollIntoView({ block: 'center' });
}

interface SampleProps {
  readonly generation: Generation;
  readonly sample: number;
  /** Whether its run is still the open one, and nothing is being written. */
  readonly canGoOn: boolean;
}

function Sample({ generation, sample, canGoOn }: SampleProps) {
  const isSelected = useGenerationStore((state) => state.selectedSample === sample);
  const { samples, beams, settings, status, promptTokens, root } = generation;
  const tokens = samples[sample] ?? [];
  const lead = generation.leads[sample];
  const end = generation.ends[sample] ?? null;
  const several = samples.length > 1 && beams === undefined;
  const name = beams ? `Text ${sample + 1}` : several ? `Sample ${sample + 1}` : 'Generated text';
  const statistics = sampleStatistics(tokens);
  const ended = endWords(end, settings.stop);
  return (
    <article className={styles.sample} data-chosen={several && isSelected} aria-label={name}>
      <header>
        {(several || beams) && <span className={styles.sampleName}>{name}</span>}
        <span className={controls.note}>
          {counted(tokens.length, 'token')}
          {statistics !== undefined && (
            <span title="Sum of the natural logarithms of the tokens’ probabilities. Perplexity 4 means: as unsure as between 4 equally likely tokens.">
              {` · log p ${signedNumber(statistics.logProbability)} · perplexity ${readableCompact(statistics.perplexity)}`}
            </span>
          )}
          {ended !== '' && ` · ${ended}`}
        </span>
        <span className={styles.sampleButtons}>
          {several && (
            <button
              type="button"
              data-size="small"
              className={controls.toggle}
              aria-pressed={isSelected}
              onClick={() => selectSample(sample)}
              title="Show the attention of this sample"
            >
              Attention
            </button>
          )}
          <ActionButton
            data-size="small"
            available={canGoOn && tokens.length > 0}
            aria-label={several || beams ? `Continue ${name.toLowerCase()}` : 'Continue text'}
            onClick={() => continueFrom(generation, tokens, sample)}
            help="Write on from the end of this text, with the settings above"
          >
            Continue
          </ActionButton>
          <CopyButton
            text={() => wholeText(tokens, lead, end)}
            label={several || beams ? `Copy ${name.toLowerCase()}` : 'Copy text'}
            help="Copy prompt and continuation"
          >
            Copy
          </CopyButton>
        </span>
      </header>
      <SampleText
        key={beams ? root : `${root} ${sample}`}
        name={name}
        promptTokens={promptTokens}
        tokens={tokens}
        writing={status === 'running'}
        cut={stopCut(tokens, lead, end)}
        onReplace={canGoOn ? (index, chosen) => replaceToken(generation, sample, index, chosen) : undefined}
      />
    </article>
  );
}

function origin({ status, step, lastStep, tokensPerSecond, settings }: Generation, ofThisRun: boolean): string {
  if (status === 'running') return settings.method === 'beam' ? 'Searching…' : 'Writing…';
  if (status === 'failed' || step === undefined) return 'Ended early.';
  const drawn = `temperature ${settings.temperature}, seed ${settings.seed}`;
  const beam = `width ${settings.beamWidth}, α ${settings.lengthPenalty}`;
  const isGreedy = settings.temperature === 0;
  const how =
    settings.method === 'beam'
      ? isGreedy
        ? `beam search, ${beam}`
        : `stochastic beams, ${beam}, ${drawn}`
      : isGreedy
        ? 'greedy'
        : drawn;
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
