// The value of aria-describedby for a control with several descriptions.

/** @returns the ids that there are, or undefined if there is none */
export function described(...ids: readonly (string | undefined)[]): string | undefined {
  const known = ids.filter((id) => id !== undefined);
  return known.length === 0 ? undefined : known.join(' ');
}
