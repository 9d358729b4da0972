// The theme's colours for canvases, which cannot read CSS variables: resolved to plain colours and read anew when the
// theme changes, by its switch or by the system.
import { useSyncExternalStore } from 'react';

export interface ThemeColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly panel: string;
  readonly accent: string;
  readonly series: readonly [string, string, string, string];
  /** CSS font family of the page. */
  readonly font: string;
  readonly dark: boolean;
}

let current: ThemeColours | undefined;
const listeners = new Set<() => void>();

/** The present colours; a new object, and a new drawing of the component, on every change of theme. */
export function useThemeColours(): ThemeColours {
  return useSyncExternalStore(subscribe, colours);
}

function colours(): ThemeColours {
  return (current ??= readColours());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) watch();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) unwatch();
  };
}

const systemThemes = () =>
  ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => window.matchMedia(query));
let rootObserver: MutationObserver | undefined;

function watch(): void {
  for (const theme of systemThemes()) theme.addEventListener('change', refresh);
  rootObserver = new MutationObserver(refresh);
  rootObserver.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme', 'style', 'class'],
  });
  // The theme may have changed while nobody watched.
  refresh();
}

function unwatch(): void {
  for (const theme of systemThemes()) theme.removeEventListener('change', refresh);
  rootObserver?.disconnect();
  current = undefined;
}

function refresh(): void {
  const now = readColours();
  if (current !== undefined && JSON.stringify(now) === JSON.stringify(current)) return;
  current = now;
  for (const listener of listeners) listener();
}

/** `light-dark()` in a custom property is resolved only where a real property uses it, hence the probe element. */
function readColours(): ThemeColours {
  const probe = document.createElement('span');
  probe.hidden = true;
  // Forced colours would give every token the colour of text.
  probe.style.setProperty('forced-color-adjust', 'none');
  document.body.append(probe);
  const read = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const result: ThemeColours = {
    text: read('--text'),
    muted: read('--muted'),
    line: read('--line'),
    lineStrong: read('--line-strong'),
    panel: read('--panel'),
    accent: read('--accent'),
    series: [read('--series-1'), read('--series-2'), read('--series-3'), read('--series-4')],
    font: getComputedStyle(document.body).fontFamily,
    dark: isDark(read('--panel')),
  };
  probe.remove();
  return result;
}

function isDark(colour: string): boolean {
  const [red = 255, green = 255, blue = 255] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
