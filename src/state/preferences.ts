// What this browser remembers about a person's choices besides runs: the backend, the precision and the theme.
// Every access is guarded, since a browser may forbid storage; then choices last as long as the page.
import { BACKEND_NAMES, PRECISIONS, type BackendPreference, type Precision } from '../protocol/messages.ts';

const BACKEND_KEY = 'glassbox.backend';
const PRECISION_KEY = 'glassbox.precision';
const THEME_KEY = 'glassbox.theme';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is full or forbidden: the choice still holds for this page.
  }
}

export function rememberedBackend(): BackendPreference {
  const stored = read(BACKEND_KEY);
  return BACKEND_NAMES.find((name) => name === stored) ?? 'auto';
}

export const rememberBackend = (preference: BackendPreference): void => write(BACKEND_KEY, preference);

export function rememberedPrecision(): Precision {
  const stored = read(PRECISION_KEY);
  return PRECISIONS.find((precision) => precision === stored) ?? 'f32';
}

export const rememberPrecision = (precision: Precision): void => write(PRECISION_KEY, precision);

export function rememberedTheme(): Theme {
  const stored = read(THEME_KEY);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

export const rememberTheme = (theme: Theme): void => write(THEME_KEY, theme);

/** Puts a theme on the page. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
