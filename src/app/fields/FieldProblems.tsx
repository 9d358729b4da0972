// What is wrong with a field's setting, with a button that puts it right where one is known.
import type { ConfigProblem } from '../../config/validateConfig.ts';
import { editDraft } from '../../state/draftActions.ts';
import styles from './fields.module.css';

export function FieldProblems({ problems }: { readonly problems: readonly ConfigProblem[] }) {
  return problems.map(({ field, message, fix }) => (
    <div key={field + message} className={styles.problem} role="alert" data-problem={field}>
      {message}
      {fix && (
        <button type="button" className={styles.fix} onClick={() => editDraft(() => fix.config)}>
          {fix.label}
        </button>
      )}
    </div>
  ));
}
