// Which fields of records are text, by name and by evidence: what a model should learn from where a person has not said.
// Identifiers, addresses, dates and numbers are none.
import { evenSample, type RecordTable } from './recordTable.ts';
import { chatText, textOfValue } from './recordTemplate.ts';
import { templateOf } from './templateSyntax.ts';
import type { RecordField } from './textReading.ts';

const SAMPLE_RECORDS = 400;
const EXAMPLE_CHARACTERS = 60;
/** Values like these in so large a share of the filled records make a field text. */
const MOSTLY = 0.5;

/** Names of fields that belong together, in reading order. A record with a question and its answer is taken whole. */
const GIVEN = ['system', 'system_prompt', 'context', 'passage', 'background'];
const ASKING = [
  'instruction',
  'instructions',
  'prompt',
  'question',
  'query',
  'problem',
  'input',
  'inputs',
  'human',
  'user',
];
const REASONING = ['rationale', 'reasoning', 'explanation', 'chain_of_thought', 'thinking', 'thought'];
const ANSWERING = [
  ...[
    'output',
    'outputs',
    'completion',
    'response',
    'responses',
    'answer',
    'answers',
    'answers.text',
    'reply',
    'solution',
  ],
  ...['chosen', 'assistant', 'gpt', 'final_answer'],
];
/** Pairs whose names say less: both must be texts. */
const PAIRS = [
  ['source', 'target'],
  ['src', 'tgt'],
  ['article', 'highlights'],
  ['article', 'summary'],
  ['document', 'summary'],
  ['dialogue', 'summary'],
  ['text', 'summary'],
  ['premise', 'hypothesis'],
  ['sentence1', 'sentence2'],
] as const;
const CHATS = ['messages', 'conversations', 'conversation', 'dialog', 'dialogue', 'chat', 'turns', 'chosen'];

/** Names that say "text", most clearly first. */
const TEXT_NAMES = [
  ...['text', 'content', 'body', 'story', 'article', 'document', 'passage', 'abstract', 'lyrics', 'poem', 'review'],
  ...['comment', 'message', 'markdown', 'code', 'transcript', 'transcription', 'sentence', 'quote', 'joke', 'plot'],
  ...['description', 'caption', 'paragraph', 'tweet', 'post', 'selftext', 'raw_text', 'full_text', 'chosen', 'value'],
];

/** Whether a field's name says that a text, a question or an answer is in it. */
export function isTextName(field: string): boolean {
  const name = lastName(field);
  return [GIVEN, ASKING, REASONING, ANSWERING, CHATS, TEXT_NAMES, ...PAIRS].some((names: readonly string[]) =>
    names.includes(name),
  );
}

/** Names of what is never meant to be read. */
const BESIDE_NAMES =
  /(^|[_\s.-])(id|ids|uuid|guid|key|hash|md5|sha\d*|checksum|url|urls|uri|link|href|path|file|filename|slug|date|time|timestamp|language|lang|split|license|rejected)$/i;

type Kind = 'empty' | 'text' | 'word' | 'chat' | 'beside' | 'number';

interface Evidence {
  readonly field: string;
  readonly filled: number;
  /** Share of filled values of each kind. */
  readonly share: (kind: Kind) => number;
  readonly meanLength: number;
  readonly distinctShare: number;
  readonly example: string;
}

/** How the fields are filled, for a list of them. @param only the records to look at; all if left out */
export function describeFields(table: RecordTable): RecordField[] {
  return evidenceOf(table, evenSample(table.count, SAMPLE_RECORDS)).map(({ field, filled, example }) => ({
    name: field,
    filled,
    example,
  }));
}

/**
 * The template that takes the text of records, with their answers where they have some; undefined if no field is text.
 * @param records of which ones, by number
 * @param wordsSuffice whether a field of single words is a text where there is no better one
 */
export function proposeTemplate(
  table: RecordTable,
  records: readonly number[],
  wordsSuffice: boolean,
): string | undefined {
  const sample = evenSample(records.length, SAMPLE_RECORDS).map((index) => records[index] ?? 0);
  const evidence = evidenceOf(table, sample);
  const named = (name: string): Evidence | undefined =>
    evidence.find(({ field }) => plainName(field) === name) ?? evidence.find(({ field }) => lastName(field) === name);
  const pair = pairIn(named);
  if (pair) return templateOf(pair);
  const isMostlyChat = (found: Evidence | undefined): boolean => found !== undefined && found.share('chat') > MOSTLY;
  const chat = CHATS.map(named).find(isMostlyChat) ?? evidence.find(isMostlyChat);
  if (chat) return templateOf([...fieldsNamed(['system', 'system_prompt'], named, isReadable), chat.field]);
  const translation = evidence.filter((found) => found.field.startsWith('translation.') && isReadable(found));
  if (translation.length > 1) return templateOf(translation.map(({ field }) => field));

  let best: Evidence | undefined;
  for (const found of evidence) if (scoreOf(found) > (best ? scoreOf(best) : 0)) best = found;
  if (best) return templateOf([best.field]);
  if (!wordsSuffice) return undefined;
  const readable = evidence.filter((found) => found.filled > 0 && isReadable(found));
  const weight = ({ meanLength, distinctShare }: Evidence): number => meanLength * distinctShare;
  const [longest] = readable.sort((a, b) => weight(b) - weight(a));
  return longest && templateOf([longest.field]);
}

