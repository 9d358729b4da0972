// Cutting a text into pre-tokens, the pieces that byte pair encoding never merges across, as GPT-2 does:
// contractions, then letters, digits and other signs (each with one space before), and runs of white space.
// A scan with a table of character classes: no match objects, and no regular expression that a run of
// fifty million letters could exhaust.

/**
 * What counts as white space. 'unicode' is GPT-2's and GPT-3's: the property White_Space, to which U+0085 belongs and
 * U+FEFF does not. 'javascript' is `\s`, which has it the other way round: runs saved by an earlier version were trained
 * so, and go on so.
 */
export type WhiteSpaceRule = 'unicode' | 'javascript';

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const SPACE = 3;

const SPACE_CODE = 0x20;
const APOSTROPHE_CODE = 0x27;
const CONTRACTIONS: readonly string[] = ['s', 't', 're', 've', 'm', 'll', 'd'];

const basicClasses: Partial<Record<WhiteSpaceRule, Uint8Array>> = {};

/** Class of every code unit; halves of surrogate pairs count as other signs here. */
function classesOfBasicPlane(rule: WhiteSpaceRule): Uint8Array {
  let classes = basicClasses[rule];
  if (classes === undefined) {
    classes = Uint8Array.from({ length: 0x10000 }, (_, code) => classOf(String.fromCharCode(code), rule));
    basicClasses[rule] = classes;
  }
  return classes;
}

function classOf(character: string, rule: WhiteSpaceRule): number {
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return DIGIT;
  const isSpace = rule === 'unicode' ? /\p{White_Space}/u.test(character) : /\s/u.test(character);
  return isSpace ? SPACE : OTHER;
}

/**
 * End of the pre-token that begins at `start`. Walking from 0 in such steps covers the whole text.
 * The cuts are those of GPT-2's pattern, except that a run longer than `longest` is cut there.
 * @param start a code unit offset, below the text's length, at which a pre-token begins
 * @param longest code units a run may have; at least 2
 */
export function preTokenEnd(text: string, start: number, longest: number, rule: WhiteSpaceRule = 'unicode'): number {
  const classes = classesOfBasicPlane(rule);
  const code = text.charCodeAt(start);
  if (code === APOSTROPHE_CODE) {
    const contraction = CONTRACTIONS.find((letters) => text.startsWith(letters, start + 1));
    if (contraction !== undefined) return start + 1 + contraction.length;
  }
  const limit = Math.min(text.length, start + longest);
  if (classes[code] === SPACE) {
    let end = start + 1;
    while (end < limit && classes[text.charCodeAt(end)] === SPACE) end++;
    const wordFollows = end < text.length && classes[text.charCodeAt(end)] !== SPACE;
    if (!wordFollows) return end;
    // White space before a word leaves its last character to what follows, which takes it if it is a space.
    if (end - start > 1) return end - 1;
    if (code !== SPACE_CODE) return end;
    return runEnd(text, end, Math.max(limit, end + 2), classes);
  }
  return runEnd(text, start, limit, classes);
}

/** End of the run of characters of one class from `start`, at most `limit`; never between two surrogates. */
function runEnd(text: string, start: number, limit: number, classes: Uint8Array): number {
  let end = start;
  let runClass = -1;
  while (end < limit) {
    let units = 1;
    const code = text.charCodeAt(end);
    let characterClass = classes[code] ?? OTHER;
    if (code >= 0xd800 && code < 0xdc00) {
      const codePoint = text.codePointAt(end) ?? 0;
      if (codePoint > 0xffff) {
        units = 2;
        // No white space lies beyond the basic plane.
        characterClass = classOf(String.fromCodePoint(codePoint), 'unicode');
      }
    }
    if (runClass === -1) runClass = characterClass;
    else if (characterClass !== runClass || end + units > limit) break;
    end += units;
  }
  return Math.min(end, text.length);
}
