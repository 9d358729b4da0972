// What a screen reader hears when a generation has ended: the text itself, not only how long it is. Of a beam search, the
// best text; of several samples, each.
import type { Generation } from '../../state/generationStore.ts';
import { counted } from '../charts/readableNumber.ts';
import { SPOKEN_COPY } from './generationCopy.ts';
import { wholeText } from './stoppedText.ts';

/** Longer texts are cut: they can be read where they stand. */
const MOST_CHARACTERS = 600;

type Spoken = Pick<Generation, 'samples' | 'leads' | 'ends' | 'beams'>;

export function spokenResult({ samples, leads, ends, beams }: Spoken): string {
  const texts = (beams === undefined ? samples : samples.slice(0, 1)).map((tokens, sample) => {
    const lead = leads[sample];
    // Kept tokens were read before; what is new is spoken.
    const text = wholeText(tokens, lead, ends[sample] ?? null).slice(lead?.text.length ?? 0);
    const line = text.replaceAll(/\s+/g, ' ').trim();
    if (line === '') return SPOKEN_COPY.empty;
    if (line.length <= MOST_CHARACTERS) return line;
    return `${line.slice(0, MOST_CHARACTERS)}${SPOKEN_COPY.more(counted(tokens.length, 'token'))}`;
  });
  if (texts.length === 0) return '';
  if (texts.length > 1) return texts.map((text, at) => SPOKEN_COPY.sample(at + 1, text)).join(' ');
  return texts[0] === SPOKEN_COPY.empty ? SPOKEN_COPY.empty : SPOKEN_COPY.generated(texts[0] ?? '');
}
