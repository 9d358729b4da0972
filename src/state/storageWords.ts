// What the page says where the browser keeps nothing for it.
import type { NoDisk } from '../protocol/messages.ts';

const WORDS: Record<NoDisk, { readonly message: string; readonly remedy: string }> = {
  refused: {
    message: 'This browser doesn’t let this page store data, so runs and texts last until you close it.',
    remedy: 'Save a run as a file to keep it.',
  },
  'older-tab': {
    message:
      'Another tab with an older version of this page keeps the store locked, so new runs and texts last until you close this one.',
    remedy: 'Close that tab and reload to see your saved runs. To keep a new run, save it as a file first.',
  },
  'newer-page': {
    message:
      'Your saved runs were made by a newer version of this page, so new runs and texts last until you close it.',
    remedy: 'Open the newer version to see them. Save a new run as a file to keep it.',
  },
  silent: {
    message: 'The browser’s storage doesn’t respond, so new runs and texts last until you close this page.',
    remedy: 'Reload to try again. To keep a new run, save it as a file first.',
  },
};

export const notLastingWords = (reason: NoDisk) => WORDS[reason];
