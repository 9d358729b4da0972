// What is claimed of the engine, and how each claim is checked.
import styles from './EvidencePanel.module.css';

const CLAIMS = [
  {
    claim: 'The gradient that trains the model is the derivative of its loss.',
    check:
      'Entries of every group of parameters are moved up and down a little, the loss is computed anew in double precision, and the slope between must be the gradient that this device computed, to a thousandth.',
  },
  {
    claim: 'The fast way computes the same model as the plain one.',
    check:
      'Loss, logits and every entry of the gradient are compared with the same model in plain double-precision loops, which share no code with the kernels.',
  },
  {
    claim: 'Half precision only rounds.',
    check: 'Where this device has it, the same numbers with activations in f16 are compared with both.',
  },
  {
    claim: 'The measure is right itself.',
    check:
      'The plain loops have a gradient of their own, by reverse mode, which must be that of their own differences.',
  },
] as const;

export function Claims() {
  return (
    <ol className={styles.claims}>
      {CLAIMS.map(({ claim, check }) => (
        <li key={claim}>
          <strong>{claim}</strong> {check}
        </li>
      ))}
    </ol>
  );
}
