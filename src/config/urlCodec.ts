// A run config in the address bar, as `#name=value&…` of what differs from the default, so that a link shares a set-up.
// A person's own text stays on their machine: a link says nothing of it, and the default text stands in.
import { DEFAULT_CONFIG, parseRunConfig, type RunConfig, type TextChoice } from './runConfig.ts';

type Value = string | number | boolean;
type Flat = Map<string, Value>;

function flatten(config: RunConfig): Flat {
  const flat: Flat = new Map();
  const put = (group: string, fields: Readonly<Record<string, Value>>): void => {
    for (const [name, value] of Object.entries(fields)) flat.set(`${group}.${name}`, value);
  };
  put('text', config.text);
  put('tokenizer', config.tokenizer);
  put('model', config.model);
  put('training', config.training);
  return flat.set('seed', config.seed);
}

/** Settings that a link may name though the default config does not have them. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['text.url', 'training.warmupSteps']);

/** What links leave out whose warm-up was measured in steps and had its default length. */
const FORMER_WARMUP_STEPS = 50;

/**
 * A link always names its warm-up: one that does not is from before warm-up was measured in tokens.
 * @returns the part after '#', empty for the default config.
 */
export function encodeConfig(config: RunConfig): string {
  const shared = { ...config, text: sharedText(config.text) };
  const defaults = flatten(DEFAULT_CONFIG);
  const settings = [...flatten(shared)];
  const differs = ([name, value]: readonly [string, Value]): boolean => defaults.get(name) !== value;
  if (!settings.some(differs)) return '';
  const parameters = new URLSearchParams();
  for (const [name, value] of settings) {
    if (differs([name, value]) || name === 'training.warmupTokens') parameters.set(name, String(value));
  }
  return parameters.toString();
}

/** What a link says of a text: nothing that only this browser's store knows. */
function sharedText(text: TextChoice): TextChoice {
  if (text.kind === 'own') return DEFAULT_CONFIG.text;
  return text.kind === 'url' ? { kind: 'url', url: text.url } : text;
}

/**
 * @param hash the address's hash, with or without '#'.
 * @returns the config; where the hash cannot be understood, the default and a sentence that says which part. What is
 *   used instead is the caller's to decide and to say.
 */
export function decodeConfig(hash: string): { config: RunConfig; problem?: string } {
  const text = hash.replace(/^#/, '');
  if (text === '') return { config: DEFAULT_CONFIG };
  const parameters = new URLSearchParams(text);
  const defaults = flatten(DEFAULT_CONFIG);
  const flat: Flat = new Map(defaults);
  const textKind = parameters.get('text.kind') ?? DEFAULT_CONFIG.text.kind;
  if (textKind === 'url') for (const name of ['text.seed', 'text.kilobytes']) flat.delete(name);
  if (!parameters.has('training.warmupTokens') || parameters.has('training.warmupSteps')) {
    flat.delete('training.warmupTokens');
    flat.set('training.warmupSteps', FORMER_WARMUP_STEPS);
  }
  const wrong: string[] = [];
  for (const [name, value] of parameters) {
    const like = typeof (defaults.get(name) ?? (name === 'text.url' ? '' : 0));
    if (!defaults.has(name) && !OTHER_NAMES.has(name)) wrong.push(name);
    else if (like === 'string') flat.set(name, value);
    else if (like === 'boolean' && (value === 'true' || value === 'false')) flat.set(name, value === 'true');
    else if (value.trim() === '' || !Number.isFinite(Number(value))) wrong.push(`${name}=${value}`);
    else flat.set(name, Number(value));
  }
  const broken = brokenEscape(text);
  if (broken !== undefined) wrong.unshift(broken);
  const config = wrong.length === 0 ? parseRunConfig(unflatten(flat)) : undefined;
  if (config) return { config };
  const culprit = wrong.length > 0 ? wrong.slice(0, 3).join(', ') : text;
  return {
    config: DEFAULT_CONFIG,
    problem: `The settings in the address could not be read (${culprit.slice(0, 80)}).`,
  };
}

/** The first setting whose `%` escapes were damaged on the way; URLSearchParams would read them as something else. */
function brokenEscape(text: string): string | undefined {
  return text.split('&').find((part) => {
    try {
      decodeURIComponent(part);
      return false;
    } catch {
      return true;
    }
  });
}

function unflatten(flat: Flat): unknown {
  const nested: Record<string, Record<string, Value>> = { text: {}, tokenizer: {}, model: {}, training: {} };
  for (const [name, value] of flat) {
    const [group = '', field] = name.split('.');
    const target = nested[group];
    if (field !== undefined && target) target[field] = value;
  }
  return { ...nested, seed: flat.get('seed') };
}
