// Settings that go together but do nothing, or not what one may think: a sentence for each.
import type { GenerationSettings } from '../../protocol/messages.ts';
import { FIELD_COPY, NOTE_COPY } from './generationCopy.ts';

export function decodingNotes(settings: GenerationSettings): string[] {
  const { method, temperature, topK, topP, samples, seed, beamWidth, lengthPenalty, noRepeatNgram, maxTokens } =
    settings;
  const isBeam = method === 'beam';
  const notes: string[] = [];
  const cuts = listed([
    topK > 0 && FIELD_COPY.topK.label,
    topP < 1 && FIELD_COPY.topP.label,
    settings.minP > 0 && FIELD_COPY.minP.label,
  ]);
  if (temperature === 0 && cuts !== '') {
    notes.push(NOTE_COPY.cutsAtZero(cuts, cuts.includes(' and '), isBeam));
  }
  if (!isBeam && temperature === 0 && samples > 1) notes.push(NOTE_COPY.sameSamples(samples));
  if (temperature > 0 && (topK === 1 || topP === 0 || settings.minP === 1)) {
    const which =
      topK === 1
        ? `${FIELD_COPY.topK.label} 1`
        : topP === 0
          ? `${FIELD_COPY.topP.label} 0`
          : `${FIELD_COPY.minP.label} 1`;
    notes.push(NOTE_COPY.onlyMostLikely(which, seed));
  }
  if (isBeam && beamWidth === 1) notes.push(temperature === 0 ? NOTE_COPY.narrowBeam : NOTE_COPY.narrowStochasticBeam);
  if (isBeam && temperature > 0 && lengthPenalty > 0) notes.push(NOTE_COPY.penaltyUnused);
  if (isBeam && !settings.stopAtEndOfText && settings.stop.length === 0) notes.push(NOTE_COPY.nothingEnds(maxTokens));
  if (noRepeatNgram === 1) notes.push(NOTE_COPY.oneGram);
  return notes;
}

/** "A", "A and B", "A, B and C". */
function listed(names: readonly (string | false)[]): string {
  const present = names.filter((name) => name !== false);
  const last = present.pop();
  return present.length === 0 ? (last ?? '') : `${present.join(', ')} and ${last}`;
}
