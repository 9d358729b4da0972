// What a person asks of the present model while or after it trains: generated text and attention.
import { bandOfLayer } from '../config/modelShape.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import { searchBeams, type Hypothesis } from '../generation/beamSearch.ts';
import { writeText } from '../generation/generate.ts';
import { StopStrings } from '../generation/stopStrings.ts';
import { layerAttention, requireAttentionRoom } from '../inspection/attention.ts';
import { TooManySequencesError } from '../model/languageModel.ts';
import type {
  AttentionLayer,
  BeamNode,
  DeviceReport,
  GenerationResult,
  GenerationSettings,
  GeneratedToken,
  TextEnd,
  TextEndTokens,
} from '../protocol/messages.ts';
import { printableToken } from '../tokenizers/printableToken.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { ActiveRun } from './activeRun.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { FaultError } from './fault.ts';
import { freeBytes, freeBytesBetweenSteps, type PlannedMemory } from './freeMemory.ts';
import { requireGenerationSettings } from './generationRequest.ts';
import { previewTokens } from './preparedData.ts';
import { DisplayedText, wholeCharacters } from './displayedText.ts';
import type { DeviceTurns } from './turns.ts';

export type GenerationEvent =
  | { readonly type: 'prompt'; readonly prompt: TextEndTokens; readonly text: string }
  | { readonly type: 'generated'; readonly sample: number; readonly token: GeneratedToken }
  | { readonly type: 'beamStep'; readonly nodes: readonly BeamNode[] };

export interface GenerationSurroundings {
  readonly device: PlannedMemory & Pick<DeviceReport, 'maxTensorBytes'>;
  readonly turns: DeviceTurns;
  readonly signal: AbortSignal;
}

/** What a generation has come to. */
interface Outcome extends Pick<GenerationResult, 'ends' | 'hypotheses'> {
  /** Tokens written or, in a search, kept. */
  readonly tokens: number;
}

interface Generation {
  readonly run: ActiveRun;
  readonly prompt: Int32Array;
  readonly settings: GenerationSettings;
  readonly exclusive: Exclusive;
  readonly signal: AbortSignal;
  readonly send: (event: GenerationEvent) => void;
}

/**
 * Continues a prompt, sending each token, or each step of a beam search, as it comes. An aborted signal ends it with
 * finish 'stopped'; a beam search then gives the texts that it has.
 * @throws UnknownCharactersError if the prompt holds characters outside the vocabulary
 * @throws FaultError 'config' for settings that cannot be, or texts that do not fit the device's memory
 */
export async function generateText(
  run: ActiveRun,
  settings: GenerationSettings,
  { device, turns, signal }: GenerationSurroundings,
  send: (event: GenerationEvent) => void,
): Promise<GenerationResult> {
  const { tokenizer } = run.data;
  const { engine, maxTensorBytes } = device;
  const room = { engine, maxTensorBytes, freeBytes: freeBytes(device, run) };
  requireGenerationSettings(settings, run.config.model, tokenizer.vocabSize, room);
  const given = settings.promptTokens;
  const prompt = given === undefined ? tokenizer.encode(settings.prompt) : Int32Array.from(given);
  const text = given === undefined ? settings.prompt : wholeCharacters(tokenizer, prompt);
  send({ type: 'prompt', prompt: endOf(tokenizer, prompt), text });
  const step = run.step;
  const startMs = performance.now();
  let begun = false;
  // WASM and CPU answer without ever waiting: without a breath, no message could stop them.
  const exclusive: Exclusive = async (work) => {
    await yieldToEvents();
    return turns.exclusive(() => {
      // One of many that were stopped while they waited for their turn reads no prompt.
      if (signal.aborted && !begun) throw new StoppedBeforeReading();
      begun = true;
      return work();
    });
  };
  const generate = settings.method === 'beam' ? searchTexts : writeSamples;
  const { tokens, ...outcome } = await generate({ run, prompt, settings, exclusive, signal, send }).catch(
    (error: unknown) => (error instanceof StoppedBeforeReading ? nothingWritten(settings) : refuseTooMany(error)),
  );
  const seconds = (performance.now() - startMs) / 1000;
  return {
    ...outcome,
    finish: signal.aborted ? 'stopped' : 'done',
    tokensPerSecond: seconds > 0 ? tokens / seconds : 0,
    step,
    lastStep: run.step,
  };
}

