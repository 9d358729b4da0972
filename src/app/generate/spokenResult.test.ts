// What is spoken of a generation that has ended: its text, each of several samples, the best of a search, a long one cut.
import { describe, expect, it } from 'vitest';
import type { GeneratedToken } from '../../protocol/messages.ts';
import { SPOKEN_COPY } from './generationCopy.ts';
import { spokenResult } from './spokenResult.ts';

const tokens = (...texts: string[]): GeneratedToken[] =>
  texts.map((decoded, id) => ({
    id,
    text: decoded,
    decoded,
    probability: 1,
    logProbability: 0,
    alternatives: [],
    endOfText: false,
  }));
const generation = (...samples: GeneratedToken[][]): Parameters<typeof spokenResult>[0] => ({
  samples,
  leads: samples.map(() => ({ text: 'Once', tokens: 0 })),
  ends: samples.map(() => ({ reason: 'length' })),
  beams: undefined,
});

describe('spokenResult', () => {
  it('says the text that was generated, on one line', () => {
    const spoken = spokenResult(generation(tokens(' there', ' was\n\na', ' fox.')));
    expect(spoken).toBe(SPOKEN_COPY.generated('there was a fox.'));
  });

  it('says each of several samples, and that a model ended its text at once', () => {
    const spoken = spokenResult(generation(tokens(' a fox'), tokens()));
    expect(spoken).toContain(SPOKEN_COPY.sample(1, 'a fox'));
    expect(spoken).toContain(SPOKEN_COPY.sample(2, SPOKEN_COPY.empty));
    expect(spokenResult(generation(tokens()))).toBe(SPOKEN_COPY.empty);
    expect(spokenResult(generation())).toBe('');
  });

  it('says the best text of a search alone, without its stop string, and cuts a long one', () => {
    const search = { ...generation(tokens(' best', '. x'), tokens(' other')), beams: { nodes: [], hypotheses: [] } };
    const stopped = { ...search, ends: [{ reason: 'stop-string' as const, stop: { text: '.', at: 5 } }, null] };
    expect(spokenResult(stopped)).toBe(SPOKEN_COPY.generated('best'));
    const long = spokenResult(generation(tokens(...Array.from({ length: 900 }, () => ' ab'))));
    expect(long.length).toBeLessThan(700);
    expect(long).toContain('900 tokens');
  });
});
