// Characters that cannot be seen, and the short names that stand for them: white space other than the plain space,
// controls, and what only steers how other characters are set.

const NAMES: ReadonlyMap<number, string> = new Map([
  ...'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'
    .split(' ')
    .map((name, code): [number, string] => [code, name]),
  ...Array.from({ length: 16 }, (_, at): [number, string] => [0xfe00 + at, `VS${at + 1}`]),
  [0x7f, 'DEL'],
  [0x85, 'NEL'],
  [0xa0, 'NBSP'],
  [0xad, 'SHY'],
  [0x34f, 'CGJ'],
  [0x61c, 'ALM'],
  [0x2002, 'ENSP'],
  [0x2003, 'EMSP'],
  [0x2007, 'FIGSP'],
  [0x2009, 'THINSP'],
  [0x200a, 'HAIRSP'],
  [0x200b, 'ZWSP'],
  [0x200c, 'ZWNJ'],
  [0x200d, 'ZWJ'],
  [0x200e, 'LRM'],
  [0x200f, 'RLM'],
  [0x2028, 'LS'],
  [0x2029, 'PS'],
  [0x202a, 'LRE'],
  [0x202b, 'RLE'],
  [0x202c, 'PDF'],
  [0x202d, 'LRO'],
  [0x202e, 'RLO'],
  [0x202f, 'NNBSP'],
  [0x205f, 'MMSP'],
  [0x2060, 'WJ'],
  [0x2066, 'LRI'],
  [0x2067, 'RLI'],
  [0x2068, 'FSI'],
  [0x2069, 'PDI'],
  [0x3000, 'IDSP'],
  [0xfeff, 'BOM'],
]);

/** Such as ⟨RLO⟩; ⟨U+1D173⟩ for one without a usual name. */
export function invisibleName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟨${NAMES.get(code) ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}⟩`;
}

/** Any of them, line breaks, tabs and plain spaces not counted. */
const INVISIBLE =
  /(?![\n\r\t ])[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}\u{2800}]/u;
/** Those without any effect that a reader would miss, or with one on what stands around them. */
const NEVER_PART_OF_A_WORD =
  /(?![\n\r\t])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u{200b}\u{2060}\u{feff}\u{fff9}-\u{fffb}]/u;

const everyInvisible = new RegExp(`(?:${INVISIBLE.source}|[\\s])`, 'gu');
const split = new RegExp(`(${INVISIBLE.source})`, 'u');
const splitAmongLetters = new RegExp(`(${NEVER_PART_OF_A_WORD.source})`, 'u');

/** Whether nothing of a text would be seen. */
export const isInvisible = (text: string): boolean => text.replaceAll(everyInvisible, '') === '';

/**
 * Cuts out the characters that need a name: all invisible ones where nothing else is there; else not those that do their
 * work among letters, such as the joiners of Persian words and of emoji, and the spaces of other languages.
 * @returns pieces that joined are the text; every second one, from the second on, is such a character
 */
export const cutInvisible = (text: string): string[] => text.split(isInvisible(text) ? split : splitAmongLetters);
