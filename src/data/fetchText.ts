// The text at an address as a file, which is then read like any other; says in plain sentences why one cannot be had.
import { WorkPace } from '../tokenizers/workPace.ts';
import type { NamedFile } from './readText.ts';
import { emptyText, tooLarge } from './textRefusals.ts';
import { formatBytes, MAX_TEXT_BYTES } from './textSize.ts';
import { TextError, type WorkContext } from './textSource.ts';

/** Of the answer, to tell a web page by. */
const HEAD_BYTES = 1000;

/**
 * Downloads the text at an http(s) address, as a file named after it.
 * @throws TextError if the address is malformed, cannot be reached or read by this page, or what it gives is a web
 *   page or larger than 50 MB
 */
export async function fetchTextFile(
  address: string,
  context: WorkContext,
  fetchImpl: (url: string, init: { signal: AbortSignal }) => Promise<Response> = (url, init) => fetch(url, init),
): Promise<NamedFile> {
  const pace = new WorkPace(context);
  const url = parseAddress(address);
  await pace.yieldToEvents(0, `Asking ${url.host}`);
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
  const pieces = await readBody(response, url, name, announced, context, pace);
  const file = new Blob(pieces, { type: contentType });
  const head = await file.slice(0, HEAD_BYTES).text();
  if (/^\s*<(!doctype html|html)/i.test(head)) throw webPage(url);
  if (file.size === 0) throw emptyText('The text at this address');
  return { name, file };
}

async function readBody(
  response: Response,
  url: URL,
  name: string,
  announced: number,
  context: WorkContext,
  pace: WorkPace,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body?.getReader();
  if (reader === undefined) return pieces;
  let received = 0;
  try {
    for (;;) {
      const { done, value } = await reach(url, () => reader.read(), context.signal);
      if (done) return pieces;
      received += value.byteLength;
      if (received > MAX_TEXT_BYTES) throw tooLarge('The text at this address', received, 'more than ');
      pieces.push(value);
      const fraction = announced > 0 ? received / announced : received / MAX_TEXT_BYTES;
      await pace.tick(fraction, `Loading ${name} (${formatBytes(received)})`);
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

const webPage = (url: URL): TextError =>
  new TextError(
    `${url.host} answered with a web page (HTML), not with a plain text. Look for a link to the raw or plain text file, ` +
      'or copy the text and paste it here.',
  );
