// What a person asks of a generation, checked before anything is read: what cannot be done is refused with the nearest
// that can.
import { readingBytes } from '../config/decodingMemory.ts';
import type { ModelConfig } from '../config/runConfig.ts';
import { keepsPast } from '../model/languageModel.ts';
import { DECODING_METHODS, type GenerationSettings } from '../protocol/messages.ts';
import { FaultError } from './fault.ts';

interface NumberRule {
  readonly name: NumberSetting;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

type NumberSetting = {
  [N in keyof GenerationSettings]-?: GenerationSettings[N] extends number ? N : never;
}[keyof GenerationSettings];

const RULES: readonly NumberRule[] = [
  { name: 'maxTokens', label: 'The length', min: 1, max: 1_000_000, whole: true },
  { name: 'temperature', label: 'The temperature', min: 0, max: 100, whole: false },
  { name: 'topK', label: 'Top-k', min: 0, max: 1_000_000, whole: true },
  { name: 'topP', label: 'Top-p', min: 0, max: 1, whole: false },
  { name: 'minP', label: 'Min-p', min: 0, max: 1, whole: false },
  { name: 'repetitionPenalty', label: 'The repetition penalty', min: 1, max: 10, whole: false },
  { name: 'noRepeatNgram', label: 'The n-gram length', min: 0, max: 1000, whole: true },
  { name: 'samples', label: 'The number of texts', min: 1, max: 64, whole: true },
  { name: 'seed', label: 'The seed', min: 0, max: 2 ** 32 - 1, whole: true },
  { name: 'beamWidth', label: 'The beam width', min: 1, max: 64, whole: true },
  { name: 'lengthPenalty', label: 'The length penalty', min: 0, max: 5, whole: false },
];

/** The memory that texts can be read in. */
export interface ReadingRoom {
  readonly engine: 'plan' | 'eager';
  /** What is left to plan with. */
  readonly freeBytes: number;
  readonly maxTensorBytes: number;
}

/** @throws FaultError 'config' that says what cannot be and what is nearest to it */
export function requireGenerationSettings(
  settings: GenerationSettings,
  model: ModelConfig,
  vocabSize: number,
  room: ReadingRoom,
): void {
  for (const { name, label, min, max, whole } of RULES) {
    const value = settings[name];
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) continue;
    const kind = whole ? 'a whole number' : 'a number';
    const nearest = Number.isNaN(value) ? min : Math.min(max, Math.max(min, whole ? Math.round(value) : value));
    refuse(`${label} is ${value}, but must be ${kind} from ${min} to ${max}.`, `Choose ${nearest}.`);
  }
  if (!DECODING_METHODS.includes(settings.method)) {
    refuse(`There is no decoding method “${settings.method}”.`, `Choose ${DECODING_METHODS.join(' or ')}.`);
  }
  if (settings.stop.includes('')) refuse('A stop string is empty, which would end every text at once.', 'Remove it.');
  const unknown = settings.promptTokens?.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (unknown !== undefined) {
    refuse(`This model’s vocabulary has no token ${unknown}.`, `Its tokens are 0 to ${vocabSize - 1}.`);
  }
  if (settings.method === 'beam') requireBeam(settings, vocabSize);
  requireRoom(settings, model, vocabSize, room);
}

function requireBeam({ beamWidth, samples }: GenerationSettings, vocabSize: number): void {
  if (beamWidth > vocabSize) {
    refuse(
      `The beam width can’t exceed ${vocabSize}, the size of the vocabulary; it is ${beamWidth}.`,
      `Choose ${vocabSize}.`,
    );
  }
  if (samples > beamWidth) {
    refuse(`A beam of width ${beamWidth} can’t return ${samples} texts.`, `Choose ${beamWidth}, or a wider beam.`);
  }
}

/** One text is tried in any case: what is left is an estimate. */
function requireRoom(
  { method, beamWidth, samples }: GenerationSettings,
  model: ModelConfig,
  vocabSize: number,
  { engine, freeBytes, maxTensorBytes }: ReadingRoom,
): void {
  const branches = method === 'beam';
  const texts = branches ? beamWidth : samples;
  const each = readingBytes(model, vocabSize, { engine, branches, keepsPast: keepsPast(model) });
  const [byTotal, byTensor] = [freeBytes / each.total, maxTensorBytes / each.largestTensor].map(Math.floor);
  const nearest = Math.max(1, Math.min(byTotal ?? 1, byTensor ?? 1));
  if (texts <= nearest) return;
  const what = branches ? `A beam of ${texts}` : `Generating ${texts} texts at once`;
  refuse(
    (byTotal ?? 0) <= (byTensor ?? 0)
      ? `${what} needs about ${gigabytes(texts * each.total)} of memory; about ${gigabytes(freeBytes)} is left to plan with on this device.`
      : `${what} needs a single tensor of ${gigabytes(texts * each.largestTensor)}; this device takes at most ${gigabytes(maxTensorBytes)}.`,
    `Choose ${nearest}.`,
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(2)} GB`;

function refuse(message: string, remedy: string): never {
  throw new FaultError('config', message, remedy);
}
