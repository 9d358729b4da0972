// The generation panel: prompt, settings, Generate and Stop, and the text as the model writes it.
// Works at any moment of a run, also while it trains.
import { useId, type KeyboardEvent } from 'react';
import { editGenerationForm, stopGeneration } from '../../state/generationActions.ts';
import { promptOf, useGenerationStore } from '../../state/generationStore.ts';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { ActionButton } from '../fields/ActionButton.tsx';
import { isPlainEnter } from '../fields/plainEnter.ts';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { Panel } from '../Panel.tsx';
import { GeneratedSamples, GenerationStatus } from './GeneratedSamples.tsx';
import { DecodingSettings } from './DecodingSettings.tsx';
import { checkGenerationForm } from './generationForm.ts';
import { GENERATION_COPY } from './generationCopy.ts';
import { GenerationFields } from './GenerationFields.tsx';
import styles from './GenerationPanel.module.css';
import { startGeneration } from './startGeneration.ts';
import { isRightToLeft } from './tokenFocus.ts';
import { visibleText } from './tokenText.ts';

/** The beginning of a prompt, in characters, by which it is set from right to left or not. */
const SEEN_FOR_DIRECTION = 200;
const NO_SUGGESTIONS: readonly string[] = [];

export function GenerationPanel() {
  const hasRun = useRunStore((state) => state.run !== undefined);
  const suggestions = useRunStore((state) => (state.runData ?? state.data)?.suggestedPrompts ?? NO_SUGGESTIONS);
  const vocabSize = useRunStore((state) => (state.runData ?? state.data)?.vocabSize);
  const { form, generation, busy, fault } = useGenerationStore();
  const id = useId();
  const prompt = promptOf(form, suggestions);
  const check = checkGenerationForm(form, prompt, vocabSize);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isPlainEnter(event)) return;
    event.preventDefault();
    // Held down, it asks once.
    if (!event.repeat) startGeneration();
  };

  return (
    <Panel label={GENERATION_COPY.title}>
      <div className={styles.stack}>
        <div className={styles.promptBox}>
          <label htmlFor={`${id}prompt`} className={controls.subheading}>
            {GENERATION_COPY.prompt}
          </label>
          <textarea
            id={`${id}prompt`}
            className={styles.prompt}
            // “auto” would be asked of every character: half a minute for a megabyte.
            dir={isRightToLeft(prompt.slice(0, SEEN_FOR_DIRECTION)) ? 'rtl' : 'ltr'}
            rows={2}
            value={prompt}
            placeholder={GENERATION_COPY.promptPlaceholder}
            spellCheck={false}
            aria-describedby={`${id}hint`}
            aria-invalid={fault?.code === 'vocabulary'}
            onChange={(event) => editGenerationForm({ prompt: event.target.value })}
            onKeyDown={onKeyDown}
          />
          {fault !== undefined && <FaultMessage fault={fault} />}
          {suggestions.length > 0 && (
            <div className={styles.chips} role="group" aria-label={GENERATION_COPY.suggestions}>
              {suggestions.map((suggestion) => (
                <button
                  key={suggestion}
                  type="button"
                  data-size="small"
                  dir="auto"
                  aria-pressed={suggestion === prompt}
                  onClick={() => editGenerationForm({ prompt: undefined, suggestion })}
                >
                  {visibleText(suggestion).trim()}
                </button>
              ))}
            </div>
          )}
        </div>
        <GenerationFields form={form} problems={check.ok ? {} : check.problems} />
        <DecodingSettings form={form} check={check} />
        <div className={controls.toolbar}>
          <ActionButton data-variant="primary" available={hasRun && check.ok} onClick={() => startGeneration()}>
            {GENERATION_COPY.generate}
          </ActionButton>
          <ActionButton data-size="small" available={busy} onClick={stopGeneration}>
            {GENERATION_COPY.stop}
          </ActionButton>
          <p id={`${id}hint`} className={controls.note}>
            {hasRun ? GENERATION_COPY.keys : GENERATION_COPY.noModel}
          </p>
        </div>
        <GenerationStatus generation={generation} />
        {generation === undefined ? (
          <p className={styles.empty}>{busy ? GENERATION_COPY.reading : GENERATION_COPY.empty}</p>
        ) : (
          <GeneratedSamples generation={generation} />
        )}
      </div>
    </Panel>
  );
}
