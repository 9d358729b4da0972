// The Attention panel: what every layer and head of the current model attends to in the text beside it.
import { useMemo, useState } from 'react';
import { chooseAttention, refreshAttention } from '../../state/attentionActions.ts';
import { tokenOffset, useAttentionStore, type AttentionView } from '../../state/attentionStore.ts';
import { useGenerationStore } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { counted } from '../charts/readableNumber.ts';
import { useThemeColours } from '../charts/themeColours.ts';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { ActionButton } from '../fields/ActionButton.tsx';
import { formatCount } from '../formatNumber.ts';
import { HelpLabel } from '../help/HelpLabel.tsx';
import { HelpTerm } from '../help/HelpTerm.tsx';
import { Panel } from '../Panel.tsx';
import { AttentionMatrix } from './AttentionMatrix.tsx';
import { ATTENTION_COPY, HEAD_PATTERNS } from './attentionCopy.ts';
import styles from './AttentionPanel.module.css';
import { AttentionText } from './AttentionText.tsx';
import { headPattern } from './attentionSummary.ts';
import { HeadGrid } from './HeadGrid.tsx';
import { scaleGradient, sequentialScale } from './sequentialScale.ts';
import { useAttentionRefresh } from './useAttentionRefresh.ts';

/** Exponent of the colour scale that brings out faint weights. */
const FAINT_GAMMA = 0.5;

export function AttentionPanel() {
  const { view, loading, fault, keepUp } = useAttentionStore();
  const runStep = useRunStore((state) => state.run?.step);
  const generating = useGenerationStore((state) => state.busy);
  useAttentionRefresh();
  return (
    <Panel label={ATTENTION_COPY.title}>
      <div className={styles.stack} aria-busy={loading}>
        <div className={controls.toolbar}>
          <HelpLabel className={controls.inline} help={ATTENTION_COPY.keepUpHelp}>
            {(helpId) => (
              <>
                <input
                  type="checkbox"
                  checked={keepUp}
                  aria-describedby={helpId}
                  onChange={(event) => chooseAttention({ keepUp: event.target.checked })}
                />
                {ATTENTION_COPY.keepUp}
              </>
            )}
          </HelpLabel>
          <ActionButton
            data-size="small"
            available={runStep !== undefined && !generating}
            help={ATTENTION_COPY.refreshHelp}
            onClick={() => void refreshAttention()}
          >
            {ATTENTION_COPY.refresh}
          </ActionButton>
        </div>
        {fault !== undefined &&
          (fault.code === 'vocabulary' ? (
            // Said while a prompt is being typed: no alarm, Generate will say it again.
            <p className={controls.note}>{fault.message}</p>
          ) : (
            <FaultMessage fault={fault} />
          ))}
        {view === undefined || view.allTokens.length === 0 ? (
          <p className={styles.empty}>{runStep === undefined ? ATTENTION_COPY.noModel : ATTENTION_COPY.noText}</p>
        ) : (
          <LoadedAttention view={view} runStep={runStep ?? 0} />
        )}
      </div>
    </Panel>
  );
}

function LoadedAttention({ view, runStep }: { readonly view: AttentionView; readonly runStep: number }) {
  const layer = useAttentionStore((state) => state.layer);
  const head = useAttentionStore((state) => state.head);
  const token = useAttentionStore((state) => state.token);
  const [faint, setFaint] = useState(true);
  const { dark } = useThemeColours();
  const scale = useMemo(() => sequentialScale(dark), [dark]);
  const gamma = faint ? FAINT_GAMMA : 1;

  const offset = tokenOffset(view);
  const { allTokens } = view;
  const earlier = view.before + offset;
  const tokens = useMemo(() => allTokens.slice(offset), [allTokens, offset]);
  const ids = useMemo(() => tokens.map(({ id }) => id), [tokens]);
  const promptLength = Math.max(0, view.promptLength - offset);
  const weights = view.layers[layer];
  const ready = weights !== undefined && weights.size === tokens.length ? weights : undefined;
  const pattern = ready && headPattern(ready, head, ids);

  if (tokens.length < 2) {
    return <p className={styles.empty}>{ATTENTION_COPY.oneToken}</p>;
  }
  return (
    <>
      <p className={controls.note} data-attention-step={weights?.step}>
        {[
          modelWords(view, runStep),
          view.source === 'prompt' ? ATTENTION_COPY.source.prompt : ATTENTION_COPY.source.whole,
          counted(tokens.length, 'token'),
          ...(earlier > 0 ? [ATTENTION_COPY.beyond(counted(earlier, 'token'))] : []),
        ].join(' · ')}
      </p>
      <HeadGrid view={view} ids={ids} layer={layer} head={head} scale={scale} gamma={gamma} />
      <div className={styles.scale}>
        <span>0</span>
        <span className={styles.ramp} style={{ background: scaleGradient(scale) }} aria-hidden="true" />
        <span>{ATTENTION_COPY.scaleEnd}</span>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={faint}
          onClick={() => setFaint(!faint)}
        >
          {ATTENTION_COPY.faint}
        </button>
      </div>
      <h3 className={controls.heading}>
        {ATTENTION_COPY.head(layer + 1, head + 1)}
        {pattern !== undefined && (
          <span className={styles.pattern}>
            <HelpTerm help={HEAD_PATTERNS[pattern].meaning}>{HEAD_PATTERNS[pattern].label}</HelpTerm>
          </span>
        )}
      </h3>
      {ready === undefined ? (
        <p className={styles.empty}>{ATTENTION_COPY.reading}</p>
      ) : (
        <>
          <AttentionText layer={ready} head={head} tokens={tokens} promptLength={promptLength} chosen={token} />
          <AttentionMatrix layer={ready} head={head} tokens={tokens} chosenRow={token} scale={scale} gamma={gamma} />
        </>
      )}
    </>
  );
}

/** Layers fetched while training may belong to different steps: then their range is given. */
function modelWords({ layers }: AttentionView, runStep: number): string {
  const steps = layers.flatMap((layer) => (layer === undefined ? [] : [layer.step]));
  if (steps.length === 0) return ATTENTION_COPY.readingModel;
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const when =
    first === last
      ? ATTENTION_COPY.step(formatCount(first))
      : ATTENTION_COPY.steps(formatCount(first), formatCount(last));
  return `${ATTENTION_COPY.modelAt(when)}${last < runStep ? ATTENTION_COPY.now(formatCount(runStep)) : ''}`;
}
