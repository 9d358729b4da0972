// Ways of decoding that have a name, and the short line that says how the form decodes now.
import type { GenerationForm } from '../../state/generationStore.ts';

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
  { name: 'Default', meaning: 'Samples a little below temperature 1, nothing cut.', fields: DEFAULT },
  {
    name: 'Greedy',
    meaning: 'Always takes the most likely token.',
    fields: { ...DEFAULT, temperature: '0' },
  },
  {
    name: 'Completion',
    meaning: 'Beam search of width 4 with length penalty 0.6, as GPT-3 completes texts (§2.4).',
    fields: { ...DEFAULT, method: 'beam', temperature: '0', beamWidth: '4', lengthPenalty: '0.6' },
  },
  {
    name: 'Poem',
    meaning: 'Temperature 1 with top-p 0.9, as GPT-3 writes poems (App. F).',
    fields: { ...DEFAULT, temperature: '1', topP: '0.9' },
  },
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
  const parts = [
    form.method === 'beam'
      ? `${isGreedy ? 'beam search' : 'stochastic beams'}, width ${form.beamWidth}, α ${form.lengthPenalty}`
      : '',
    isGreedy ? (form.method === 'beam' ? '' : 'greedy') : `temperature ${form.temperature}`,
    isOn(form.topK, 0) ? `top-k ${form.topK}` : '',
    isOn(form.topP, 1) ? `top-p ${form.topP}` : '',
    isOn(form.minP, 0) ? `min-p ${form.minP}` : '',
    isOn(form.repetitionPenalty, 1) ? `repetition penalty ${form.repetitionPenalty}` : '',
    isOn(form.noRepeatNgram, 0) ? `no repeated ${form.noRepeatNgram}-gram` : '',
    stops === 0 ? '' : stops === 1 ? 'a stop string' : `${stops} stop strings`,
    form.stopAtEndOfText ? '' : 'beyond end of text',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
