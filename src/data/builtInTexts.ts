// Makes the built-in texts a config names. Labels and prompts are `textCatalog.ts`, which needs no generators.
import { WorkPace } from '../tokenizers/workPace.ts';
import { generateArithmetic } from './arithmetic.ts';
import { generateTales } from './tales/generateTales.ts';
import { builtInText } from './textCatalog.ts';
import type { BuiltInChoice, BuiltInKind } from './textCatalog.ts';
import type { TextDocuments, WorkContext } from './textSource.ts';
import { generateWordGames } from './wordGames.ts';

const GENERATORS: Readonly<Record<BuiltInKind, (seed: number, bytes: number) => Iterable<string>>> = {
  tales: generateTales,
  arithmetic: generateArithmetic,
  'word-games': generateWordGames,
};

/**
 * The text of a choice, made anew each time: equal choices give equal texts.
 * @throws (rejects with) the signal's reason if cancelled
 */
export async function loadBuiltIn(
  { kind, seed, kilobytes }: BuiltInChoice,
  context: WorkContext,
): Promise<TextDocuments> {
  const pace = new WorkPace(context);
  const bytes = kilobytes * 1024;
  const documents: string[] = [];
  let written = 0;
  for (const document of GENERATORS[kind](seed, bytes)) {
    documents.push(document);
    // The generators write ASCII only: a character is a byte.
    written += document.length;
    const breath = pace.tick(written / bytes, 'Writing the text');
    if (breath !== undefined) await breath;
  }
  return { name: builtInText(kind)?.label ?? kind, documents };
}
