/** Markup that is safe to send. Whatever else meets a page is escaped. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | null | undefined | false | Part[];

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(render).join('');
  if (typeof part === 'object') return part.markup;
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** A template whose values are escaped for text and for quoted attributes; addresses must be checked before. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  const markup = strings.reduce((text, string, index) => text + render(parts[index - 1]) + string);
  return { markup };
}

/** Markup that a library made and answers for. */
export const unescaped = (markup: string): Html => ({ markup });
