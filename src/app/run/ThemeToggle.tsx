// Switches between the system's theme, light and dark, and remembers the choice.
import { useState } from 'react';
import { applyTheme, rememberedTheme, rememberTheme, THEMES, type Theme } from '../../state/preferences.ts';
import { ActionButton } from '../fields/ActionButton.tsx';
import { THEME_COPY } from './runCopy.ts';
import styles from './RunBar.module.css';

const ICONS: Record<Theme, string> = {
  system: 'M8 0a8 8 0 100 16A8 8 0 008 0zm0 1.5a6.5 6.5 0 010 13z',
  light:
    'M8 4.5a3.5 3.5 0 110 7 3.5 3.5 0 010-7zM7.25 0h1.5v2.5h-1.5zm0 13.5h1.5V16h-1.5zM0 7.25h2.5v1.5H0zm13.5 0H16v1.5h-2.5zM2 3.05L3.05 2l1.8 1.8-1.06 1.06zM11.15 12.2l1.06-1.06 1.8 1.8L12.95 14zM2 12.95l1.8-1.8 1.06 1.06L3.05 14zM11.15 3.8L12.95 2 14 3.05l-1.8 1.8z',
  dark: 'M6 .7a7.5 7.5 0 109.3 9.3A6.2 6.2 0 016 .7z',
};

export function ThemeToggle() {
  const [theme, setTheme] = useState(rememberedTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <ActionButton
      data-variant="quiet"
      className={styles.theme}
      aria-label={THEME_COPY.label(theme)}
      help={THEME_COPY.help(next)}
      onClick={() => {
        setTheme(next);
        applyTheme(next);
        rememberTheme(next);
      }}
    >
      <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true" fill="currentColor" fillRule="evenodd">
        <path d={ICONS[theme]} />
      </svg>
    </ActionButton>
  );
}
