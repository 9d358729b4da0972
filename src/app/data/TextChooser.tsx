// Choosing the text: a built-in one, the user's own by paste, file or drop, or one from an address.
import { useEffect, useState } from 'react';
import { TINY_SHAKESPEARE_URL, type TextChoice } from '../../config/runConfig.ts';
import { builtInText, BUILT_IN_TEXTS } from '../../data/textCatalog.ts';
import { editDraft, importOwnText } from '../../state/draftActions.ts';
import { useDraftProblems } from '../../state/draftProblems.ts';
import { useRunStore } from '../../state/runStore.ts';
import type { ReadingOptions } from '../../data/textReading.ts';
import type { OwnText } from '../../protocol/messages.ts';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { AddressForm, OwnTextForm } from './OwnTextForm.tsx';
import { TEXT_COPY } from './dataCopy.ts';
import styles from './DataPanel.module.css';
import { READING_WORDS } from './readingWords.ts';

/** What the list shows while the text it stands for has not been handed over yet. */
type Intention = 'own' | 'url' | 'shakespeare';

function listedAs(text: TextChoice): string {
  return text.kind === 'url' && text.url === TINY_SHAKESPEARE_URL ? 'shakespeare' : text.kind;
}

/** Whether a text is read by its records, so that reading it as it stands may help where that fails. */
const hasRecords = (own: OwnText): boolean =>
  own.kind === 'files' && own.files.some(({ name }) => /\.(csv|tsv|tab|json|jsonl|ndjson)$/i.test(name));

export function TextChooser() {
  const text = useRunStore((state) => state.draft.text);
  const fault = useRunStore((state) => state.dataFault);
  const sinceLastFetch = useRunStore((state) => state.sinceLastFetch);
  const problems = useDraftProblems();
  const [intention, setIntention] = useState<Intention>();
  const [tried, setTried] = useState<OwnText>();
  // Whatever becomes the draft's text, from here or elsewhere, fulfils or overtakes the intention.
  useEffect(() => setIntention(undefined), [text]);

  const builtIn = builtInText(text.kind);
  const value = intention ?? listedAs(text);
  const handOver = async (own: OwnText, reading: ReadingOptions = {}) => {
    setTried(own);
    // After a fault the form stays, so that the text can be put right.
    if ((await importOwnText(own, reading)) !== 'not-taken') setIntention(undefined);
  };
  const choose = (chosen: string) => {
    useRunStore.setState({ dataFault: undefined });
    const builtInChosen = BUILT_IN_TEXTS.find(({ kind }) => kind === chosen);
    if (builtInChosen) {
      const { kind, defaultKilobytes } = builtInChosen;
      setIntention(undefined);
      if (kind !== text.kind) {
        editDraft((draft) => ({ ...draft, text: { kind, seed: 1, kilobytes: defaultKilobytes } }));
      }
    } else if (chosen === 'shakespeare') {
      setIntention('shakespeare');
      void handOver({ kind: 'url', url: TINY_SHAKESPEARE_URL });
    } else if (chosen === 'own' || chosen === 'url') {
      setIntention(chosen);
    }
  };
  return (
    <>
      <SelectField
        name="text.kind"
        label={TEXT_COPY.label}
        help={TEXT_COPY.help}
        value={value}
        options={[
          ...BUILT_IN_TEXTS.map(({ kind, label }) => ({ value: kind, label })),
          { value: 'shakespeare', label: TEXT_COPY.shakespeare },
          { value: 'own', label: text.kind === 'own' ? TEXT_COPY.ownNamed(text.name) : TEXT_COPY.own },
          { value: 'url', label: TEXT_COPY.address },
        ]}
        description={
          value === 'shakespeare'
            ? TEXT_COPY.shakespeareDescription
            : value === text.kind
              ? builtIn?.description
              : undefined
        }
        onChoose={choose}
      />
      {fault && (
        <FaultMessage fault={fault}>
          {value === 'shakespeare' ? (
            <button type="button" data-size="small" onClick={() => choose('shakespeare')}>
              {TEXT_COPY.tryAgain}
            </button>
          ) : tried && fault.code === 'text' && hasRecords(tried) ? (
            <button type="button" data-size="small" onClick={() => void handOver(tried, { asPlainText: true })}>
              {READING_WORDS.plainText}
            </button>
          ) : undefined}
        </FaultMessage>
      )}
      {value === 'own' &&
        (intention === undefined && text.kind === 'own' ? (
          <button type="button" className={styles.another} onClick={() => setIntention('own')}>
            {TEXT_COPY.another}
          </button>
        ) : (
          <OwnTextForm onText={handOver} />
        ))}
      {text.kind === 'url' && sinceLastFetch && intention === undefined && (
        <p className={styles.hint} role="status" data-since-last-fetch={sinceLastFetch}>
          {sinceLastFetch === 'same' ? TEXT_COPY.unchanged : TEXT_COPY.changed}
        </p>
      )}
      {value === 'url' && <AddressForm address={text.kind === 'url' ? text.url : ''} onText={handOver} />}
      {builtIn && 'kilobytes' in text && value === text.kind && (
        <div className={styles.pair}>
          <NumberField
            name="text.kilobytes"
            {...TEXT_COPY.length}
            unit="kB"
            value={text.kilobytes}
            min={1}
            max={51_200}
            whole
            problems={problems.filter(({ field }) => field === 'text.kilobytes')}
            onCommit={(kilobytes) => editDraft((draft) => ({ ...draft, text: { ...text, kilobytes } }))}
          />
          <NumberField
            name="text.seed"
            {...TEXT_COPY.seed}
            value={text.seed}
            min={0}
            max={2 ** 32 - 1}
            whole
            problems={problems.filter(({ field }) => field === 'text.seed')}
            onCommit={(seed) => editDraft((draft) => ({ ...draft, text: { ...text, seed } }))}
          />
        </div>
      )}
    </>
  );
}
