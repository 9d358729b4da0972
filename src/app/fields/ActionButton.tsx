// A button with help, that keeps the focus while it cannot be used: marked as disabled and deaf, but not taken out of reach
// as a natively disabled one is, from which browsers drop the focus to the page.
import type { ComponentProps } from 'react';
import { useHelp } from '../help/useHelp.tsx';
import { described } from './described.ts';

interface ActionButtonProps extends Omit<
  ComponentProps<'button'>,
  'type' | 'title' | 'disabled' | 'aria-disabled' | 'onClick' | 'ref'
> {
  readonly available?: boolean;
  /** What the button does, where its name does not say enough; opens on hover, focus and tap. */
  readonly help?: string | undefined;
  readonly onClick: () => void;
}

export function ActionButton({ available = true, help, onClick, ...rest }: ActionButtonProps) {
  const { anchor, helpId, bubble } = useHelp(help);
  return (
    <>
      <button
        {...anchor}
        {...rest}
        type="button"
        aria-disabled={!available || undefined}
        aria-describedby={described(rest['aria-describedby'], helpId)}
        onClick={() => {
          if (available) onClick();
        }}
      />
      {bubble}
    </>
  );
}
