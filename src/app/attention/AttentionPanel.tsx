// The attention panel: what every layer and head of the present model looks at in the text beside it.
import { useMemo, useState } from 'react';
import { chooseAttention, refreshAttention } from '../../state/attentionActions.ts';
import { tokenOffset, useAttentionStore, type AttentionView } from '../../state/attentionStore.ts';
import { useGenerationStore } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { counted } from '../charts/readableNumber.ts';
import { useThemeColours } from '../charts/themeColours.ts';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { Panel } from '../Panel.tsx';
import { AttentionMatrix } from './AttentionMatrix.tsx';
import styles from './AttentionPanel.module.css';
import { AttentionText } from './AttentionText.tsx';
import { HEAD_PATTERNS, headPattern } from './attentionSummary.ts';
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
    <Panel label="Attention">
      <div className={styles.stack} aria-busy={loading}>
        <div className={controls.toolbar}>
          <label className={controls.inline} title="Look again every few seconds while the run trains.">
            <input
              type="checkbox"
              checked={keepUp}
              onChange={(event) => chooseAttention({ keepUp: event.target.checked })}
            />
            Keep up with training
          </label>
          <button
            type="button"
            data-size="small"
            disabled={runStep === undefined || generating}
            title="Look again with the model as it is now"
            onClick={() => void refreshAttention()}
          >
            Refresh
          </button>
        </div>
        {fault !== undefined &&
          (fault.code === 'vocabulary' ? (
            // Said while a prompt is being typed: no alarm, Generate will say it again.
            <p className={controls.note}>{fault.message}</p>
          ) : (
            <FaultMessage fault={fault} />
          ))}
        {view === undefined || view.allTokens.length === 0 ? (
          <p className={styles.empty}>
            {runStep === undefined
              ? 'There is no model yet. Its attention is shown here as soon as there is one.'
              : 'No text to look at: write a prompt or generate something.'}
          </p>
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
  const tokens = useMemo(() => allTokens.slice(offset), [allTokens, offset]);
  const ids = useMemo(() => tokens.map(({ id }) => id), [tokens]);
  const promptLength = Math.max(0, view.promptLength - offset);
  const weights = view.layers[layer];
  const ready = weights !== undefined && weights.size === tokens.length ? weights : undefined;
  const pattern = ready && headPattern(ready, head, ids);

  if (tokens.length < 2) {
    return (
      <p className={styles.empty}>
        A single token can only look at itself. Generate something, or write a longer prompt, to see attention.
      </p>
    );
  }
  return (
    <>
      <p className={controls.note} data-attention-step={weights?.step}>
        {stepSentence(view, runStep)} {view.source === 'prompt' ? 'Over the prompt' : 'Over prompt and generated text'},{' '}
        {counted(tokens.length, 'token')}
        {offset > 0 ? `; the first ${counted(offset, 'token')} lie beyond the context` : ''}.
      </p>
      <HeadGrid view={view} ids={ids} layer={layer} head={head} scale={scale} gamma={gamma} />
      <div className={styles.scale}>
        <span>0</span>
        <span className={styles.ramp} style={{ background: scaleGradient(scale) }} aria-hidden="true" />
        <span>100 % of a token’s attention</span>
        <button
          type="button"
          data-size="small"
          className={controls.toggle}
          aria-pressed={faint}
          onClick={() => setFaint(!faint)}
        >
          Faint weights
        </button>
      </div>
      <h3 className={controls.heading}>
        Layer {layer + 1}, head {head + 1}
        {pattern !== undefined && (
          <span className={styles.pattern} title={HEAD_PATTERNS[pattern].meaning}>
            {HEAD_PATTERNS[pattern].label}
          </span>
        )}
      </h3>
      {ready === undefined ? (
        <p className={styles.empty}>Reading this layer…</p>
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
function stepSentence({ layers }: AttentionView, runStep: number): string {
  const steps = layers.flatMap((layer) => (layer === undefined ? [] : [layer.step]));
  if (steps.length === 0) return 'Reading the attention of the present model.';
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const when = first === last ? `step ${first.toLocaleString('en')}` : `steps ${first}–${last}`;
  return `Of the model at ${when}${last < runStep ? ` (now at ${runStep.toLocaleString('en')})` : ''}.`;
}