/** The fields of a question with its answer, in reading order; undefined if there is none of the one or of the other. */
function pairIn(named: (name: string) => Evidence | undefined): string[] | undefined {
  const asking = fieldsNamed(ASKING, named, canBeAsked);
  // Answers are often numbers and codes.
  const answering = fieldsNamed(ANSWERING, named, () => true);
  const strong = (asking.length > 0 || fieldsNamed(['text'], named, isReadable).length > 0) && answering.length > 0;
  if (strong) {
    const question = asking.length > 0 ? asking : fieldsNamed(['text'], named, isReadable);
    const given = fieldsNamed(GIVEN, named, canBeAsked);
    const reasoning = fieldsNamed(REASONING, named, canBeAsked);
    const all = [...new Set([...given, ...question, ...reasoning, ...answering])];
    // Nothing but empty fields of these names is no evidence.
    const filled = (names: readonly string[]): boolean =>
      names.some((field) => (named(plainName(field))?.filled ?? 1) > 0);
    if (filled(question) && filled(answering)) return all;
  }
  const weak = PAIRS.find(([first, second]) => isFilledText(named(first)) && isFilledText(named(second)));
  return weak && fieldsNamed(weak, named, isReadable);
}

/** Fields of these names that suit; one that is empty in all that were looked at may be filled elsewhere. */
function fieldsNamed(
  names: readonly string[],
  named: (name: string) => Evidence | undefined,
  suits: (found: Evidence) => boolean,
): string[] {
  const found = names.map(named).filter((evidence) => evidence !== undefined);
  return [...new Set(found.filter((evidence) => evidence.filled === 0 || suits(evidence)).map(({ field }) => field))];
}

const canBeAsked = (found: Evidence): boolean => found.share('beside') < 1;
const isFilledText = (found: Evidence | undefined): boolean =>
  found !== undefined && found.filled > 0 && isReadable(found);

const isReadable = (found: Evidence): boolean =>
  found.share('text') + found.share('word') + found.share('chat') > MOSTLY && !BESIDE_NAMES.test(found.field);

const plainName = (field: string): string => field.toLowerCase().replaceAll(/[\s-]+/g, '_');
const lastName = (field: string): string => plainName(field).split('.').at(-1) ?? '';

/** How likely a single field is what a person means by the text; 0 if it is none. */
function scoreOf(found: Evidence): number {
  const { field, meanLength, distinctShare } = found;
  const texts = found.share('text');
  const rank = TEXT_NAMES.indexOf(lastName(field));
  if (texts + (rank >= 0 ? found.share('word') : 0) <= MOSTLY) return 0;
  const byName = BESIDE_NAMES.test(field) ? 0.05 : rank < 0 ? 1 : rank === 0 ? 20 : 4 - rank / 20;
  return byName * Math.log2(2 + meanLength) * (distinctShare < 0.1 ? 0.2 : 1);
}

function evidenceOf(table: RecordTable, sample: readonly number[]): Evidence[] {
  const read = table.reader([]);
  return table.fields.map((field) => {
    const kinds = new Map<Kind, number>();
    const distinct = new Set<string>();
    let characters = 0;
    let example = '';
    for (const record of sample) {
      const value = read(record, field);
      const kind = kindOf(value);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (kind === 'empty') continue;
      const text = textOfValue(value);
      characters += text.length;
      distinct.add(text.slice(0, 200));
      if (example === '') example = exampleOf(text);
    }
    const filled = sample.length - (kinds.get('empty') ?? 0);
    return {
      field,
      filled,
      share: (kind) => (kinds.get(kind) ?? 0) / Math.max(1, filled),
      meanLength: characters / Math.max(1, filled),
      // A handful of records tells nothing of repetition.
      distinctShare: filled < 20 ? 1 : distinct.size / filled,
      example,
    };
  });
}

function exampleOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(line.slice(0, 2 * EXAMPLE_CHARACTERS));
  return characters.length > EXAMPLE_CHARACTERS ? `${characters.slice(0, EXAMPLE_CHARACTERS - 1).join('')}…` : line;
}

const ADDRESS =
  /^(?:[a-z][a-z\d+.-]*:\/\/\S+|www\.\S+|mailto:\S+|[^\s@]+@[^\s@]+\.[a-z]+|[~.]?\/?(?:[\w.%@+-]+\/)+[\w.%@+-]*)$/i;
const NUMBER = /^[-+−]?[\d.,\s]*\d\s*%?$/;
const DATE = /^\d{4}-\d\d?-\d\d?(?:[T ][\d:.]+(?:Z|[-+]\d\d:?\d\d)?)?$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: [\d:]+)?$/;
/** Without white space, and no word of a language: with digits, or letters mixed as codes mix them. */
const CODE = /^(?=.*\d)[\w.:#+/=-]+$|^[0-9a-f-]{16,}$|^[A-Za-z0-9+/_=-]{20,}$/i;

function kindOf(value: unknown): Kind {
  if (typeof value === 'number' || typeof value === 'boolean') return 'number';
  if (Array.isArray(value)) {
    if (value.length === 0) return 'empty';
    if (chatText(value) !== undefined) return 'chat';
    const kinds = value.slice(0, 20).map(kindOf);
    if (kinds.every((kind) => kind === 'empty')) return 'empty';
    if (!value.every((item) => typeof item === 'string')) return 'beside';
    if (kinds.includes('text')) return 'text';
    return kinds.includes('word') && value.length > 2 ? 'text' : kinds.includes('word') ? 'word' : 'beside';
  }
  if (typeof value === 'object' && value !== null) return 'beside';
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '') return 'empty';
  const head = text.slice(0, 300);
  if (NUMBER.test(head)) return 'number';
  if (DATE.test(head) || ADDRESS.test(head) || CODE.test(head)) return 'beside';
  if (/\s/.test(head) || head.length > 40) return 'text';
  // Scripts without spaces: a few characters are a sentence.
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]{6,}/u.test(head) ? 'text' : 'word';
}
