// Cutting a text into pre-tokens, the pieces that byte pair encoding never merges across, as GPT-2 does:
// contractions, then letters, digits and other signs (each with one space before), and runs of white space.
// A scan with a table of character classes: no match objects, and no regular expression that a run of
// fifty million letters could exhaust.

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const SPACE = 3;

const SPACE_CODE = 0x20;
const APOSTROPHE_CODE = 0x27;
const CONTRACTIONS: readonly string[] = ['s', 't', 're', 've', 'm', 'll', 'd'];

let basicClasses: Uint8Array | undefined;

/** Class of every code unit; halves of surrogate pairs count as other signs here. */
function classesOfBasicPlane(): Uint8Array {
  if (basicClasses === undefined) {
    basicClasses = new Uint8Array(0x10000);
    for (let code = 0; code < 0x10000; code++) basicClasses[code] = classOf(String.fromCharCode(code));
  }
  return basicClasses;
}

function classOf(character: string): number {
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return DIGIT;
  return /\s/u.test(character) ? SPACE : OTHER;
}

/**
 * End of the pre-token that begins at `start`. Walking from 0 in such steps covers the whole text.
 * The cuts are those of GPT-2's pattern, except that a run longer than `longest` is cut there.
 * @param start a code unit offset, below the text's length, at which a pre-token begins
 * @param longest code units a run may have; at least 2
 */
export function preTokenEnd(text: string, start: number, longest: number): number {
  const classes = classesOfBasicPlane();
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
        characterClass = classOf(String.fromCodePoint(codePoint));
      }
    }
    if (runClass === -1) runClass = characterClass;
    else if (characterClass !== runClass || end + units > limit) break;
    end += units;
  }
  return Math.min(end, text.length);
}