/** The longest context that a model can have. */
const MOST_SEEN = 4096;

/** What a page is told of a text's tokens: a million would keep it busy for long, and no model sees them. */
export function endOf(tokenizer: Tokenizer, ids: Int32Array): TextEndTokens {
  const before = Math.max(0, ids.length - MOST_SEEN);
  return { tokens: previewTokens(tokenizer, ids.subarray(before)), before };
}

class StoppedBeforeReading extends Error {}

const nothingWritten = ({ method, samples }: GenerationSettings): Outcome => ({
  ends: method === 'beam' ? [] : Array.from({ length: samples }, () => null),
  hypotheses: [],
  tokens: 0,
});

function refuseTooMany(error: unknown): never {
  if (!(error instanceof TooManySequencesError)) throw error;
  throw new FaultError('config', error.message, error.most > 0 ? `Choose ${error.most}.` : 'Choose a smaller model.');
}

async function writeSamples({ run, prompt, settings, exclusive, signal, send }: Generation): Promise<Outcome> {
  const { tokenizer } = run.data;
  const shown = Array.from({ length: settings.samples }, () => new DisplayedText(tokenizer, prompt));
  const ends: (TextEnd | null)[] = shown.map(() => null);
  const writing = { ...settings, stop: new StopStrings(tokenizer, settings.stop) };
  let tokens = 0;
  for await (const written of writeText(run.trainer.model, prompt, tokenizer.endOfText, writing, exclusive)) {
    if (signal.aborted) break;
    tokens++;
    const { sample, end } = written;
    if (end) ends[sample] = end;
    const token = shown[sample]?.push(written);
    if (token) send({ type: 'generated', sample, token });
  }
  return { ends, hypotheses: [], tokens };
}

async function searchTexts({ run, prompt, settings, exclusive, signal, send }: Generation): Promise<Outcome> {
  const { tokenizer } = run.data;
  const searching = { ...settings, stop: new StopStrings(tokenizer, settings.stop) };
  let found: readonly Hypothesis[] = [];
  let tokens = 0;
  for await (const step of searchBeams(run.trainer.model, prompt, tokenizer.endOfText, searching, exclusive)) {
    if (signal.aborted) break;
    found = step.hypotheses;
    tokens += step.nodes.filter(({ kept }) => kept).length;
    send({
      type: 'beamStep',
      nodes: step.nodes.map((node) => ({
        ...node,
        text: printableToken(tokenizer, node.token),
        endOfText: node.token === tokenizer.endOfText,
      })),
    });
  }
  return {
    ends: found.map(({ end }) => end ?? null),
    hypotheses: found.map(({ node, score, logProbability, tokens: written }) => {
      const shown = new DisplayedText(tokenizer, prompt);
      return { node, score, logProbability, tokens: written.map((token) => shown.push(token)) };
    }),
    tokens,
  };
}

/**
 * Attention of one layer of the present model, with the step it belongs to.
 * @throws InspectionError for what the model has not, or what the device has no memory for beside the run
 */
export async function attentionLayer(
  run: ActiveRun,
  tokens: readonly number[],
  layer: number,
  { device, turns }: Pick<GenerationSurroundings, 'device' | 'turns'>,
): Promise<AttentionLayer> {
  const { model } = run.trainer;
  const { engine, maxTensorBytes } = device;
  const freeBytes = freeBytesBetweenSteps(device, run);
  requireAttentionRoom(model.config, tokens.length, { engine, maxTensorBytes, freeBytes });
  return turns.exclusive(async () => {
    const attention = await layerAttention(model, tokens, layer);
    const { nHead, causal } = model.config;
    return { ...attention, layer, nHead, causal, band: bandOfLayer(model.config, layer), step: run.step };
  });
}
