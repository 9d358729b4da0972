// What this browser remembers besides runs: the backend, the precision and the theme that a user chose, and how fast
// its devices are.
// Every access is guarded, since a browser may forbid storage; then choices last as long as the page.
import * as v from 'valibot';
import { BACKEND_NAMES, PRECISIONS, type BackendPreference, type Precision } from '../protocol/messages.ts';

const BACKEND_KEY = 'glassbox.backend';
const PRECISION_KEY = 'glassbox.precision';
const THEME_KEY = 'glassbox.theme';
const PACES_KEY = 'glassbox.paces';
const SPEEDS_KEY = 'glassbox.speeds';
const ASKED_TO_KEEP_KEY = 'glassbox.askedToKeep';

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

let askedToKeep = false;

/** Whether the browser was asked to keep what is stored. */
export const wasAskedToKeep = (): boolean => askedToKeep || read(ASKED_TO_KEEP_KEY) !== null;

export function rememberAskedToKeep(): void {
  askedToKeep = true;
  write(ASKED_TO_KEEP_KEY, 'yes');
}

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

const positive = v.pipe(v.number(), v.finite(), v.minValue(Number.MIN_VALUE));
const PACES = v.record(v.string(), positive);
const SPEEDS = v.record(
  v.string(),
  v.object({ gigaflopsPerSecond: positive, secondsPerOperation: positive, doubts: v.number() }),
);

/** What an older version or another page left under the key is nothing. */
function readRecord<T>(key: string, schema: v.GenericSchema<unknown, Record<string, T>>): Readonly<Record<string, T>> {
  try {
    const parsed = v.safeParse(schema, JSON.parse(read(key) ?? '{}'));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}

/** By device: how many times longer than counted training takes on it. */
export const rememberedPaces = (): Readonly<Record<string, number>> => readRecord(PACES_KEY, PACES);

export const rememberPaces = (paces: Readonly<Record<string, number>>): void => write(PACES_KEY, JSON.stringify(paces));

/** By device: what was measured of it. */
export const rememberedSpeeds = (): Readonly<Record<string, v.InferOutput<typeof SPEEDS>[string]>> =>
  readRecord(SPEEDS_KEY, SPEEDS);

export const rememberSpeeds = (speeds: ReturnType<typeof rememberedSpeeds>): void =>
  write(SPEEDS_KEY, JSON.stringify(speeds));
