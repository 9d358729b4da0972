// What to know of settings that can be run but cannot work as one might hope: said calmly, with a way out.
import type { ConfigNote } from '../../config/configNotes.ts';
import { editDraft } from '../../state/draftActions.ts';
import styles from './fields.module.css';

export function ConfigNotes({ notes }: { readonly notes: readonly ConfigNote[] }) {
  if (notes.length === 0) return null;
  return (
    <div className={styles.remarks} role="note">
      {notes.map(({ field, message, fix }) => (
        <div key={field} className={styles.remark} data-note={field}>
          <p>{message}</p>
          {fix && (
            <button type="button" data-size="small" onClick={() => editDraft(() => fix.config)}>
              {fix.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
