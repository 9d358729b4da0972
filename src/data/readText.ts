// A person's own text, from files, the clipboard or an address, as documents. Says in plain sentences what is wrong
// with what cannot be read. Stores nothing.
import { WorkPace } from '../tokenizers/workPace.ts';
import { formatBytes, MAX_TEXT_BYTES, measureText } from './textSize.ts';
import { TextDecoding, withUnixLineEnds } from './textDecoding.ts';
import { documentsOf, formatOfName } from './textFormats.ts';
import type { TextFormat } from './textFormats.ts';
import { TextError } from './textSource.ts';
import type { TextDocuments, WorkContext } from './textSource.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Reading takes the first part of the bar, making documents the rest. */
const READING_SHARE = 0.8;

interface NamedFile {
  readonly name: string;
  readonly file: Blob;
}

/**
 * Reads text files; the endings .csv, .json, .jsonl and .ndjson are read by their rows, all others as plain text, and
 * several files are several documents.
 * @throws TextError if together they are larger than 50 MB (before anything is read), empty or not text
 */
export async function readFiles(files: readonly NamedFile[], context: WorkContext): Promise<TextDocuments> {
  const pace = new WorkPace(context);
  const first = files[0];
  if (first === undefined) throw new TextError('No file was chosen.');
  const name = files.length === 1 ? first.name : `${first.name} and ${files.length - 1} more`;
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  if (totalBytes > MAX_TEXT_BYTES)
    throw tooLarge(files.length === 1 ? quoted(name) : 'These files together', totalBytes);

  const documents: string[] = [];
  let bytesBefore = 0;
  for (const { name: fileName, file } of files) {
    const decoding = new TextDecoding(quoted(fileName));
    for (let start = 0; start < file.size; start += CHUNK_BYTES) {
      decoding.push(new Uint8Array(await file.slice(start, start + CHUNK_BYTES).arrayBuffer()));
      const done = bytesBefore + Math.min(file.size, start + CHUNK_BYTES);
      await pace.breathe((READING_SHARE * done) / totalBytes, `Reading ${fileName}`);
    }
    bytesBefore += file.size;
    // One by one: a spread argument list of a million documents would overflow the stack.
    for (const document of await documentsOf(decoding.finish(), formatOfName(fileName), quoted(fileName), pace)) {
      documents.push(document);
    }
  }
  if (documents.length === 0) throw emptyText(files.length === 1 ? quoted(name) : 'Every one of these files');
  await pace.breathe(1, `Read ${name}`);
  return { name, documents };
}

/** Takes a pasted text as one document. @throws TextError if it is larger than 50 MB, empty or not text */
export function readPaste(text: string): TextDocuments {
  const bytes = text.length > MAX_TEXT_BYTES ? text.length : measureText(text).bytes;
  if (bytes > MAX_TEXT_BYTES) throw tooLarge('The pasted text', bytes);
  if (!/\S/.test(text)) throw emptyText('The pasted text');
  if (text.includes('\0')) {
    throw new TextError(
      'The pasted text holds binary data, not plain text. Copy the text again from where it is shown as text.',
    );
  }
  return { name: 'Pasted text', documents: [withUnixLineEnds(text)] };
}

/**
 * Reads the text at an http(s) address.
 * @throws TextError if the address is malformed, cannot be reached or read by this page, or what it gives is a web
 *   page, larger than 50 MB, empty or not text
 */
