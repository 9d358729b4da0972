// What is taken of each record: a template with fields in braces, and the text of a field's value, chats included.

import { PLACEHOLDER } from './templateSyntax.ts';

/**
 * The text of one record; empty if every field is. A line of the template goes where all of its fields are empty.
 * @param valueOf the value of a field of this record
 */
export function renderTemplate(template: string, valueOf: (field: string) => unknown): string {
  const lines: string[] = [];
  let filled = false;
  for (const line of template.split('\n')) {
    let fields = 0;
    let empty = 0;
    const rendered = line.replaceAll(PLACEHOLDER, (_, field: string) => {
      const text = textOfValue(valueOf(field));
      fields++;
      if (text.trim() === '') empty++;
      return text;
    });
    if (fields > 0 && fields === empty) continue;
    if (fields > 0) filled = true;
    lines.push(rendered);
  }
  return filled ? lines.join('\n') : '';
}

/** A value as text: chats as turns, lists item by item; the empty string where there is none. */
export function textOfValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return '';
  if (!Array.isArray(value)) return JSON.stringify(value);
  const chat = chatText(value);
  if (chat !== undefined) return chat;
  const items = value.map(textOfValue).filter((item) => item !== '');
  // Lists of lines, as notebooks have them.
  if (items.length > 1 && items.slice(0, -1).every((item) => item.endsWith('\n'))) return items.join('');
  const areWords = items.length > 2 && items.every((item) => !/\s/.test(item));
  return items.join(areWords ? ' ' : '\n');
}

const SPEAKERS = ['role', 'from', 'speaker', 'author', 'user'] as const;
const SAYINGS = ['content', 'value', 'text', 'message', 'utterance'] as const;

/** Turns `{role, content}` (or `{from, value}`) as lines "role: content"; undefined if the list is no chat. */
export function chatText(list: readonly unknown[]): string | undefined {
  if (list.length === 0) return undefined;
  const turns: string[] = [];
  for (const turn of list) {
    if (typeof turn !== 'object' || turn === null || Array.isArray(turn)) return undefined;
    const fields = new Map<string, unknown>(Object.entries(turn));
    const speaker = SPEAKERS.find((name) => typeof fields.get(name) === 'string');
    const saying = SAYINGS.find((name) => fields.has(name));
    if (speaker === undefined || saying === undefined) return undefined;
    const said = contentText(fields.get(saying));
    if (said !== '') turns.push(`${String(fields.get(speaker))}: ${said}`);
  }
  return turns.join('\n');
}

/** What a turn says: a text, or parts of which some are texts. */
function contentText(content: unknown): string {
  if (!Array.isArray(content)) return textOfValue(content);
  const parts = content.map((part: unknown) => {
    if (typeof part === 'string') return part;
    const text: unknown = typeof part === 'object' && part !== null && 'text' in part ? part.text : undefined;
    return typeof text === 'string' ? text : '';
  });
  return parts.filter((part) => part !== '').join('\n');
}
