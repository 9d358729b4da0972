// Makes the tokenizer that a config asks for from a text, or an equal one from its plain-data form.
// Whether such data can be trusted is `serializedTokenizer.ts`.

import type { TokenizerConfig } from '../config/runConfig.ts';
import { createByteTokenizer } from './byteTokenizer.ts';
import { createCharacterTokenizer, distinctCharacters } from './characterTokenizer.ts';
import { loadGpt3Tokenizer } from './gpt3Tokenizer.ts';
import { createRestrictedGpt3Tokenizer, tokensThatOccur } from './restrictedGpt3Tokenizer.ts';
import type { SerializedTokenizer, Tokenizer } from './tokenizer.ts';
import { trainBytePairEncoding } from './trainBytePairEncoding.ts';
import { createTrainedTokenizer } from './trainedTokenizer.ts';
import type { WorkContext } from './workPace.ts';

export { parseSerializedTokenizer } from './serializedTokenizer.ts';

/**
 * @param documents the whole text: vocabularies that depend on the text are taken from all of it
 * @throws (rejects with) the signal's reason when cancelled; an Error if GPT-3's table cannot be fetched
 */
export async function createTokenizer(
  config: TokenizerConfig,
  documents: readonly string[],
  context: WorkContext,
): Promise<Tokenizer> {
  context.signal.throwIfAborted();
  switch (config.kind) {
    case 'trained':
      return createTrainedTokenizer(await trainBytePairEncoding(documents, config.vocabSize, context));
    case 'character':
      return createCharacterTokenizer(await distinctCharacters(documents, context));
    case 'byte':
      return createByteTokenizer();
    case 'gpt3':
      return loadGpt3Tokenizer();
    case 'gpt3-restricted': {
      const gpt3 = await loadGpt3Tokenizer();
      return createRestrictedGpt3Tokenizer(gpt3, await tokensThatOccur(gpt3, documents, context));
    }
    default:
      throw new Error(`No such tokenizer: ${String(config.kind satisfies never)}`);
  }
}

/** What checkpoints mean that do not name their white space. */
const FORMER_WHITE_SPACE = 'javascript';

/** A tokenizer equal to the one that was serialized. @param data parsed by `parseSerializedTokenizer` if from outside */
export async function restoreTokenizer(data: SerializedTokenizer): Promise<Tokenizer> {
  switch (data.kind) {
    case 'trained':
      return createTrainedTokenizer(data.merges, data.whiteSpace ?? FORMER_WHITE_SPACE);
    case 'character':
      return createCharacterTokenizer(data.characters);
    case 'byte':
      return createByteTokenizer();
    case 'gpt3':
      return loadGpt3Tokenizer(data.whiteSpace ?? FORMER_WHITE_SPACE);
    case 'gpt3-restricted': {
      const whiteSpace = data.whiteSpace ?? FORMER_WHITE_SPACE;
      return createRestrictedGpt3Tokenizer(await loadGpt3Tokenizer(whiteSpace), data.tokens, whiteSpace);
    }
    default:
      throw new Error(`No such tokenizer: ${JSON.stringify(data satisfies never)}`);
  }
}
