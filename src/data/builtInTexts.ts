// Makes the built-in texts a config names. Labels and prompts are `textCatalog.ts`, which needs no generators.
import type { TextChoice } from '../config/runConfig.ts';
import { generateArithmetic } from './arithmetic.ts';
import { generateTales } from './tales/generateTales.ts';
import { builtInText } from './textCatalog.ts';
import type { BuiltInKind } from './textCatalog.ts';
import type { TextDocuments } from './textSource.ts';
import { generateWordGames } from './wordGames.ts';

const GENERATORS: Readonly<Record<BuiltInKind, (seed: number, bytes: number) => string[]>> = {
  tales: generateTales,
  arithmetic: generateArithmetic,
  'word-games': generateWordGames,
};

/**
 * The text of a choice, made anew each time: equal choices give equal texts.
 * @throws RangeError for a person's own text or an address, which are not made here
 */
export function loadBuiltIn(choice: TextChoice): TextDocuments {
  if (choice.kind === 'own' || choice.kind === 'url')
    throw new RangeError(`A text of kind “${choice.kind}” is not built in.`);
  return {
    name: builtInText(choice.kind)?.label ?? choice.kind,
    documents: GENERATORS[choice.kind](choice.seed, choice.kilobytes * 1024),
  };
}
