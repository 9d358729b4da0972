// A label that holds its control, with help that opens for both.
import type { ReactNode } from 'react';
import { useHelp } from './useHelp.tsx';

interface HelpLabelProps {
  readonly help: string;
  readonly className?: string | undefined;
  /** The label's words and its control, which takes the id of its description. */
  readonly children: (helpId: string | undefined) => ReactNode;
}

export function HelpLabel({ help, className, children }: HelpLabelProps) {
  const { anchor, helpId, bubble } = useHelp(help);
  return (
    <>
      <label {...anchor} className={className}>
        {children(helpId)}
      </label>
      {bubble}
    </>
  );
}
