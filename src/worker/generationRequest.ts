// What a person asks of a generation, checked before anything is read: what cannot be done is refused with the nearest
// that can.
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
  { name: 'noRepeatNgram', label: 'The length of what must not repeat', min: 0, max: 1000, whole: true },
  { name: 'samples', label: 'The number of texts', min: 1, max: 64, whole: true },
  { name: 'seed', label: 'The seed', min: 0, max: 2 ** 32 - 1, whole: true },
  { name: 'beamWidth', label: 'The beam width', min: 1, max: 64, whole: true },
  { name: 'lengthPenalty', label: 'The length penalty', min: 0, max: 5, whole: false },
];

/** @throws FaultError 'config' that says what cannot be and what is nearest to it */
export function requireGenerationSettings(settings: GenerationSettings, vocabSize: number): void {
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
  if (settings.stop.includes('')) refuse('A stop string is empty, which would end every text.', 'Leave it out.');
  const unknown = settings.promptTokens?.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (unknown !== undefined) {
    refuse(`This model’s vocabulary has no token ${unknown}.`, `Its tokens are 0 to ${vocabSize - 1}.`);
  }
  if (settings.method === 'beam') requireBeam(settings, vocabSize);
}

function requireBeam({ beamWidth, samples }: GenerationSettings, vocabSize: number): void {
  if (beamWidth > vocabSize) {
    refuse(
      `A beam of ${beamWidth} is wider than the vocabulary, whose ${vocabSize} tokens are all that can follow a prompt.`,
      `Choose ${vocabSize}.`,
    );
  }
  if (samples > beamWidth) {
    refuse(`A beam of ${beamWidth} cannot return ${samples} texts.`, `Choose ${beamWidth}, or a wider beam.`);
  }
}

function refuse(message: string, remedy: string): never {
  throw new FaultError('config', message, remedy);
}
