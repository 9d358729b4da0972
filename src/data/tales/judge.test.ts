// The judge accepts all that the generator writes and refuses what is spoilt: words, order, agreement, story.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../random/random.ts';
import { generateTales } from './generateTales.ts';
import { TalesJudge } from './judge.ts';
import { unwatched } from '../../../scripts/smallRun.ts';

const judge = new TalesJudge();
const HERE = 'Once there was a little fox named Mia.';
const sentencesOf = (tale: string): string[] => tale.split(/(?<=[.!?]) /);
const acceptedAlone = (sentence: string): boolean => judge.judge(sentence).accepted === 1;
/** Last sentence of a story, judged. */
const lastOf = (text: string) => judge.judge(text).details.at(-1);

describe('TalesJudge', () => {
  it('accepts and finds coherent whatever the generator writes, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        for (const tale of generateTales(seed, 4000)) {
          const report = judge.judge(tale);
          expect(
            report.details.filter((sentence) => !sentence.coherent),
            tale,
          ).toEqual([]);
          expect(report.sentences).toBe(sentencesOf(tale).length);
          expect(report.accepted).toBe(report.sentences);
          expect(report.coherent).toBe(report.sentences);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('tells which sentences the training documents hold', async () => {
    const training = [...generateTales(1, 100_000)];
    const trained = new TalesJudge();
    await trained.learn(training, unwatched());
    expect(training.reduce((sum, tale) => sum + trained.judge(tale).new, 0)).toBe(0);
    const report = trained.judge(`${HERE} Mia had twelve postcards. xq zzt.`);
    expect(report.details.map(({ isNew }) => isNew)).toEqual([!training.join(' ').includes(HERE), true, true]);
  });

  it('counts complete sentences only', () => {
    expect(judge.judge('').sentences).toBe(0);
    expect(judge.judge('Once there was a').sentences).toBe(0);
    expect(judge.judge(`${HERE} She was very hap`)).toMatchObject({ sentences: 1, accepted: 1, coherent: 1, new: 1 });
    expect(judge.judge(`${HERE} She was very happy`).sentences).toBe(1);
  });

  it('starts a new story at a new line or an end-of-text marker', () => {
    expect(judge.judge(`${HERE}\n${HERE}<|endoftext|>${HERE}`).coherent).toBe(3);
    expect(judge.judge(`${HERE}\nShe was very happy.`)).toMatchObject({ accepted: 2, coherent: 1 });
  });

  it.each([
    'She had three apple.',
    'She had one apples.',
    'She saw two mouse near the lake.',
    'Mia lost his hat.',
    'One day Mia lost his hat.',
    'One day he lost her hat.',
    'His mother gave her a red hat.',
    'Once there was a little girl named Tom.',
    'Once there was a little king named Mia.',
    'Once there was an little fox named Mia.',
    'Once there was a old fox named Mia.',
    'Once there was a little hat named Mia.',
    'Mia and Mia danced and sang all day.',
    'She danced and danced all day.',
    'They ate pears and pears.',
    'she was very happy.',
    'She was very happy!',
    'What a wonderful day.',
    'Where was the hat.',
    'She was very.',
    'She very was happy.',
    'She found a hat red near the lake.',
    'xq zzt.',
    '.',
    'Then Mia ate a story and slept.',
    'Shewas very happy.',
    'She  was very happy.',
    'She liked to danced.',
    'She was very Happy.',
    'It was very constructor.',
    '__proto__ was very happy.',
  ])('refuses “%s”', (sentence) => {
    expect(acceptedAlone(sentence)).toBe(false);
    expect(lastOf(sentence)?.reason).not.toBe('');
  });

  it('says where a sentence stops making sense', () => {
    expect(lastOf('She had three apple.')?.reason).toBe('“apple” does not fit after “She had three”.');
    expect(lastOf('Banana was very happy.')?.reason).toBe('No sentence starts with “Banana”.');
  });

  it.each([
    [`${HERE} Tom was very happy.`, 'Tom has not been introduced.'],
    [`${HERE} He was very happy.`, 'Nobody in the story so far is a “he”.'],
    [`${HERE} His mother helped him.`, 'Nobody in the story so far is a “he”.'],
    [`${HERE} ${HERE}`, 'A story begins only once.'],
    [`${HERE} They danced together.`, '“They” needs two characters.'],
    [`${HERE} It was very pretty.`, '“It” stands for nothing mentioned before.'],
    [`${HERE} She took the ball home.`, 'No ball has been mentioned.'],
    [`${HERE} There she met a big bear named Tom.`, '“There” stands for no place mentioned before.'],
    [`${HERE} One day she went to the park. There she met a big bear named Mia.`, 'There is a Mia already.'],
    [`${HERE} Mia had two apples. Then she found one more apple. Now she had four apples.`, 'Mia had three by now.'],
    [`${HERE} Mia had two apples. Then she lost two apples.`, 'Mia had only two.'],
    [`${HERE} Mia had two apples. Now she had two pears.`, 'The story has not said how many Mia had before.'],
    [`${HERE} Mia had two apples. She had three apples.`, 'Mia had another number: two.'],
  ])('accepts but finds incoherent the end of “%s”', (text, reason) => {
    const all = judge.judge(text).details;
    expect(all.slice(0, -1).every((sentence) => sentence.coherent)).toBe(true);
    expect(all.at(-1)).toMatchObject({ accepted: true, coherent: false, reason });
  });

  it('keeps to a story with two characters, a gift and a sum', () => {
    const text =
      `${HERE} One day she went to the park. There Mia met a big bear named Tom. Mia and Tom danced and sang all day. ` +
      'Tom had two apples. His mother gave him one more apple. Now he had three apples. He gave two apples to Mia. ' +
      'Now he had one apple. She found a red kite near the lake. It was very pretty. They played with the kite.';
    expect(judge.judge(text).details.filter((sentence) => !sentence.coherent)).toEqual([]);
  });

  it('counts one fault once: an unknown name is known from then on', () => {
    expect(judge.judge('Tom was very sad. He liked to sing. Tom had two plums.')).toMatchObject({
      accepted: 3,
      coherent: 2,
    });
  });
});

describe('spoilt sentences', () => {
  const random = new Random(11);
  const sentences = [...generateTales(2, 120_000)].flatMap(sentencesOf);
  const spoil = (change: (words: string[]) => string[]): { tried: number; accepted: string[] } => {
    const spoilt = sentences
      .map((sentence) => {
        const words = sentence.slice(0, -1).split(' ');
        return { before: words.join(' '), after: change([...words]).join(' '), end: sentence.slice(-1) };
      })
      .filter(({ before, after }) => before !== after);
    return { tried: spoilt.length, accepted: spoilt.map(({ after, end }) => after + end).filter(acceptedAlone) };
  };
  const share = ({ tried, accepted }: ReturnType<typeof spoil>): number => accepted.length / tried;

  it('are refused when all words are shuffled', () => {
    const result = spoil((words) => random.shuffle(words));
    expect(result.tried).toBeGreaterThan(3000);
    expect(share(result)).toBeLessThan(0.005);
  });

  it('are nearly always refused when two neighbours are swapped', () => {
    const result = spoil((words) => {
      const at = random.integer(words.length - 1);
      words.splice(at, 2, words[at + 1] ?? '', words[at] ?? '');
      return words;
    });
    expect(share(result)).toBeLessThan(0.01);
  });

  it('are nearly always refused when a word is dropped or doubled', () => {
    expect(share(spoil((words) => words.toSpliced(random.integer(words.length), 1)))).toBeLessThan(0.02);
    const doubled = spoil((words) => {
      const at = random.integer(words.length);
      return words.toSpliced(at, 0, words[at] ?? '');
    });
    expect(doubled.accepted).toEqual([]);
  });

  it('are mostly refused when a word is replaced by any word of the text', () => {
    const vocabulary = [...new Set(sentences.flatMap((sentence) => sentence.slice(0, -1).split(' ')))];
    const result = spoil((words) => words.with(random.integer(words.length), random.pick(vocabulary)));
    // What remains are words of the same class, which make another right sentence.
    expect(share(result)).toBeLessThan(0.05);
  });

  it('are refused when one letter is wrong', () => {
    const result = spoil((words) => {
      const at = random.integer(words.length);
      const word = words[at] ?? '';
      const letter = random.integer(word.length);
      return words.with(at, `${word.slice(0, letter)}q${word.slice(letter + 1)}`);
    });
    expect(result.accepted).toEqual([]);
  });
});
