// Settings that go together but do nothing, or not what one may think: a sentence for each.
import type { GenerationSettings } from '../../protocol/messages.ts';

export function decodingNotes(settings: GenerationSettings): string[] {
  const { method, temperature, topK, topP, samples, seed, beamWidth, lengthPenalty, noRepeatNgram, maxTokens } =
    settings;
  const isBeam = method === 'beam';
  const notes: string[] = [];
  const cuts = listed([topK > 0 && 'Top-k', topP < 1 && 'Top-p', settings.minP > 0 && 'Min-p']);
  if (temperature === 0 && cuts !== '') {
    const why = isBeam
      ? 'at temperature 0 a beam search looks at every token'
      : 'at temperature 0 the most likely token is always taken';
    notes.push(`${cuts} change${cuts.includes(' and ') ? '' : 's'} nothing here: ${why}.`);
  }
  if (!isBeam && temperature === 0 && samples > 1) {
    notes.push(`At temperature 0 all ${samples} samples are the same text: one is enough.`);
  }
  if (temperature > 0 && (topK === 1 || topP === 0 || settings.minP === 1)) {
    const which = topK === 1 ? 'Top-k 1' : topP === 0 ? 'Top-p 0' : 'Min-p 1';
    notes.push(`${which} leaves only the most likely token, so that temperature and seed ${seed} change nothing.`);
  }
  if (isBeam && beamWidth === 1) {
    notes.push(
      temperature === 0
        ? 'A beam of width 1 is greedy decoding: it follows one text only.'
        : 'A stochastic beam of width 1 is a plain sample.',
    );
  }
  if (isBeam && temperature > 0 && lengthPenalty > 0) {
    notes.push('Stochastic beams are drawn by probability: the length penalty changes only the scores shown.');
  }
  if (isBeam && !settings.stopAtEndOfText && settings.stop.length === 0) {
    notes.push(
      `Nothing ends a hypothesis before its ${maxTokens} tokens, so that the length penalty divides all scores alike.`,
    );
  }
  if (noRepeatNgram === 1) notes.push('No repeated 1-gram: no token comes twice, not even a space or a full stop.');
  return notes;
}

/** "A", "A and B", "A, B and C". */
function listed(names: readonly (string | false)[]): string {
  const present = names.filter((name) => name !== false);
  const last = present.pop();
  return present.length === 0 ? (last ?? '') : `${present.join(', ')} and ${last}`;
}
