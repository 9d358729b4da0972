// Under which id the browser's store keeps a text: the hash of its content, so that a run finds exactly the text it was
// trained on, and two texts of one name or address are two.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { TextChoice } from '../config/runConfig.ts';

const PREFIX = 'sha256-';

/** SHA-256 of the documents, each as a line of JSON: borders are kept apart, and half characters are told from others. */
export function textId(documents: readonly string[]): string {
  const encoder = new TextEncoder();
  const hash = sha256.create();
  for (const document of documents) hash.update(encoder.encode(`${JSON.stringify(document)}\n`));
  return PREFIX + bytesToHex(hash.digest());
}

/**
 * The id of a choice's text; null for one that is made anew. Runs of before addresses were kept by content name them by
 * the address alone.
 */
export function storedTextId(choice: TextChoice): string | null {
  if (choice.kind === 'own') return choice.id;
  return choice.kind === 'url' ? (choice.id ?? `url:${choice.url}`) : null;
}
