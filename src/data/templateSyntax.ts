// Templates of records: text with names of fields in braces. Light enough for the page's first load.

/** A field's name in braces. */
export const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Fields that a template names, each once, in order. */
export function fieldsOf(template: string): string[] {
  return [...new Set(Array.from(template.matchAll(PLACEHOLDER), ([, name = '']) => name))];
}

/** The template that takes fields one below the other. */
export const templateOf = (fields: readonly string[]): string => fields.map((field) => `{${field}}`).join('\n');
