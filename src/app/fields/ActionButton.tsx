// A button that keeps the focus while it cannot be used: marked as disabled and deaf, but not taken out of reach as a
// natively disabled one is, from which browsers drop the focus to the page.
import type { ComponentProps } from 'react';

interface ActionButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'disabled' | 'aria-disabled' | 'onClick'> {
  readonly available: boolean;
  readonly onClick: () => void;
}

export function ActionButton({ available, onClick, ...rest }: ActionButtonProps) {
  return (
    <button
      {...rest}
      type="button"
      aria-disabled={!available || undefined}
      onClick={() => {
        if (available) onClick();
      }}
    />
  );
}