export async function readUrl(
  address: string,
  context: WorkContext,
  fetchImpl: (url: string, init: { signal: AbortSignal }) => Promise<Response> = (url, init) => fetch(url, init),
): Promise<TextDocuments> {
  const pace = new WorkPace(context);
  const url = parseAddress(address);
  await pace.breathe(0, `Asking ${url.host}`);
  const response = await reach(url, () => fetchImpl(url.href, { signal: context.signal }), context.signal);
  const release = async (): Promise<void> => response.body?.cancel().catch(() => undefined);

  if (!response.ok) {
    await release();
    const status = `${response.status} ${response.statusText}`.trim();
    throw new TextError(
      `${url.host} answered “${status}” instead of a text. Check the address, or drop the file here instead.`,
    );
  }
  const contentType = response.headers.get('content-type')?.toLowerCase() ?? '';
  if (contentType.includes('text/html') || contentType.includes('application/xhtml')) {
    await release();
    throw webPage(url);
  }
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > MAX_TEXT_BYTES) {
    await release();
    throw tooLarge('The text at this address', announced);
  }
  const name = fileNameOf(url);
  const text = await readBody(response, url, name, announced, context, pace);
  if (/^\s*<(!doctype html|html)/i.test(text.slice(0, 1000))) throw webPage(url);
  const documents = await documentsOf(text, formatOfAnswer(name, contentType), quoted(name), pace);
  if (documents.length === 0) throw emptyText('The text at this address');
  await pace.breathe(1, `Read ${name}`);
  return { name, documents };
}

async function readBody(
  response: Response,
  url: URL,
  name: string,
  announced: number,
  context: WorkContext,
  pace: WorkPace,
): Promise<string> {
  const decoding = new TextDecoding(quoted(name));
  const reader = response.body?.getReader();
  if (reader === undefined) return decoding.finish();
  let received = 0;
  try {
    for (;;) {
      const { done, value } = await reach(url, () => reader.read(), context.signal);
      if (done) return decoding.finish();
      received += value.byteLength;
      if (received > MAX_TEXT_BYTES) throw tooLarge('The text at this address', received, 'more than ');
      decoding.push(value);
      const fraction = announced > 0 ? received / announced : received / MAX_TEXT_BYTES;
      await pace.tick(READING_SHARE * fraction, `Loading ${name} (${formatBytes(received)})`);
    }
  } finally {
    // Ends the download where reading stopped early; after a whole read this does nothing.
    await reader.cancel().catch(() => undefined);
  }
}

/** Runs one network step; browsers tell pages only "TypeError" for everything that goes wrong there. */
async function reach<T>(url: URL, step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await step();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TypeError)) throw error;
    throw new TextError(
      `${url.host} could not be read. It may be out of reach, or it does not allow other pages to read it (CORS). ` +
        'Download the file in a tab of its own and drop it here instead.',
    );
  }
}

function parseAddress(address: string): URL {
  const trimmed = address.trim();
  if (!URL.canParse(trimmed)) {
    throw new TextError(`“${trimmed}” is not a web address. It should look like https://example.org/text.txt.`);
  }
  const url = new URL(trimmed);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new TextError(
      `Addresses that begin with “${url.protocol}” cannot be read. Use one that begins with https://, or drop the file here.`,
    );
  }
  return url;
}

function fileNameOf(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '');
  if (last === undefined) return url.host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function formatOfAnswer(name: string, contentType: string): TextFormat {
  const byName = formatOfName(name);
  if (byName !== 'plain') return byName;
  if (contentType.includes('text/csv')) return 'csv';
  if (/ndjson|jsonl|json-lines/.test(contentType)) return 'json-lines';
  return contentType.includes('application/json') ? 'json' : 'plain';
}

const quoted = (name: string): string => `“${name}”`;

const tooLarge = (what: string, bytes: number, more = ''): TextError =>
  new TextError(
    `${what} ${what.startsWith('These') ? 'have' : 'has'} ${more}${formatBytes(bytes)}; up to ${formatBytes(MAX_TEXT_BYTES)} can be read. ` +
      'Use a part of it: the first 50 MB are more than a small model can learn from.',
  );

const emptyText = (what: string): TextError =>
  new TextError(`${what} is empty. Choose a text with at least a few hundred characters.`);

const webPage = (url: URL): TextError =>
  new TextError(
    `${url.host} answered with a web page (HTML), not with a plain text. Look for a link to the raw or plain text file, ` +
      'or copy the text and paste it here.',
  );
