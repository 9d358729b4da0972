// Ways of decoding that have a name, and the short line that says how the form decodes now.
import type { GenerationForm } from '../../state/generationStore.ts';
import { PRESET_COPY, SAMPLE_COPY, SUMMARY_COPY } from './generationCopy.ts';

/** Fields that a preset sets: how tokens are chosen, not how much is written or where it ends. */
export type DecodingFields = Pick<
  GenerationForm,
  | 'method'
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'minP'
  | 'repetitionPenalty'
  | 'noRepeatNgram'
  | 'beamWidth'
  | 'lengthPenalty'
>;

export interface DecodingPreset {
  readonly id: keyof typeof PRESET_COPY;
  readonly name: string;
  /** What it is for, as a sentence. */
  readonly meaning: string;
  readonly fields: DecodingFields;
}

const DEFAULT: DecodingFields = {
  method: 'sample',
  temperature: '0.8',
  topK: '0',
  topP: '1',
  minP: '0',
  repetitionPenalty: '1',
  noRepeatNgram: '0',
  beamWidth: '4',
  lengthPenalty: '0.6',
};

export const DECODING_PRESETS: readonly DecodingPreset[] = [
  { id: 'default', ...PRESET_COPY.default, fields: DEFAULT },
  { id: 'greedy', ...PRESET_COPY.greedy, fields: { ...DEFAULT, temperature: '0' } },
  {
    id: 'completion',
    ...PRESET_COPY.completion,
    fields: { ...DEFAULT, method: 'beam', temperature: '0', beamWidth: '4', lengthPenalty: '0.6' },
  },
  { id: 'poem', ...PRESET_COPY.poem, fields: { ...DEFAULT, temperature: '1', topP: '0.9' } },
];

/** The preset that the form is set to; fields that its method does not use count for nothing. */
export function presetOf(form: GenerationForm): DecodingPreset | undefined {
  const names = Object.keys(DEFAULT) as readonly (keyof DecodingFields)[];
  const used = names.filter((name) => form.method === 'beam' || (name !== 'beamWidth' && name !== 'lengthPenalty'));
  return DECODING_PRESETS.find(({ fields }) => used.every((name) => sameValue(form[name], fields[name])));
}

const sameValue = (a: string, b: string): boolean => a === b || (a.trim() !== '' && Number(a) === Number(b));

/** "temperature 0.8 · top-p 0.9", "beam search, width 4, α 0.6". */
export function decodingSummary(form: GenerationForm): string {
  const isOn = (typed: string, off: number): boolean => typed.trim() !== '' && Number(typed) !== off;
  const isGreedy = Number(form.temperature) === 0;
  const stops = form.stop.split('\n').filter((line) => line.trim() !== '').length;
  const copy = SUMMARY_COPY;
  const parts = [
    form.method === 'beam'
      ? `${isGreedy ? SAMPLE_COPY.beamSearch : SAMPLE_COPY.stochasticBeams}, ${copy.width(form.beamWidth, form.lengthPenalty)}`
      : '',
    isGreedy ? (form.method === 'beam' ? '' : SAMPLE_COPY.greedy) : copy.temperature(form.temperature),
    isOn(form.topK, 0) ? copy.topK(form.topK) : '',
    isOn(form.topP, 1) ? copy.topP(form.topP) : '',
    isOn(form.minP, 0) ? copy.minP(form.minP) : '',
    isOn(form.repetitionPenalty, 1) ? copy.repetitionPenalty(form.repetitionPenalty) : '',
    isOn(form.noRepeatNgram, 0) ? copy.noRepeatNgram(form.noRepeatNgram) : '',
    stops === 0 ? '' : copy.stops(stops),
    form.stopAtEndOfText ? '' : copy.pastEnd,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
