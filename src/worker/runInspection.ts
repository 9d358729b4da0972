// What a person asks of the present model while or after it trains: generated text and attention.
import { writeText } from '../generation/generate.ts';
import type {
  AttentionLayer,
  GenerationResult,
  GenerationSettings,
  GeneratedToken,
  PreviewToken,
} from '../protocol/messages.ts';
import { printableToken } from '../tokenizers/printableToken.ts';
import type { ActiveRun } from './activeRun.ts';
import { FaultError } from './fault.ts';
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
  const startMs = performance.now();
  let count = 0;
  for await (const written of writeText(model, prompt, tokenizer.endOfText, settings, (work) =>
    turns.exclusive(work),
  )) {
    if (signal.aborted) break;
    count++;
    const { id, probability, sample } = written;
    const alternatives = written.alternatives.map((token) => ({ ...token, text: text(token.id) }));
    const token = { id, text: text(id), probability, alternatives, endOfText: id === tokenizer.endOfText };
    send({ type: 'generated', sample, token });
  }
  const seconds = (performance.now() - startMs) / 1000;
  return {
    finish: signal.aborted ? 'stopped' : 'done',
    tokensPerSecond: seconds > 0 ? count / seconds : 0,
    step,
  };
}

/** Attention of one layer over the last tokens that fit the context. @throws FaultError on an impossible request */
export async function attentionLayer(
  run: ActiveRun,
  tokens: readonly number[],
  layer: number,
  turns: DeviceTurns,
): Promise<AttentionLayer> {
  const { nLayer, nHead, contextLength } = run.config.model;
  const { vocabSize } = run.trainer.model;
  const shown = tokens.slice(-contextLength);
  if (shown.length === 0 || shown.some((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize)) {
    throw new FaultError('config', 'Attention needs at least one token of the model’s vocabulary.', 'Enter a prompt.');
  }
  if (!Number.isInteger(layer) || layer < 0 || layer >= nLayer) {
    throw new FaultError('config', `This model has ${nLayer} layers; there is no layer ${layer + 1}.`, '');
  }
  const weights = await turns.exclusive(async () => {
    const tensor = run.trainer.model.attentionOf(Int32Array.from(shown), layer);
    const values = await tensor.data<'float32'>();
    tensor.dispose();
    return values.slice();
  });
  return { layer, nHead, size: shown.length, offset: tokens.length - shown.length, weights, step: run.step };
}
