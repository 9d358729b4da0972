// What a model trained on the word games can be asked: each game, with words of the text and with words that the text
// does not have (Brown et al. 2020, §3.9.2). A game with few ways to disarrange a word leaves only the latter unseen.
import type { Random } from '../random/random.ts';
import type { TaskItem, TextTask } from './textTasks.ts';
import {
  disarrange,
  GAME_WORDS,
  SHORTEST_WORD_A2,
  WORD_GAME_INSTRUCTION,
  WORD_GAMES,
  type WordGame,
} from './wordGames.ts';

const KINDS: Readonly<Record<WordGame, string>> = {
  cycle: 'Cycled letters',
  anagram1: 'Anagrams, first and last kept',
  anagram2: 'Anagrams, two at each end kept',
  insertion: 'Letters strewn with marks',
  reverse: 'Reversed words',
};

/** Ordinary words that the text does not have. */
export const NEW_WORDS: readonly string[] = `
account action address advice agency album amount angle answer arrow article aspect attempt author balance banker
bargain battle beauty benefit border bottom branch budget burden butcher cabinet cable campus capital carbon career
cattle cellar central century chance change chapter charge chief choice circle citizen class client climate coast
coffee college column comment concert corner cotton council country county course court credit crisis culture current
custom damage danger decade degree demand design detail device dinner disease district dollar domain double editor
effect effort empire energy engine estate event example expert export fabric factor family fashion fellow figure filter
finance finger flavour flight formula fortune frame freedom future galaxy grammar ground growth guest guide habit
handle harvest health height history holiday honest honour hotel hunter image impact income index insect journal
journey justice kingdom kitchen label labour landing language launch layer league leader legend lesson level limit
liquid logic machine manager manner margin master matter member memory merchant message metal method minute mission
mixture moment money monitor motion motor movement muscle mystery nation nature network novel number object ocean
office opera option order organ origin output oxygen package panel paper parent partner passage pattern payment people
period phone phrase planet plastic player police policy portion powder power present pressure price prison process
product profit project protein province public purpose quality quarter question random reason record region remark
report rescue result return reward rhythm ritual routine salary sample school screen season second secret section
sentence series service session shadow signal silence sketch society soldier source space speech spirit spread stage
standard status steam storage story street string studio subject success sugar summer supply surface survey symbol
system talent target taste temple tension theory thread throat ticket title tongue topic track trade traffic treaty
trend trial tunnel union update value vehicle version vessel vision visitor voice volume voyage warning wealth weather
weight window winter wisdom witness world yield
`
  .trim()
  .split(/\s+/);

const VARIANTS = [
  { name: 'text', variant: 'words of the text', words: GAME_WORDS },
  { name: 'new', variant: 'new words', words: NEW_WORDS },
] as const;

/** Never a word that is left as it was. */
function drawScramble(game: WordGame, words: readonly string[], random: Random): TaskItem {
  for (;;) {
    const word = random.pick(words);
    const scrambled = disarrange(word, game, random);
    if (scrambled !== word) return { question: `${scrambled} =`, answer: word };
  }
}

export const WORD_GAME_TASKS: readonly TextTask[] = WORD_GAMES.flatMap((game) =>
  VARIANTS.map(({ name, variant, words }) => {
    const usable = game === 'anagram2' ? words.filter(({ length }) => length >= SHORTEST_WORD_A2) : words;
    return {
      name: `${game}-${name}`,
      kind: KINDS[game],
      variant,
      heading: `${WORD_GAME_INSTRUCTION}\n`,
      draw: (random: Random) => drawScramble(game, usable, random),
    };
  }),
);
