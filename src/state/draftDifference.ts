// How a draft differs from a run: in what makes a new run necessary, in its data, or in live settings only.
// Pure functions on plain data; nothing here knows the store.
import {
  LIVE_SETTINGS,
  type LiveSettings,
  type RunConfig,
  type TextChoice,
  type TokenizerConfig,
} from '../config/runConfig.ts';

/** Equality of plain data, whatever the order of its keys. */
function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  return (
    left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameData(value, right.get(key)))
  );
}

/** The vocabulary size counts only where a tokenizer is trained to it. */
const tokenizerThatCounts = (tokenizer: TokenizerConfig) =>
  tokenizer.kind === 'trained' ? { ...tokenizer } : { kind: tokenizer.kind };

/** Two configs with the same key have the same tokens, vocabulary and split. */
export function dataKeyOf(config: RunConfig): string {
  const sorted = Object.entries(config.text).sort(([a], [b]) => (a < b ? -1 : 1));
  const tokenizer = tokenizerThatCounts(config.tokenizer);
  return JSON.stringify([sorted, Object.values(tokenizer), config.training.validationFraction, config.seed]);
}

/** @returns true if both are trained on one text; an address whose text has not been read yet may hold any. */
export function sameText(draft: TextChoice, text: TextChoice): boolean {
  if (draft.kind === 'url' && text.kind === 'url' && draft.id === undefined) return draft.url === text.url;
  return sameData(draft, text);
}

/** @returns true if `draft` differs from `config` in anything that cannot change while a run goes on. */
export function needsNewRun(draft: RunConfig, config: RunConfig): boolean {
  const fixedPart = (c: RunConfig) => {
    const training: Record<string, unknown> = { ...c.training };
    for (const name of LIVE_SETTINGS) delete training[name];
    const { text: _, ...rest } = c;
    return { ...rest, tokenizer: tokenizerThatCounts(c.tokenizer), training };
  };
  return !sameText(draft.text, config.text) || !sameData(fixedPart(draft), fixedPart(config));
}

/** The live settings in which `draft` differs from `config`, with the draft's values; undefined if in none. */
export function changedLiveSettings(draft: RunConfig, config: RunConfig): LiveSettings | undefined {
  const changed = LIVE_SETTINGS.filter((name) => draft.training[name] !== config.training[name]);
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map((name) => [name, draft.training[name]])) satisfies LiveSettings;
}
