// What the page says of how a person's own text was read, and what can be changed about it.
import { encodingName } from '../../data/encodingNames.ts';
import { fieldsOf } from '../../data/templateSyntax.ts';
import type { EncodingOrigin, TextReading } from '../../data/textReading.ts';
import { formatCount } from '../formatNumber.ts';

const ORIGINS: Readonly<Record<EncodingOrigin, string>> = {
  mark: '',
  valid: '',
  declared: ', as declared',
  guessed: ', a guess',
  fallback: ', a guess',
  chosen: ', your choice',
};

/** "“a”, “b” and “c”" */
function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `“${name}”`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
}

/** One line: what was taken, and in which encoding it was read; empty for a pasted text that is as it was pasted. */
export function readingLine({ records, encodings, options }: TextReading): string {
  const parts: string[] = [];
  if (records) {
    for (const { template, records: count } of records.parts) {
      const fields = fieldsOf(template);
      const what = fields.length === 0 ? 'Text' : listed(fields);
      parts.push(`${what} of ${formatCount(count)} ${count === 1 ? 'record' : 'records'}`);
    }
    if (records.parts.length === 0) parts.push(`${formatCount(records.records)} records, read as they stand`);
  } else if (encodings.length > 0) parts.push(options.asPlainText === true ? 'The file as it stands' : 'Plain text');
  const [first, ...others] = encodings;
  if (first) {
    const more = others.map(({ encoding, files }) => `${encodingName(encoding)} (${files})`);
    const own = `${encodingName(first.encoding)}${others.length > 0 ? ` (${first.files})` : ORIGINS[first.origin]}`;
    parts.push([own, ...more].join(', '));
  }
  return parts.join(' · ');
}

/** What stands between documents in GPT-2's files and is found in the text; undefined if there is none. */
export function endOfTextLine({ endOfTextMarks, options }: TextReading): string | undefined {
  if (endOfTextMarks === 0) return undefined;
  const times = endOfTextMarks === 1 ? 'once' : `${formatCount(endOfTextMarks)} times`;
  return options.splitAtEndOfText === true
    ? `Split into documents at “<|endoftext|>”, which the text contains ${times}.`
    : `The text contains “<|endoftext|>” ${times}. Files made for GPT-2 put it between documents; here it is read as ordinary characters.`;
}

export const READING_WORDS = {
  change: 'Change',
  gone: 'To read it in another way, choose the file again.',
  encoding: 'Encoding',
  automatic: 'Automatic',
  fields: 'Fields to take',
  template: 'Template',
  templateHelp:
    'The text of each record. A field in braces stands for its value; a line whose fields are empty is left out.',
  asItStands: 'Read the file as it stands',
  asItStandsHelp: 'With its brackets, quotes and field names.',
  again: 'Read again',
  split: 'Split into documents',
  unsplit: 'Don’t split',
  plainText: 'Read as plain text',
} as const;
