// How the user's own text was read: what was taken, in which encoding, what did not fit; and a form to change it.
import { sourceOfText, useRunStore } from '../../state/runStore.ts';
import { rereadText } from '../../state/draftActions.ts';
import type { TextReading } from '../../data/textReading.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import styles from './ReadingReport.module.css';
import { ReadingForm } from './ReadingForm.tsx';
import { endOfTextLine, readingLine, READING_WORDS } from './readingWords.ts';

export function ReadingReport({ reading }: { readonly reading: TextReading }) {
  const canChange = useRunStore((state) => sourceOfText(state) !== undefined);
  const line = readingLine(reading);
  const marks = endOfTextLine(reading);
  const isSplit = reading.options.splitAtEndOfText === true;
  if (line === '' && marks === undefined && reading.remarks.length === 0) return null;
  return (
    <div className={styles.reading} data-testid="reading">
      {line !== '' &&
        (canChange ? (
          <details className={styles.change}>
            <summary>
              <span>{line}</span>
              <span className={styles.changeWord}>{READING_WORDS.change}</span>
            </summary>
            <ReadingForm key={JSON.stringify(reading)} reading={reading} />
          </details>
        ) : (
          <p className={styles.line}>
            <HelpTerm help={READING_WORDS.gone}>{line}</HelpTerm>
          </p>
        ))}
      {reading.remarks.length > 0 && (
        <ul className={styles.remarks} data-testid="reading-remarks">
          {reading.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
      {marks !== undefined && (
        <div className={styles.marks} data-testid="end-of-text-marks">
          <p>{marks}</p>
          {canChange && (
            <button
              type="button"
              data-size="small"
              onClick={() => void rereadText({ ...reading.options, splitAtEndOfText: !isSplit })}
            >
              {isSplit ? READING_WORDS.unsplit : READING_WORDS.split}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
