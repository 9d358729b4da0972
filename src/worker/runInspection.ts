// What a person asks of the present model while or after it trains: generated text and attention.
import { writeText } from '../generation/generate.ts';
import { layerAttention } from '../inspection/attention.ts';
import type {
  AttentionLayer,
  GenerationResult,
  GenerationSettings,
  GeneratedToken,
  PreviewToken,
} from '../protocol/messages.ts';
import { printableToken, StreamingDecoder } from '../tokenizers/printableToken.ts';
import type { ActiveRun } from './activeRun.ts';
import { breathe } from './breathe.ts';
import { previewTokens } from './preparedData.ts';
import type { DeviceTurns } from './turns.ts';

export type GenerationEvent =
  | { readonly type: 'prompt'; readonly tokens: readonly PreviewToken[] }
  | { readonly type: 'generated'; readonly sample: number; readonly token: GeneratedToken };

/**
 * Continues a prompt, sending each token as it is written. An aborted signal ends it with finish 'stopped'.
 * @throws UnknownCharactersError if the prompt holds characters outside the vocabulary
 */
export async function generateText(
  run: ActiveRun,
  settings: GenerationSettings,
  turns: DeviceTurns,
  signal: AbortSignal,
  send: (event: GenerationEvent) => void,
): Promise<GenerationResult> {
  const { tokenizer } = run.data;
  const prompt = tokenizer.encode(settings.prompt);
  send({ type: 'prompt', tokens: previewTokens(tokenizer, prompt) });
  const { model } = run.trainer;
  const step = run.step;
  const text = (id: number): string => printableToken(tokenizer, id);
  const decoders = Array.from({ length: settings.samples }, () => new StreamingDecoder(tokenizer));
  const startMs = performance.now();
  let count = 0;
  // WASM and CPU answer without ever waiting: without a breath, no message could stop them.
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    await breathe();
    return turns.exclusive(work);
  };
  for await (const written of writeText(model, prompt, tokenizer.endOfText, settings, inTurn)) {
    if (signal.aborted) break;
    count++;
    const { id, probability, sample } = written;
    const alternatives = written.alternatives.map((token) => ({ ...token, text: text(token.id) }));
    const decoded = decoders[sample]?.push(id) ?? '';
    const endOfText = id === tokenizer.endOfText;
    const token = { id, text: text(id), decoded, probability, alternatives, endOfText };
    send({ type: 'generated', sample, token });
  }
  const seconds = (performance.now() - startMs) / 1000;
  return {
    finish: signal.aborted ? 'stopped' : 'done',
    tokensPerSecond: seconds > 0 ? count / seconds : 0,
    step,
    lastStep: run.step,
  };
}

/** Attention of one layer of the present model, with the step it belongs to. */
export async function attentionLayer(
  run: ActiveRun,
  tokens: readonly number[],
  layer: number,
  turns: DeviceTurns,
): Promise<AttentionLayer> {
  const { model } = run.trainer;
  return turns.exclusive(async () => {
    const attention = await layerAttention(model, tokens, layer);
    return { ...attention, layer, nHead: model.config.nHead, step: run.step };
  });
}
