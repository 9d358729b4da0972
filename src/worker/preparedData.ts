// A text made ready for training: its tokenizer, its token streams, and the report that the page shows.
import type { TextChoice, TokenizerConfig } from '../config/runConfig.ts';
import { buildDataset, type Dataset } from '../data/dataset.ts';
import { builtInText } from '../data/textCatalog.ts';
import { TalesJudge } from '../data/tales/judge.ts';
import type { TextDocuments, WorkContext } from '../data/textSource.ts';
import type { DataReport, PreviewToken } from '../protocol/messages.ts';
import { createTokenizer, restoreTokenizer } from '../tokenizers/createTokenizer.ts';
import { printableToken, printableTokens } from '../tokenizers/printableToken.ts';
import type { SerializedTokenizer, Tokenizer } from '../tokenizers/tokenizer.ts';
import { suggestedPrompts, type TextLibrary } from './texts.ts';

export interface DataRequest {
  readonly text: TextChoice;
  readonly tokenizer: TokenizerConfig;
  readonly validationFraction: number;
  readonly seed: number;
}

export interface PreparedData {
  /** The request's choice, now naming exactly the text that was read. */
  readonly text: TextChoice;
  readonly documents: TextDocuments;
  readonly tokenizer: Tokenizer;
  readonly dataset: Dataset;
  readonly report: DataReport;
  /** Knows the sentences of the training documents; only the tales have one. */
  readonly judge: () => TalesJudge | undefined;
}

const PREVIEW_TOKENS = 400;
const PREVIEW_CHARACTERS = 4000;

/** Where the parts of the work end on the progress bar; the judge takes the rest. */
const TEXT_DONE = 0.15;
const TOKENIZER_DONE = 0.55;
const DATASET_DONE = 0.97;

export class DataPreparer {
  readonly #texts: TextLibrary;
  #latest: { key: string; data: PreparedData } | undefined;

  constructor(texts: TextLibrary) {
    this.#texts = texts;
  }

  /**
   * Reads, tokenizes and splits a text; the last result is kept, so that asking again costs nothing.
   * @param trained the tokenizer of a saved run, to be used instead of making one; its text is not fetched unasked
   */
  async prepare(request: DataRequest, context: WorkContext, trained?: SerializedTokenizer): Promise<PreparedData> {
    const key = JSON.stringify([request, trained ?? null]);
    if (this.#latest?.key === key) return this.#latest.data;
    const source = { mayFetch: trained === undefined };
    const { choice, text: documents } = await this.#texts.load(request.text, part(context, 0, TEXT_DONE), source);
    const second = part(context, TEXT_DONE, TOKENIZER_DONE);
    const tokenizer = trained
      ? await restoreTokenizer(trained)
      : await createTokenizer(request.tokenizer, documents.documents, second);
    const dataset = await buildDataset(documents, tokenizer, request, part(context, TOKENIZER_DONE, DATASET_DONE));
    const judge =
      request.text.kind === 'tales' ? await judgeOf(documents, dataset, part(context, DATASET_DONE, 1)) : undefined;
    const data = assemble(choice, documents, tokenizer, dataset, judge);
    this.#latest = { key, data };
    return data;
  }
}

const part = (context: WorkContext, from: number, to: number): WorkContext => ({
  ...context,
  onProgress: (fraction, message) => context.onProgress(from + fraction * (to - from), message),
});

/** A judge to whom what the model never trains on is new: the documents held out. */
async function judgeOf({ documents }: TextDocuments, { heldOut }: Dataset, context: WorkContext): Promise<TalesJudge> {
  const judge = new TalesJudge();
  const training = documents.filter((_, index) => !heldOut.has(index));
  await judge.learn(training, context);
  return judge;
}

function assemble(
  text: TextChoice,
  documents: TextDocuments,
  tokenizer: Tokenizer,
  dataset: Dataset,
  judge: TalesJudge | undefined,
): PreparedData {
  const suggestions = suggestedPrompts(text, documents.documents);
  const report: DataReport = {
    name: dataset.name,
    reading: documents.reading,
    documents: dataset.documents,
    characters: dataset.characters,
    bytes: dataset.bytes,
    tokens: dataset.tokens,
    trainTokens: dataset.train.length,
    validationTokens: dataset.validation.length,
    vocabSize: dataset.vocabSize,
    bytesPerToken: (dataset.trainBytes + dataset.validationBytes) / dataset.tokens,
    uniformLoss: dataset.uniformLoss,
    unigramLoss: dataset.unigramLoss,
    preview: previewOf(documents, tokenizer),
    suggestedPrompts: suggestions,
    diaryPrompt: builtInText(text.kind)?.diaryPrompt ?? suggestions[0] ?? ' ',
  };
  return {
    text,
    documents,
    tokenizer,
    dataset,
    report,
    judge: () => judge,
  };
}

function previewOf({ documents }: TextDocuments, tokenizer: Tokenizer): PreviewToken[] {
  const tokens: PreviewToken[] = [];
  for (const document of documents) {
    if (tokens.length >= PREVIEW_TOKENS) break;
    // Cut between characters: a lone half of a pair would be an unknown character.
    const start = Array.from(document.slice(0, PREVIEW_CHARACTERS)).slice(0, -1).join('');
    const shown = document.length <= PREVIEW_CHARACTERS ? document : start;
    tokens.push(...previewTokens(tokenizer, tokenizer.encode(shown)));
    tokens.push({ id: tokenizer.endOfText, text: printableToken(tokenizer, tokenizer.endOfText) });
  }
  return tokens.slice(0, PREVIEW_TOKENS);
}

export function previewTokens(tokenizer: Tokenizer, ids: ArrayLike<number>): PreviewToken[] {
  return printableTokens(tokenizer, ids).map((text, index) => ({ id: ids[index] ?? 0, text }));
}
