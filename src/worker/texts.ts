// The texts a run can be trained on: built in, a person's own from the browser's store, or from an address.
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import { crc32 } from '../checkpoint/crc32.ts';
import type { TextChoice } from '../config/runConfig.ts';
import { loadBuiltIn } from '../data/builtInTexts.ts';
import { fetchTextFile } from '../data/fetchText.ts';
import { readFiles, readPaste } from '../data/readText.ts';
import type { ReadingOptions } from '../data/textReading.ts';
import { builtInText } from '../data/textCatalog.ts';
import { measureText } from '../data/textSize.ts';
import { TextError, type TextDocuments, type WorkContext } from '../data/textSource.ts';
import type { OwnText, TextStatistics } from '../protocol/messages.ts';

export class TextLibrary {
  readonly #store: BrowserStore;
  /** The text used last, so that a change of tokenizer reads nothing again. */
  #latest: { key: string; text: TextDocuments } | undefined;

  constructor(store: BrowserStore) {
    this.#store = store;
  }

  /** @throws TextError if the text is not in this browser's store or cannot be read. */
  async load(choice: TextChoice, context: WorkContext): Promise<TextDocuments> {
    const key = JSON.stringify(choice);
    if (this.#latest?.key === key) return this.#latest.text;
    context.onProgress(0, 'Getting the text');
    await context.breathe();
    const text = await this.#find(choice, context);
    this.#latest = { key, text };
    return text;
  }

  async #find(choice: TextChoice, context: WorkContext): Promise<TextDocuments> {
    if (choice.kind === 'url') {
      return (await this.#store.loadText(storedAddress(choice.url))) ?? (await this.#fetch(choice.url, context));
    }
    if (choice.kind !== 'own') return loadBuiltIn(choice, context);
    const stored = await this.#store.loadText(choice.id);
    if (stored === undefined) {
      throw new TextError(`“${choice.name}” is not in this browser’s store any more. Add the text again.`);
    }
    return stored;
  }

  async #fetch(url: string, context: WorkContext): Promise<TextDocuments> {
    const text = await readFiles([await fetchTextFile(url, context)], context);
    await this.#store.saveText(storedAddress(url), text);
    return text;
  }

  /**
   * Reads and keeps a person's own text.
   * @returns also where it can be read from again, in another way, without a second download
   */
  async import(
    own: OwnText,
    context: WorkContext,
    options: ReadingOptions = {},
  ): Promise<{ choice: TextChoice; statistics: TextStatistics; source: OwnText }> {
    if (own.kind === 'url') {
      const url = own.url.trim();
      const fetched = own.fetched ?? (await fetchTextFile(url, context));
      const text = await readFiles([fetched], context, options);
      await this.#store.saveText(storedAddress(url), text);
      return { ...this.#remember({ kind: 'url', url }, text), source: { kind: 'url', url, fetched } };
    }
    const text = own.kind === 'paste' ? readPaste(own.text, options) : await readFiles(own.files, context, options);
    return { ...(await this.keep(text)), source: own };
  }

  /** Keeps documents under a digest of their content. */
  async keep(text: TextDocuments): Promise<{ choice: TextChoice; statistics: TextStatistics }> {
    const id = digest(text);
    await this.#store.saveText(id, text);
    return this.#remember({ kind: 'own', id, name: text.name }, text);
  }

  /** Keeps documents for an address, as they were when a run was trained on them. */
  async keepForAddress(url: string, text: TextDocuments): Promise<void> {
    await this.#store.saveText(storedAddress(url), text);
    this.#latest = undefined;
  }

  #remember(choice: TextChoice, text: TextDocuments): { choice: TextChoice; statistics: TextStatistics } {
    this.#latest = { key: JSON.stringify(choice), text };
    return { choice, statistics: statisticsOf(text) };
  }
}

const storedAddress = (url: string): string => `url:${url}`;

/** Under which id the browser's store keeps a text; null for one that is made anew. */
export function storedTextId(choice: TextChoice): string | null {
  if (choice.kind === 'own') return choice.id;
  return choice.kind === 'url' ? storedAddress(choice.url) : null;
}

function digest(text: TextDocuments): string {
  const encoder = new TextEncoder();
  let length = 0;
  const sums = text.documents.map((document) => {
    length += document.length;
    return crc32(encoder.encode(document));
  });
  return `${crc32(new Uint8Array(Uint32Array.from(sums).buffer)).toString(16)}-${length}-${text.documents.length}`;
}

function statisticsOf({ name, documents }: TextDocuments): TextStatistics {
  let characters = 0;
  let bytes = 0;
  for (const document of documents) {
    const size = measureText(document);
    characters += size.characters;
    bytes += size.bytes;
  }
  return { name, documents: documents.length, characters, bytes };
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
