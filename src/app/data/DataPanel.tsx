// The text, its split and its tokenizer: what the model will learn from, and a look at it as tokens.
import { TOKENIZER_KINDS } from '../../config/runConfig.ts';
import { TOKENIZER_CATALOG } from '../../tokenizers/tokenizerCatalog.ts';
import { cancelTextWork, editDraft } from '../../state/draftActions.ts';
import { dataKeyOf } from '../../state/draftDifference.ts';
import { useDraftProblems } from '../../state/draftProblems.ts';
import { sourceOfText, useRunStore } from '../../state/runStore.ts';
import { FieldProblems } from '../fields/FieldProblems.tsx';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { formatCount } from '../formatNumber.ts';
import { Panel } from '../Panel.tsx';
import { DATA_COPY } from './dataCopy.ts';
import styles from './DataPanel.module.css';
import { ReadingReport } from './ReadingReport.tsx';
import { TextChooser } from './TextChooser.tsx';
import { TextFigures } from './TextFigures.tsx';
import { TokenPreview } from './TokenPreview.tsx';

export function DataPanel() {
  const draft = useRunStore((state) => state.draft);
  const data = useRunStore((state) => state.data);
  const isOfDraft = useRunStore((state) => state.dataKey === dataKeyOf(state.draft));
  const problems = useDraftProblems();
  const problemsAt = (field: string) => problems.filter((problem) => problem.field === field);
  const reading = useRunStore((state) => sourceOfText(state)?.reading ?? (isOfDraft ? data?.reading : undefined));
  const { tokenizer, training } = draft;
  const textTooShort = data !== undefined && problemsAt('model.contextLength').length > 0;
  const textGivesLess = data !== undefined && isOfDraft && data.vocabSize < tokenizer.vocabSize;
  return (
    <Panel label={DATA_COPY.title} aside={data && DATA_COPY.tokens(formatCount(data.tokens))}>
      <div className={styles.stack}>
        <TextChooser />
        <TextWork />
        {reading && <ReadingReport reading={reading} />}
        <FieldProblems problems={problemsAt('text')} />
        {textTooShort && (
          <p className={styles.tooShort}>{DATA_COPY.tooShort(formatCount(draft.model.contextLength))}</p>
        )}
        <SelectField
          name="tokenizer.kind"
          {...DATA_COPY.tokenizer}
          value={tokenizer.kind}
          options={TOKENIZER_KINDS.map((kind) => ({ value: kind, label: TOKENIZER_CATALOG[kind].label }))}
          description={TOKENIZER_CATALOG[tokenizer.kind].description}
          onChoose={(value) => {
            const kind = TOKENIZER_KINDS.find((other) => other === value);
            if (kind) editDraft((before) => ({ ...before, tokenizer: { ...before.tokenizer, kind } }));
          }}
        />
        <div className={styles.pair}>
          {tokenizer.kind === 'trained' && (
            <NumberField
              name="tokenizer.vocabSize"
              {...DATA_COPY.vocabulary}
              value={tokenizer.vocabSize}
              min={258}
              max={32_768}
              whole
              problems={problemsAt('tokenizer.vocabSize')}
              note={textGivesLess ? DATA_COPY.vocabularyLess(formatCount(data.vocabSize)) : undefined}
              onCommit={(vocabSize) =>
                editDraft((before) => ({ ...before, tokenizer: { ...before.tokenizer, vocabSize } }))
              }
            />
          )}
          <NumberField
            name="training.validationFraction"
            {...DATA_COPY.validation}
            value={Number((training.validationFraction * 100).toFixed(2))}
            min={1}
            max={50}
            step="any"
            unit="%"
            problems={problemsAt('training.validationFraction')}
            onCommit={(percent) =>
              editDraft((before) => ({
                ...before,
                training: { ...before.training, validationFraction: percent / 100 },
              }))
            }
          />
        </div>
        {data && <TextFigures data={data} />}
        {data && <TokenPreview tokens={data.preview} />}
      </div>
    </Panel>
  );
}

/** The reading and tokenizing under way, with its Cancel. */
function TextWork() {
  const work = useRunStore((state) => state.dataWork);
  if (work === undefined) return null;
  const percent = Math.round(100 * work.fraction);
  return (
    <div className={styles.work}>
      <span aria-hidden="true">{work.message}…</span>
      <button type="button" data-size="small" onClick={cancelTextWork}>
        {DATA_COPY.cancel}
      </button>
      <div
        className={styles.workBar}
        role="progressbar"
        aria-label={DATA_COPY.progress}
        aria-valuenow={percent}
        aria-valuetext={DATA_COPY.progressValue(work.message, `${percent}%`)}
      >
        <div style={{ inlineSize: `${percent}%` }} />
      </div>
    </div>
  );
}
