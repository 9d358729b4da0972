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

/** A setting of links from before warm-up was measured in tokens. */
const FORMER_WARMUP = 'training.warmupSteps';
/** What such links leave out whose warm-up had its default length. */
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

/** A setting of a link that cannot be used. */
export interface LinkProblem {
  /** As the link spells it. */
  readonly name: string;
  readonly value: string;
  /** 'unknown': no such setting; 'repeated': named before; 'damaged': its escapes; 'invalid': no value for it. */
  readonly kind: 'unknown' | 'repeated' | 'damaged' | 'invalid';
  /** What the config has instead; undefined where there is no such setting. */
  readonly used: string | undefined;
}

export interface DecodedLink {
  /** Every setting that can be used, and the default for all others. */
  readonly config: RunConfig;
  readonly problems: readonly LinkProblem[];
  /** Settings that could be used. */
  readonly understood: number;
}

type Problem = Omit<LinkProblem, 'used'>;

/** @param hash the address's hash, with or without '#'. Never throws. */
export function decodeConfig(hash: string): DecodedLink {
  const problems: Problem[] = [];
  const named = settingsIn(hash.replace(/^#/, ''), problems);
  const text = textIn(named, problems);
  const good = settingsThatFit(named, problems);
  let config = build(text.choice, good);
  if (config === undefined) {
    // Only steps of warm-up can be right alone and too many beside other settings.
    problems.push({ name: FORMER_WARMUP, value: String(good.get(FORMER_WARMUP)), kind: 'invalid' });
    good.delete(FORMER_WARMUP);
    config = build(text.choice, good) ?? DEFAULT_CONFIG;
  }
  const used = flatten(config);
  return {
    config,
    problems: problems.map((problem) => ({ ...problem, used: used.get(problem.name)?.toString() })),
    understood: good.size + text.understood,
  };
}

/** The settings of a link but for its text that a config can have, each for itself. */
function settingsThatFit(named: ReadonlyMap<string, string>, problems: Problem[]): Flat {
  const defaults = flatten(DEFAULT_CONFIG);
  const good: Flat = new Map();
  for (const [name, value] of named) {
    if (name.startsWith('text.')) continue;
    const parsed = valueLike(defaults.get(name) ?? 0, value);
    if (!defaults.has(name) && name !== FORMER_WARMUP) problems.push({ name, value, kind: 'unknown' });
    else if (parsed === undefined) problems.push({ name, value, kind: 'invalid' });
    else good.set(name, parsed);
  }
  if (build(DEFAULT_CONFIG.text, good) !== undefined) return good;
  for (const [name, value] of good) {
    if (build(DEFAULT_CONFIG.text, new Map([[name, value]])) !== undefined) continue;
    good.delete(name);
    problems.push({ name, value: named.get(name) ?? '', kind: 'invalid' });
  }
  return good;
}

/** The settings that a link names, each once; the others are problems. */
function settingsIn(text: string, problems: Problem[]): Map<string, string> {
  const named = new Map<string, string>();
  for (const part of text.split('&')) {
    if (part === '') continue;
    const [rawName = '', ...rest] = part.split('=');
    const rawValue = rest.join('=');
    const name = unescaped(rawName);
    const value = unescaped(rawValue);
    if (name === undefined || value === undefined) {
      problems.push({ name: name ?? rawName, value: rawValue, kind: 'damaged' });
    } else if (named.has(name)) problems.push({ name, value, kind: 'repeated' });
    else named.set(name, value);
  }
  return named;
}

/** Undefined if the `%` escapes were damaged on the way. */
function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** The text that a link names: its kind decides which settings it has. */
function textIn(named: ReadonlyMap<string, string>, problems: Problem[]): { choice: TextChoice; understood: number } {
  const own = [...named].filter(([name]) => name.startsWith('text.'));
  const wanted = named.get('text.kind') ?? DEFAULT_CONFIG.text.kind;
  const url = named.get('text.url');
  const builtIn = BUILT_IN.find((kind) => kind === wanted);
  let choice: TextChoice = { ...DEFAULT_TEXT, ...(builtIn && { kind: builtIn }) };
  if (wanted === 'url' && url !== undefined) choice = { kind: 'url', url };
  else if (builtIn === undefined) problems.push({ name: 'text.kind', value: wanted, kind: 'invalid' });
  let understood = choice.kind === wanted && named.has('text.kind') ? 1 : 0;
  for (const [name, value] of own) {
    if (name === 'text.kind') continue;
    const field = name.slice('text.'.length);
    if (choice.kind === 'url' ? field === 'url' : field === 'seed' || field === 'kilobytes') {
      const parsed = choice.kind === 'url' ? value : valueLike(0, value);
      const candidate = parsed === undefined ? undefined : build({ ...choice, [field]: parsed }, new Map());
      if (candidate) choice = candidate.text;
      else problems.push({ name, value, kind: 'invalid' });
      if (candidate) understood++;
    } else problems.push({ name, value, kind: 'unknown' });
  }
  return { choice, understood };
}

const BUILT_IN = ['tales', 'arithmetic', 'word-games'] as const;
const DEFAULT_TEXT = { kind: 'tales', seed: 1, kilobytes: 1024 } as const;

/** A value of the same type as a setting's default; undefined if the link's text is none. */
function valueLike(like: Value, value: string): Value | undefined {
  if (typeof like === 'string') return value;
  if (typeof like === 'boolean') return value === 'true' || value === 'false' ? value === 'true' : undefined;
  return value.trim() === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
}

/** @returns undefined if one of the settings has a value that it cannot have */
function build(text: TextChoice, settings: Flat): RunConfig | undefined {
  const flat = flatten(DEFAULT_CONFIG);
  if (!settings.has('training.warmupTokens')) {
    flat.delete('training.warmupTokens');
    flat.set(FORMER_WARMUP, FORMER_WARMUP_STEPS);
  }
  for (const [name, value] of settings) flat.set(name, value);
  if (settings.has(FORMER_WARMUP)) flat.delete('training.warmupTokens');
  const nested: Record<string, Record<string, Value>> = { tokenizer: {}, model: {}, training: {} };
  for (const [name, value] of flat) {
    const [group = '', field] = name.split('.');
    const target = nested[group];
    if (field !== undefined && target) target[field] = value;
  }
  return parseRunConfig({ ...nested, text, seed: flat.get('seed') });
}

const MOST_NAMED = 4;
const LONGEST_VALUE = 40;

/** What is wrong with a link's settings, each with its name and value, as one sentence. */
export function describeLinkProblems({ problems, understood }: DecodedLink): string {
  const named = problems.slice(0, MOST_NAMED).map(({ name, value, kind, used }) => {
    const whole = `${name}${value === '' && kind === 'unknown' ? '' : `=${value}`}`;
    const shown = whole.length > LONGEST_VALUE ? `${whole.slice(0, LONGEST_VALUE)}…` : whole;
    const reason = { unknown: 'no such setting', repeated: 'named before', damaged: 'damaged', invalid: '' }[kind];
    // Where nothing else could be used, the caller says what holds.
    const instead =
      understood === 0 || used === undefined ? '' : used === '' ? 'the default is used' : `${used} is used`;
    const notes = [reason, instead].filter((note) => note !== '').join(', ');
    return notes === '' ? shown : `${shown} (${notes})`;
  });
  const more = problems.length > MOST_NAMED ? ` and ${problems.length - MOST_NAMED} more` : '';
  return `The address has settings that can’t be used: ${named.join('; ')}${more}.`;
}
