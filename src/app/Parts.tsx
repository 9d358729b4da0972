// The parts of a whole: a bar of their shares, and a list that names them in the same colours.
import { formatShare } from './formatNumber.ts';
import styles from './Parts.module.css';

interface PartsProps {
  /** Colours tell the first four apart; what follows shares one. */
  readonly parts: readonly { readonly name: string; readonly value: number }[];
}

/** A picture of the list, for the eye only. */
export function PartsBar({ parts }: PartsProps) {
  return (
    <div className={styles.bar} aria-hidden="true">
      {parts.map(({ name, value }) => (
        <span key={name} style={{ flexGrow: value }} />
      ))}
    </div>
  );
}

export function PartsList({ parts, format }: PartsProps & { readonly format: (value: number) => string }) {
  const whole = parts.reduce((sum, { value }) => sum + value, 0);
  return (
    <ul className={styles.list}>
      {parts.map(({ name, value }) => (
        <li key={name}>
          <span>{name}</span>
          <span>
            {format(value)} <i>{formatShare(value / whole)}</i>
          </span>
        </li>
      ))}
    </ul>
  );
}
