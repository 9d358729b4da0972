// The texts a run can be trained on: built in, a person's own from the browser's store, or from an address.
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import type { RunConfig, TextChoice } from '../config/runConfig.ts';
import { loadBuiltIn } from '../data/builtInTexts.ts';
import { fetchTextFile } from '../data/fetchText.ts';
import { readFiles, readPaste } from '../data/readText.ts';
import type { ReadingOptions } from '../data/textReading.ts';
import { builtInText } from '../data/textCatalog.ts';
import { measureDocuments } from '../data/textSize.ts';
import { TextError, type TextDocuments, type WorkContext } from '../data/textSource.ts';
import type { ImportedText, OwnText, OwnTextFile, SavedRunSummary } from '../protocol/messages.ts';
import { storedTextId, textId } from './textId.ts';

type AddressChoice = Extract<TextChoice, { kind: 'url' }>;

/** A text, and the choice that names exactly this one. */
export interface FoundText {
  readonly choice: TextChoice;
  readonly text: TextDocuments;
}

export class TextLibrary {
  readonly #store: BrowserStore;
  /** The text used last, so that a change of tokenizer reads nothing again. */
  #latest: { readonly key: string; readonly found: FoundText } | undefined;

  constructor(store: BrowserStore) {
    this.#store = store;
  }

  /**
   * @param source whether a text that is not kept may be fetched from its address; no saved run makes the page do so
   * @throws TextError if the text is not in this browser's store or cannot be read
   */
  async load(choice: TextChoice, context: WorkContext, source = { mayFetch: true }): Promise<FoundText> {
    const key = JSON.stringify(choice);
    if (this.#latest?.key !== key) {
      context.onProgress(0, 'Getting the text');
      await context.yieldToEvents();
      this.#latest = { key, found: await this.#find(choice, context, source.mayFetch) };
    }
    const { found } = this.#latest;
    await this.#store.needText('read', storedTextId(found.choice));
    return found;
  }

  async #find(choice: TextChoice, context: WorkContext, mayFetch: boolean): Promise<FoundText> {
    if (choice.kind === 'url') return this.#findFromAddress(choice, context, mayFetch);
    if (choice.kind !== 'own') return { choice, text: await loadBuiltIn(choice, context) };
    const stored = await this.#store.loadText(choice.id);
    if (stored === undefined) {
      throw new TextError(`“${choice.name}” is not in this browser’s store any more. Add the text again.`);
    }
    // One content may have been added under two names.
    return { choice, text: { ...stored, name: choice.name } };
  }

  async #findFromAddress(choice: AddressChoice, context: WorkContext, mayFetch: boolean): Promise<FoundText> {
    const { kind, url, id } = choice;
    const isExact = id !== undefined && id !== storedTextId({ kind, url });
    for (const key of [storedTextId(choice), isExact ? undefined : await this.#store.textFrom(url)]) {
      const text = key ? await this.#store.loadText(key) : undefined;
      if (key && text) return { choice: { kind, url, id: key }, text };
    }
    if (id === undefined && mayFetch) return this.#fetch(url, context);
    throw new TextError(
      `The text from ${url} is not in this browser’s store. Fetch it under Data (From an address), then try again.`,
    );
  }

  async #fetch(url: string, context: WorkContext): Promise<FoundText> {
    const text = await readFiles([await download(url, context)], context);
    return this.#keepFetched(url, text);
  }

  async #keepFetched(url: string, text: TextDocuments): Promise<FoundText> {
    const choice = { kind: 'url', url, id: textId(text.documents) } as const;
    await this.keep(choice, text, url);
    return { choice, text };
  }

  /**
   * Reads and keeps a person's own text; an address is read anew.
   * @returns also where it can be read from again, in another way, without a second download
   */
  async import(own: OwnText, context: WorkContext, options: ReadingOptions = {}): Promise<ImportedText> {
    if (own.kind === 'url') return this.#importFrom(own.url.trim(), own.fetched, context, options);
    const text = own.kind === 'paste' ? readPaste(own.text, options) : await readFiles(own.files, context, options);
    const choice: TextChoice = { kind: 'own', id: textId(text.documents), name: text.name };
    await this.keep(choice, text);
    return { ...this.#remember({ choice, text }), source: own };
  }

  async #importFrom(
    url: string,
    before: OwnTextFile | undefined,
    context: WorkContext,
    options: ReadingOptions,
  ): Promise<ImportedText> {
    const fetched = before ?? (await download(url, context));
    const text = await readFiles([fetched], context, options);
    const known = before ? undefined : await this.#contentFrom(url);
    const found = await this.#keepFetched(url, text);
    const source: OwnText = { kind: 'url', url, fetched };
    const sinceLastFetch = known === storedTextId(found.choice) ? 'same' : 'changed';
    return { ...this.#remember(found), source, ...(known !== undefined && { sinceLastFetch }) };
  }

  /** The hash of what was fetched last from an address. */
  async #contentFrom(url: string): Promise<string | undefined> {
    const id = await this.#store.textFrom(url);
    if (id === undefined || id !== storedTextId({ kind: 'url', url })) return id;
    const text = await this.#store.loadText(id);
    return text && textId(text.documents);
  }

  /**
   * Has a text at hand without keeping it, in place of the one that a config names.
   * @returns the choice that names it
   */
  lend(named: TextChoice, text: TextDocuments): TextChoice {
    const id = textId(text.documents);
    const choice: TextChoice =
      named.kind === 'url'
        ? { kind: 'url', url: named.url, id }
        : { kind: 'own', id, name: named.kind === 'own' ? named.name : text.name };
    this.#latest = { key: JSON.stringify(choice), found: { choice, text } };
    return choice;
  }

  /**
   * Keeps a text under the id that its choice names.
   * @param address where it was fetched just now; what a file says of an address is not what the address says
   * @throws StorageError
   */
  async keep(choice: TextChoice, text: TextDocuments, address: string | null = null): Promise<void> {
    const id = storedTextId(choice);
    if (id !== null) await this.#store.saveText(id, text, address);
  }

  #remember(found: FoundText): Omit<ImportedText, 'source'> {
    const { choice, text } = found;
    this.#latest = { key: JSON.stringify(choice), found };
    const { name, documents, reading } = text;
    return { choice, reading, statistics: { name, documents: documents.length, ...measureDocuments(documents) } };
  }
}

/** Past what the browser remembers of the address. */
const download = (url: string, context: WorkContext) =>
  fetchTextFile(url, context, (address, init) => fetch(address, { ...init, cache: 'no-cache' }));

/** A saved run's config naming the text that the store keeps for it: files of former versions name only an address. */
export function withStoredText(config: RunConfig, { textId: id }: SavedRunSummary): RunConfig {
  const { text } = config;
  return text.kind === 'url' && text.id === undefined && id !== null ? { ...config, text: { ...text, id } } : config;
}

/** Words of a text's first documents that a prompt may start with, or the catalogue's prompts; at least one. */
export function suggestedPrompts(choice: TextChoice, documents: readonly string[]): readonly string[] {
  const known = builtInText(choice.kind);
  if (known) return known.suggestedPrompts;
  const openings = documents
    .slice(0, 4)
    .map((document) => {
      const words = /\S+(?:\s+\S+){0,2}/.exec(document.slice(0, 400))?.[0] ?? document.trim().slice(0, 400);
      // Cut between characters: a lone half of a pair would be an unknown character.
      return Array.from(words)
        .slice(0, 40)
        .join('')
        .replace(/[\ud800-\udbff]$/, '');
    })
    .filter((opening) => opening !== '');
  return openings.length > 0 ? [...new Set(openings)] : [' '];
}
