// What a generation has written: its samples one under another, or the tree of a beam search above the text chosen from
// it; each text with its own figures, copying, going on from its end, and choice for the attention view.
import { useEffect, useRef } from 'react';
import { selectSample } from '../../state/generationActions.ts';
import { useGenerationStore, type Generation } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { counted, readableCompact } from '../charts/readableNumber.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { CopyButton } from '../fields/CopyButton.tsx';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import hidden from '../hidden.module.css';
import { BeamSearchView } from './BeamSearchView.tsx';
import styles from './GenerationPanel.module.css';
import { SAMPLE_COPY } from './generationCopy.ts';
import { ProbabilityLegend } from './ProbabilityLegend.tsx';
import { SampleText } from './SampleText.tsx';
import { sampleStatistics } from './sampleStatistics.ts';
import { signedNumber } from './signedNumber.ts';
import { spokenResult } from './spokenResult.ts';
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
      <p className={controls.note} data-testid="generated-at" data-status={generation.status}>
        {origin(generation, isOfThisRun)}
      </p>
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
  const { samples, beams, settings, status, promptTokens, promptBefore, root } = generation;
  const tokens = samples[sample] ?? [];
  const lead = generation.leads[sample];
  const end = generation.ends[sample] ?? null;
  const several = samples.length > 1 && beams === undefined;
  const name = beams ? SAMPLE_COPY.text(sample + 1) : several ? SAMPLE_COPY.sample(sample + 1) : SAMPLE_COPY.only;
  const statistics = sampleStatistics(tokens);
  const ended = endWords(end, settings.stop);
  return (
    <article className={styles.sample} data-chosen={several && isSelected} aria-label={name}>
      <header>
        {(several || beams) && <span className={styles.sampleName}>{name}</span>}
        <span className={controls.note}>
          {counted(tokens.length, 'token')}
          {statistics !== undefined && (
            <>
              {' · '}
              <HelpTerm help={SAMPLE_COPY.statisticsHelp}>
                {SAMPLE_COPY.statistics(
                  signedNumber(statistics.logProbability),
                  readableCompact(statistics.perplexity),
                )}
              </HelpTerm>
            </>
          )}
          {ended !== '' && ` · ${ended}`}
        </span>
        <span className={styles.sampleButtons}>
          {several && (
            <ActionButton
              data-size="small"
              className={controls.toggle}
              aria-pressed={isSelected}
              onClick={() => selectSample(sample)}
              help={SAMPLE_COPY.attentionHelp}
            >
              {SAMPLE_COPY.attention}
            </ActionButton>
          )}
          <ActionButton
            data-size="small"
            available={canGoOn && tokens.length > 0}
            aria-label={several || beams ? `${SAMPLE_COPY.continue} ${name.toLowerCase()}` : SAMPLE_COPY.continueText}
            data-testid="continue"
            onClick={() => continueFrom(generation, tokens, sample)}
            help={SAMPLE_COPY.continueHelp}
          >
            {SAMPLE_COPY.continue}
          </ActionButton>
          <CopyButton
            text={() => wholeText(tokens, lead, end)}
            label={several || beams ? `${SAMPLE_COPY.copy} ${name.toLowerCase()}` : SAMPLE_COPY.copyText}
            help={SAMPLE_COPY.copyHelp}
          >
            {SAMPLE_COPY.copy}
          </CopyButton>
        </span>
      </header>
      <SampleText
        key={beams ? root : `${root} ${sample}`}
        name={name}
        promptTokens={promptTokens}
        promptBefore={promptBefore}
        tokens={tokens}
        writing={status === 'running'}
        cut={stopCut(tokens, lead, end)}
        onReplace={canGoOn ? (index, chosen) => replaceToken(generation, sample, index, chosen) : undefined}
      />
    </article>
  );
}

function origin({ status, step, lastStep, tokensPerSecond, settings }: Generation, ofThisRun: boolean): string {
  if (status === 'running') return settings.method === 'beam' ? SAMPLE_COPY.searching : SAMPLE_COPY.writing;
  if (status === 'failed' || step === undefined) return SAMPLE_COPY.failed;
  const drawn = SAMPLE_COPY.drawn(settings.temperature, formatCount(settings.seed));
  const beam = SAMPLE_COPY.beam(settings.beamWidth, settings.lengthPenalty);
  const isGreedy = settings.temperature === 0;
  const how =
    settings.method === 'beam'
      ? isGreedy
        ? `${SAMPLE_COPY.beamSearch}, ${beam}`
        : `${SAMPLE_COPY.stochasticBeams}, ${beam}, ${drawn}`
      : isGreedy
        ? SAMPLE_COPY.greedy
        : drawn;
  const began = formatCount(step);
  const steps =
    lastStep === undefined || lastStep === step
      ? SAMPLE_COPY.step(began)
      : SAMPLE_COPY.steps(began, formatCount(lastStep));
  const speed = tokensPerSecond === undefined ? '' : SAMPLE_COPY.speed(readableCompact(tokensPerSecond));
  return `${SAMPLE_COPY.by(ofThisRun, steps)} · ${how}${speed}${status === 'stopped' ? SAMPLE_COPY.stopped : ''}`;
}

/** Says once, when a generation has ended, what was generated; silent while tokens stream in. */
export function GenerationStatus({ generation }: { readonly generation: Generation | undefined }) {
  const ended = generation !== undefined && generation.status !== 'running';
  return (
    <p role="status" className={hidden.visually} data-testid="generated-spoken">
      {ended ? spokenResult(generation) : ''}
    </p>
  );
}
